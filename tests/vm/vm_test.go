package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/tests/need"
)

// The tests run the command as a user does. User-mode Linux serves where the
// bed does not matter: it boots in a second.

var built struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// binaries builds the command and the guest's program once.
func binaries(t *testing.T) (vm, program string) {
	t.Helper()
	need.Command(t, "patchelf", "patchelf")
	built.Do(func() {
		//nolint:usetesting // outlives this test: TestMain removes it
		if built.dir, built.err = os.MkdirTemp("", "vm-test-"); built.err != nil {
			return
		}
		for out, pkg := range map[string]string{"vm": ".", "program": "./testdata/program"} {
			cmd := exec.Command("go", "build", "-o", filepath.Join(built.dir, out), pkg)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
			if text, err := cmd.CombinedOutput(); err != nil {
				built.err = fmt.Errorf("%w: %s", err, text)
			}
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "vm"), filepath.Join(built.dir, "program")
}

type outcomeOf struct {
	code           int
	stdout, stderr string
}

// run calls the command; PROGRAM among args stands for the guest's program.
func run(t *testing.T, env []string, args ...string) outcomeOf {
	t.Helper()
	vm, program := binaries(t)
	for i, a := range args {
		if a == "PROGRAM" {
			args[i] = program
		}
	}
	cmd := exec.Command(vm, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcomeOf{cmd.ProcessState.ExitCode(), out.String(), diag.String()}
}

func TestProgram(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		"exit status":   {[]string{"PROGRAM", "exit", "37"}, 37, "", ""},
		"signal":        {[]string{"PROGRAM", "signal"}, 128 + 9, "", "ended by signal: killed"},
		"another user":  {[]string{"-user", "1000", "PROGRAM", "id"}, 0, "1000 1000\n", ""},
		"sysctl":        {[]string{"-sysctl", "kernel.io_uring_disabled=1", "PROGRAM", "cat", "/proc/sys/kernel/io_uring_disabled"}, 0, "1\n", ""},
		"carried file":  {[]string{"-file", "main.go:/etc/carried", "PROGRAM", "cat", "/etc/carried"}, 0, mustRead(t, "main.go"), ""},
		"testdata":      {[]string{"PROGRAM", "cat", "testdata/program/main.go"}, 0, mustRead(t, "testdata/program/main.go"), ""},
		"kernel BUG":    {[]string{"PROGRAM", "kmsg", "BUG: not really"}, 1, "", "reported trouble:\n"},
		"kernel's talk": {[]string{"PROGRAM", "kmsg", "not a BUG: really"}, 0, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, nil, append([]string{"-kernel", "uml"}, c.args...)...)
			if got.code != c.code || got.stdout != c.stdout || !strings.Contains(got.stderr, c.stderr) {
				t.Errorf("exit %d, want %d\nstdout %q\nwant %q\nstderr %s", got.code, c.code, got.stdout, c.stdout, got.stderr)
			}
		})
	}
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// No byte is lost or changed on the way, also right before the end.
func TestOutputIsWhole(t *testing.T) {
	const lines = 200_000 // 15 MB
	var want strings.Builder
	for i := range lines {
		fmt.Fprintf(&want, "%d\t\x00\x03\x04\x11\x13\x1a\r%s\n", i, strings.Repeat("\xff", 64))
	}
	for _, kernel := range []string{"uml", "newest"} {
		t.Run(kernel, func(t *testing.T) {
			got := run(t, nil, "-kernel", kernel, "PROGRAM", "lines", strconv.Itoa(lines))
			if got.code != 0 || got.stdout != want.String() {
				t.Errorf("exit %d, %d bytes of %d\n%s", got.code, len(got.stdout), want.Len(), got.stderr)
			}
		})
	}
}

// What goes wrong with a guest exits with a status of its own and one clear
// line that says what happened and what to do.
func TestGuestFaults(t *testing.T) {
	text := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(text, []byte("this is no kernel\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env   []string
		args  []string
		wants []string
	}{
		"never ends":     {nil, []string{"-kernel", "uml", "-limit", "6s", "PROGRAM", "hang"}, []string{"still running after 6s", "trying once more", "-limit"}},
		"kernel dies":    {nil, []string{"-kernel", "uml", "PROGRAM", "crash"}, []string{"died while its program ran", "sysrq", "trying once more"}},
		"does not boot":  {nil, []string{"-kernel", text, "PROGRAM", "exit", "0"}, []string{"died before its program started", text}},
		"no such kernel": {nil, []string{"-kernel", "none", "PROGRAM", "exit", "0"}, []string{`no kernel "none"`, "newest or a series"}},
		"no such series": {nil, []string{"-kernel", "3.1", "PROGRAM", "exit", "0"}, []string{"has no 3.1 kernel"}},
		"no qemu":        {[]string{"PATH=/nonexistent:" + goDir(t)}, []string{"-kernel", text, "PROGRAM", "exit", "0"}, []string{"qemu-system-x86_64 is not installed", "qemu-system-x86"}},
		"not a program":  {nil, []string{"-kernel", "uml", script(t)}, []string{"could not be started", "static"}},
		"no room":        {[]string{"TMPDIR=/dev/full"}, []string{"-kernel", "uml", "PROGRAM", "exit", "0"}, []string{"/dev/full"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, c.env, c.args...)
			if got.code != exitBed {
				t.Errorf("exit %d, want %d", got.code, exitBed)
			}
			for _, w := range c.wants {
				if !strings.Contains(got.stderr, w) {
					t.Errorf("no %q in:\n%s", w, got.stderr)
				}
			}
		})
	}
}

func goDir(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(path)
}

// script is executable, but not by a guest that has no shell.
func script(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"-mem", "x", "PROGRAM"}, {"-mem", "1", "PROGRAM"}, {"-sysctl", "a", "PROGRAM"}, {"-kernel"}} {
		if got := run(t, nil, args...); got.code != exitUsage || got.stderr == "" {
			t.Errorf("%q: exit %d, %q", args, got.code, got.stderr)
		}
	}
	if got := run(t, nil, "-h"); got.code != 0 || !strings.Contains(got.stdout, "usage: vm") {
		t.Errorf("-h: exit %d, %q", got.code, got.stdout)
	}
}

