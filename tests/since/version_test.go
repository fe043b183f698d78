package since_test

import (
	"cmp"
	"fmt"
	"testing"
)

// version is a kernel release such as 6.12.
type version struct{ major, minor int }

func (v version) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

func (v version) compare(o version) int {
	return cmp.Or(cmp.Compare(v.major, o.major), cmp.Compare(v.minor, o.minor))
}

// next is the release after v. The series 5 and 6 ended with 5.19 and 6.19.
func (v version) next() version {
	if v.minor == 19 {
		return version{v.major + 1, 0}
	}
	return version{v.major, v.minor + 1}
}

func parse(t *testing.T, s string) version {
	t.Helper()
	var v version
	if n, err := fmt.Sscanf(s, "%d.%d", &v.major, &v.minor); n != 2 || err != nil || v.String() != s {
		t.Fatalf("%q is not a kernel release such as 6.12", s)
	}
	return v
}
