package kernels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// script unpacks packages of Debian's archive; its exit status 3 says that
// the archive has no such series.
const (
	script     = "tests/debian/fetch.sh"
	scriptGone = 3
)

// UpdateVar asks the archive for newer packages than those in the cache.
const UpdateVar = "VM_UPDATE"

// fetch returns the folder of an unpacked package, the first of names that
// there is. What is in the cache will do, so that a run needs no network.
func fetch(ctx context.Context, goarch, series string, names ...string) (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	update := os.Getenv(UpdateVar) != ""
	for _, name := range names {
		if dir := cached(root, name, series); dir != "" && !update {
			return dir, nil
		}
	}
	for _, name := range names {
		dir, err := unpackPackage(ctx, root, update, goarch, name, series)
		var gone *GoneError
		if !errors.As(err, &gone) {
			return dir, err
		}
	}
	return "", &GoneError{series, goarch}
}

func unpackPackage(ctx context.Context, root string, update bool, goarch, name, series string) (string, error) {
	args := []string{"-a", goarch, name, series} // Debian's names of these arches are Go's
	if update {
		args = append([]string{"-u"}, args...)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(root, script), args...)
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	err := cmd.Run()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return strings.TrimSpace(out.String()), nil
	case errors.As(err, &failed) && failed.ExitCode() == scriptGone:
		return "", &GoneError{series, goarch}
	}
	return "", fmt.Errorf("%s %s %s: %w\n%s", script, name, series, err, strings.TrimSpace(diag.String()))
}

// cached is the folder of a package that was unpacked before, "" if none was.
func cached(root, name, series string) string {
	base := filepath.Join(root, ".cache", "debian", strings.ReplaceAll(name, "%-", "")+"-")
	if series != "newest" {
		if _, err := os.Stat(base + series + "/version"); err != nil {
			return ""
		}
		return base + series
	}
	found, _ := filepath.Glob(base + "[0-9]*/version")
	if len(found) == 0 {
		return ""
	}
	newest := slices.MaxFunc(found, func(a, b string) int {
		return slices.Compare(numbers(a[len(base):]), numbers(b[len(base):]))
	})
	return filepath.Dir(newest)
}

// numbers are those of a series, for comparing.
func numbers(series string) (out []int) {
	for _, f := range strings.FieldsFunc(series, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.Atoi(f)
		out = append(out, n)
	}
	return out
}

// repository is the top of the repository that the working directory is in.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, script)); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("no %s above %s: run this inside the repository", script, dir)
		}
	}
}
