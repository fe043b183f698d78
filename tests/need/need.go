// Package need is how a test says what it cannot do without: a command, a
// package of headers. On a developer's machine a missing one skips the test,
// by name and with the command that brings it. With URINGGEN_REQUIRE_DEPS=1,
// which "make test" and CI set, it is a failure: nothing is skipped there.
package need

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Command returns the path of a program from Debian's package pkg.
func Command(t testing.TB, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "the command %s (Debian package %s); `make deps` installs it", name, pkg)
	}
	return path
}

// Headers returns the usr folder of a Debian package that tests/debian/fetch.sh
// has unpacked below .cache/debian. series is a kernel or package series such
// as "6.12", or "newest" for the highest one that is there. A series that
// Debian has dropped skips the test everywhere: nobody can have it.
func Headers(t testing.TB, pkg, series string) string {
	t.Helper()
	root := Root(t)
	if _, err := os.Stat(filepath.Join(root, cache, pkg+"-"+series+".gone")); err == nil {
		t.Skipf("GONE: Debian no longer ships %s %s, and no copy is cached", pkg, series)
	}
	dir, err := Find(root, pkg, series)
	if err != nil {
		Missing(t, "%v", err)
	}
	return dir
}

const cache = ".cache/debian"

// Find is Headers for what is no test: root is the folder that holds go.mod.
func Find(root, pkg, series string) (string, error) {
	pattern := pkg + "-" + series
	if series == "newest" {
		pattern = pkg + "-[0-9]*"
	}
	dirs, _ := filepath.Glob(filepath.Join(root, cache, pattern, "usr"))
	if len(dirs) == 0 {
		return "", fmt.Errorf("%s %s of Debian, unpacked; `tests/debian/fetch.sh %s %s` brings it", pkg, series, pkg, series)
	}
	return slices.MaxFunc(dirs, func(a, b string) int {
		return slices.Compare(version(a, pkg), version(b, pkg))
	}), nil
}

// version is the series in the name of an unpacked package's folder.
func version(usr, pkg string) []int {
	var v []int
	series := strings.TrimPrefix(filepath.Base(filepath.Dir(usr)), pkg+"-")
	for _, p := range strings.Split(series, ".") {
		n, _ := strconv.Atoi(p)
		v = append(v, n)
	}
	return v
}

// Root returns the folder that holds go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = up
	}
}

// Missing skips the test, or fails it where nothing may be missing.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("URINGGEN_REQUIRE_DEPS") == "1" {
		t.Fatalf("needs "+format, args...)
	}
	t.Skipf("needs "+format, args...)
}
