//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/need"
)

// program is one of the programs that are built.
type program string

const (
	libProgram  program = "liburing"
	handProgram program = "hand"
	loadProgram program = "load"
	goProgram   program = "contestant"
	peerProgram program = "peers"
)

// built is the programs, and the file to read.
type built struct {
	dir      string
	file     string
	flags    uapi.SetupFlags // of all rings
	liburing string          // its version
	missing  []string        // programs that could not be built, and why
	absent   map[program]bool
}

func (b *built) path(p program) string { return filepath.Join(b.dir, string(p)) }

const sources = "tests/bench/ring/c"

// build builds everything into dir.
func build(dir string) (*built, error) {
	b := &built{dir: dir, file: filepath.Join(dir, "file"), flags: usual, absent: map[program]bool{}}
	if _, err := os.Stat(sources); err != nil {
		return nil, fmt.Errorf("%w (run it from the root of the repository)", err)
	}
	if err := b.buildC(); err != nil {
		return nil, err
	}
	if err := b.buildGo(".", goProgram, "./tests/bench/ring/contestant"); err != nil {
		return nil, err
	}
	// Other people's libraries: what does not build is left out, and said.
	// giouring links to an unexported name of package syscall, which Go refuses
	// unless told not to look.
	if err := b.buildGo("tests/bench/peers", peerProgram, ".", "-ldflags=-checklinkname=0"); err != nil {
		b.missing = append(b.missing, "giouring: "+lastLine(err.Error()))
		b.absent[peerProgram] = true
	}
	const size = 1 << 20 // with the buffers, less than most caches of a processor
	return b, os.WriteFile(b.file, make([]byte, size), 0o644)
}

func (b *built) buildC() error {
	lib, err := need.Find(".", "liburing-dev", "newest")
	if err != nil {
		return err
	}
	linux, err := need.Find(".", "linux-libc-dev", "newest")
	if err != nil {
		return err
	}
	b.liburing = strings.Replace(filepath.Base(filepath.Dir(lib)), "-dev-", " ", 1)
	flags := []string{"-O3", "-g", "-Wall", "-Wextra", "-no-pie", "-D_GNU_SOURCE", "-isystem", filepath.Join(linux, "include")}
	machine, err := exec.Command("gcc", "-print-multiarch").Output()
	if err != nil {
		return fmt.Errorf("gcc: %w; `make deps` installs it", err)
	}
	flags = append(flags, "-isystem", filepath.Join(linux, "include", strings.TrimSpace(string(machine))))
	archive := filepath.Join(lib, "lib", strings.TrimSpace(string(machine)), "liburing.a")
	for _, c := range []struct {
		out  program
		args []string
	}{
		{handProgram, []string{sources + "/contest.c"}},
		{libProgram, []string{"-DLIBURING", "-isystem", filepath.Join(lib, "include"), sources + "/contest.c", archive}},
		{loadProgram, []string{sources + "/load.c"}},
	} {
		if err := run(exec.Command("gcc", append(append(flags[:len(flags):len(flags)], "-o", b.path(c.out)), c.args...)...)); err != nil {
			return err
		}
	}
	return nil
}

func (b *built) buildGo(module string, out program, pkg string, flags ...string) error {
	path, err := filepath.Abs(b.path(out))
	if err != nil {
		return err
	}
	cmd := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), pkg)...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return run(cmd)
}

// run runs a command whose output matters only if it fails.
func run(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("%v: %w", cmd, err), errors.New(strings.TrimSpace(string(out))))
	}
	return nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
}