// However we end, the guest goes with us.
func TestNoOrphans(t *testing.T) {
	vm, program := binaries(t)
	for _, kernel := range []string{"uml", "newest"} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
			t.Run(kernel+" "+sig.String(), func(t *testing.T) {
				mark := fmt.Sprintf("vmtest.%d.%s", os.Getpid(), sig)
				cmd := exec.Command(vm, "-kernel", kernel, "-append", strings.ReplaceAll(mark, " ", "_"), program, "sleep")
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if _, err := out.Read(make([]byte, 64)); err != nil {
					t.Fatal("the program did not start: ", err)
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				if err := cmd.Wait(); err == nil {
					t.Error("exit 0 after a signal")
				}
				for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
					left := processes(strings.ReplaceAll(mark, " ", "_"))
					if len(left) == 0 {
						return
					}
					if time.Now().After(end) {
						t.Fatalf("still there: %v", left)
					}
				}
			})
		}
	}
}

// A series that the archive has dropped is left out by name, and the others
// run.
func TestMatrix(t *testing.T) {
	doc := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(doc, []byte("<!-- kernels -->\n<!-- /kernels -->\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := run(t, nil, "-all", "-kernels", "3.1,uml", "-table", doc, "-run", "TestLacking", "../kernel")
	if got.code != 0 || !strings.Contains(got.stdout, "--- SKIP: kernel 3.1: ") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	text, err := os.ReadFile(doc)
	if err != nil || !strings.Contains(string(text), "| kernel | no kernel | 1 ok |") {
		t.Errorf("%v, table:\n%s", err, text)
	}
}

// processes whose command line holds mark.
func processes(mark string) (found []string) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, l := range lines {
		if text, err := os.ReadFile(l); err == nil && strings.Contains(string(text), mark) && !strings.Contains(string(text), "vm.test") {
			found = append(found, l+": "+strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return found
}

// go test's own flags pass through, profiles come back, statuses differ.
func TestGoTest(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "cover.out")
	got := run(t, nil, "-kernel", "uml", "-run", "TestLacking", "-v", "-count=1", "-coverprofile", profile, "../kernel")
	if got.code != 0 || !strings.Contains(got.stdout, "--- PASS: TestLacking") || strings.Contains(got.stdout, "TestNeed") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if text, err := os.ReadFile(profile); err != nil || !strings.HasPrefix(string(text), "mode: ") {
		t.Errorf("profile: %v %.40q", err, text)
	}
	got = run(t, nil, "-kernel", "uml", "-run", "TestEnd", "-json", "../reexec")
	if got.code != 0 || !strings.Contains(got.stdout, `"Action":"pass"`) {
		t.Errorf("-json: exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	got = run(t, nil, "-kernel", "uml", "-limit", "1s", "../kernel")
	if got.code != exitBed || !strings.Contains(got.stderr, "still running after 1s") {
		t.Errorf("a guest's fault under go test: exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}
