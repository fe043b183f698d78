package gen

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	a, b := goFile("a.go", "const A = 1\n"), goFile("b.go", "const B = 1\n")
	out := output(a, b)
	fresh := func(t *testing.T) string {
		dir := t.TempDir()
		if _, err := Write(dir, out); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	stale := func(t *testing.T, err error) *StaleError {
		t.Helper()
		var s *StaleError
		if !errors.As(err, &s) {
			t.Fatalf("got %v, want a StaleError", err)
		}
		return s
	}

	t.Run("fresh", func(t *testing.T) {
		dir := fresh(t)
		put(t, filepath.Join(dir, "mine.go"), "package uapi\n")
		if err := Check(dir, out); err != nil {
			t.Error(err)
		}
	})
	t.Run("changed", func(t *testing.T) {
		dir := fresh(t)
		edited := strings.Replace(string(b.Data), "1", "2", 1)
		put(t, filepath.Join(dir, "b.go"), edited)
		s := stale(t, Check(dir, out))
		if len(s.Changed) != 1 || s.Changed[0].Name != "b.go" || string(s.Changed[0].Old) != edited ||
			string(s.Changed[0].New) != string(b.Data) || len(s.Missing)+len(s.Extra) != 0 {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("missing and extra", func(t *testing.T) {
		dir := fresh(t)
		if err := os.Rename(filepath.Join(dir, "a.go"), filepath.Join(dir, "z.go")); err != nil {
			t.Fatal(err)
		}
		s := stale(t, Check(dir, out))
		if !slices.Equal(s.Missing, []string{"a.go"}) || !slices.Equal(s.Extra, []string{"z.go"}) || s.Changed != nil {
			t.Errorf("got %+v", s)
		}
		if want := dir + " is stale: missing a.go; no longer generated z.go"; s.Error() != want {
			t.Errorf("says %q, want %q", s.Error(), want)
		}
	})
	t.Run("no folder", func(t *testing.T) {
		s := stale(t, Check(filepath.Join(t.TempDir(), "none"), out))
		if !slices.Equal(s.Missing, []string{"a.go", "b.go"}) {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("not a folder", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "f")
		put(t, path, "")
		var s *StaleError
		if err := Check(path, out); err == nil || errors.As(err, &s) {
			t.Errorf("got %v, want an error that is not a StaleError", err)
		}
	})
}
