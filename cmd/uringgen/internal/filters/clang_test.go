package filters

import (
	"os/exec"
	"slices"
	"testing"
)

func TestFindClang(t *testing.T) {
	for _, c := range []struct {
		there []string
		want  string
	}{
		{nil, "clang"}, // which the error is then about
		{[]string{"clang", "clang-19"}, "clang"},
		{[]string{"clang-14", "clang-19", "clang-9"}, "clang-19"},
		{[]string{"clang-13"}, "clang"},
	} {
		look := func(name string) (string, error) {
			if slices.Contains(c.there, name) {
				return "/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		}
		if got := FindClang(look); got != c.want {
			t.Errorf("of %q: %s, want %s", c.there, got, c.want)
		}
	}
}
