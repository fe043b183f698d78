// Package cli holds tests of uringgen as a user runs it: the real program, in
// folders of its own, judged by what it prints, writes and exits with.
package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// program is the path of the command under test.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "uringgen-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := buildAndRun(m, dir)
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M, dir string) int {
	program = filepath.Join(dir, "uringgen")
	build := exec.Command("go", "build", "-o", program, "../../cmd/uringgen")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %v\n%s", build, err, out)
		return 1
	}
	return m.Run()
}

// ran is what a run of the program left.
type ran struct {
	code           int
	stdout, stderr string
}

// run runs the program in dir.
func run(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	return runCommand(t, dir, program, args...)
}

func runCommand(t *testing.T, dir, name string, args ...string) ran {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", cmd, err)
	}
	r := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	if strings.Contains(r.stderr, "panic:") || strings.Contains(r.stderr, "goroutine ") {
		t.Errorf("%v panics:\n%s", cmd, r.stderr)
	}
	return r
}

// want checks the exit code, and that the output has each of the parts.
func (r ran) want(t *testing.T, code int, parts ...string) {
	t.Helper()
	var wrong []string
	if r.code != code {
		wrong = append(wrong, fmt.Sprintf("exit code %d, want %d", r.code, code))
	}
	for _, p := range parts {
		if !strings.Contains(r.stdout+r.stderr, p) {
			wrong = append(wrong, fmt.Sprintf("output lacks %q", p))
		}
	}
	if wrong != nil {
		t.Errorf("%s\nstdout:\n%.4000s\nstderr:\n%.4000s", strings.Join(wrong, "\n"), r.stdout, r.stderr)
	}
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// tree is all that is below dir: names, contents and modification times.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			m[path] = "folder"
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		m[path] = info.ModTime().String() + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// untouched checks that nothing below dir has changed.
func untouched(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	after := tree(t, dir)
	for path := range after {
		if _, ok := before[path]; !ok {
			t.Errorf("%s was written", path)
		} else if after[path] != before[path] {
			t.Errorf("%s was changed", path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			t.Errorf("%s was removed", path)
		}
	}
}

// copyTree copies a folder of the repository to a new place.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(filepath.Join(need.Root(t), from))); err != nil {
		t.Fatal(err)
	}
}

// edit replaces the only occurrence of from in a file.
func edit(t *testing.T, path, from, to string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), from); n != 1 {
		t.Fatalf("%s has %q %d times, want once", path, from, n)
	}
	put(t, path, strings.Replace(string(data), from, to, 1))
}
