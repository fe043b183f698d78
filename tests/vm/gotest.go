package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/uringgen/uringgen/tests/vm/internal/kernels"
)

// statusVar names, for the programs that go test starts, a folder where each
// of them notes a fault of the guest: go test itself reports all failures
// alike.
const statusVar = "VM_STATUS_DIR"

// guestVar names the built guest init, so that it is built once.
const guestVar = "VM_GUEST_INIT"

// runTests lets go test build the packages and hand each binary to us.
func runTests(ctx context.Context, opt *options) (int, error) {
	return withGoTest(ctx, opt, nil, func(cmd *exec.Cmd) error {
		cmd.Stdout = os.Stdout
		return cmd.Run()
	})
}

// withGoTest runs go test for opt's kernel by means of run, and tells a
// failing test from a failing guest.
func withGoTest(ctx context.Context, opt *options, extra []string, run func(*exec.Cmd) error) (int, error) {
	dir, err := os.MkdirTemp("", "vm-go-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	status, guest := filepath.Join(dir, "status"), filepath.Join(dir, "init")
	if err := os.Mkdir(status, 0o755); err != nil {
		return 0, err
	}
	if err := buildGuest(ctx, opt.arch, guest); err != nil {
		return 0, err
	}
	// Resolved once: the programs that go test starts find it in the cache.
	if _, err := kernels.Resolve(ctx, opt.kernel, opt.arch); err != nil {
		return 0, err
	}
	os.Unsetenv(kernels.UpdateVar)
	// What only a host can do, as compile C, is in files that say !guest.
	args := append([]string{"test", "-tags", "guest", "-exec", strings.Join(execArgs(self, opt), " ")}, extra...)
	cmd := exec.CommandContext(ctx, "go", append(args, opt.rest...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+opt.arch, statusVar+"="+status, guestVar+"="+guest)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stderr = os.Stderr
	return outcome(run(cmd), status)
}

// outcome tells a failing test from a failing guest.
func outcome(err error, status string) (int, error) {
	if faults, _ := filepath.Glob(filepath.Join(status, "*")); len(faults) > 0 {
		text, _ := os.ReadFile(faults[0])
		return 0, errors.New(string(text))
	}
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() > 0 {
		return failed.ExitCode(), nil
	}
	return 0, err
}

// execArgs is our own command line for one program, quoted for go test.
func execArgs(self string, opt *options) []string {
	args := []string{self, "-kernel", opt.kernel, "-arch", opt.arch, "-mem", fmt.Sprint(opt.memory), "-cpus", fmt.Sprint(opt.cpus), "-user", fmt.Sprint(opt.uid)}
	if opt.limit > 0 {
		args = append(args, "-limit", opt.limit.String())
	}
	for _, f := range opt.files {
		host, inside, ok := strings.Cut(f, ":")
		abs, err := filepath.Abs(host)
		if err != nil {
			abs = host
		}
		if !ok {
			inside = abs
		}
		args = append(args, "-file", abs+":"+inside)
	}
	for k, v := range opt.sysctl {
		args = append(args, "-sysctl", k+"="+v)
	}
	for _, a := range opt.append {
		args = append(args, "-append", a)
	}
	if opt.console {
		args = append(args, "-console")
	}
	for i, a := range args {
		if strings.ContainsAny(a, " \t'\"") {
			args[i] = "'" + a + "'"
		}
	}
	return args
}

// fault notes an error of the guest where runTests looks for it.
func fault(err error) error {
	if dir := os.Getenv(statusVar); dir != "" {
		name := filepath.Join(dir, fmt.Sprint("fault", os.Getpid()))
		return errors.Join(err, os.WriteFile(name, []byte(err.Error()), 0o644))
	}
	return err
}

// guestInit is the guest's init program.
func guestInit(ctx context.Context, arch string) ([]byte, error) {
	if path := os.Getenv(guestVar); path != "" {
		return os.ReadFile(path)
	}
	dir, err := os.MkdirTemp("", "vm-init-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "init")
	if err := buildGuest(ctx, arch, path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func buildGuest(ctx context.Context, arch, path string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "github.com/uringgen/uringgen/tests/vm/guest")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=-buildvcs=false")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the guest's init: %w\n%s", err, out.String())
	}
	return nil
}
