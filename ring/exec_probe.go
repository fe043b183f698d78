//go:build linux

package ring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// ExecKeepsConfinement tries whether the kernel keeps a program confined that
// uses a ring and then executes another one. Some kernels of 7.0 do not: what
// StartFiltered and ReexecFiltered run there is free again as soon as it has
// done so, and a sandbox must deny execve(2) by other means. No version number
// tells, since stable updates have repaired it and broken it again.
//
// It starts the calling program once more, as a child, from /proc/self/exe with
// its environment and the variable URINGGEN_EXEC_PROBE; an init function of
// this package sees that, and main is not reached. Init functions of other
// packages may run in the child. It confines itself, uses a ring, executes
// itself, tries what is denied, and exits: some milliseconds. The calling
// process is not changed.
//
// Errors: UnsupportedError; OpError where the child could not be started, or
// did not answer, as when ctx ends.
func ExecKeepsConfinement(ctx context.Context) (bool, error) {
	const op = "ExecKeepsConfinement"
	if _, err := confined(); err != nil {
		return false, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = os.Args[:min(1, len(os.Args))]
	cmd.Env = append(os.Environ(), probeVar+"="+probeMark(os.Getpid(), probeFirst))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		switch exit.ExitCode() {
		case exitKept:
			return true, nil
		case exitLost:
			return false, nil
		}
	}
	if err == nil {
		err = errors.New("it ended without an answer")
	}
	if e := ctx.Err(); e != nil {
		err = e
	}
	return false, &OpError{op + ": the child", err, strings.TrimSpace(out.String())}
}

// What the child says in the end.
const (
	exitKept   = 0x51
	exitLost   = 0x52
	exitFailed = 0x53
)

// The child's variable is its parent's number and how far it is, so that a
// stale one does nothing.
const (
	probeVar    = "URINGGEN_EXEC_PROBE"
	probeFirst  = "1" // started
	probeSecond = "2" // executed anew
)

func probeMark(parent int, step string) string { return strconv.Itoa(parent) + "." + step }

func init() {
	mark := os.Getenv(probeVar)
	if mark == "" {
		return
	}
	var err error
	switch mark {
	case probeMark(os.Getppid(), probeFirst):
		err = probeConfined()
	case probeMark(os.Getppid(), probeSecond):
		err = probeAgain()
	default:
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(exitFailed)
}

// probeConfined confines the child, uses a ring and executes the child anew.
// A parent that was confined has passed that on; this adds a filter.
func probeConfined() error {
	runtime.LockOSThread()
	deny := Confinement{
		Filters:    FilterSet{Filters: []cbpf.Filter{{Op: uint8(uapi.IORING_OP_NOP), Program: cbpf.Program{cbpf.Return(0)}}}},
		NoNewPrivs: true,
	}
	if bound, err := confined(); err != nil {
		return err
	} else if !bound {
		deny.Restrictions = &Restrictions{Ops: []uapi.Op{uapi.IORING_OP_NOP}}
	}
	if err := AttachThread(deny); err != nil {
		return err
	}
	if denied, err := nopDenied(); err != nil {
		return err
	} else if !denied {
		return errors.New("the filter had no effect")
	}
	return execSelf("execve", 0, probeVar, probeMark(os.Getppid(), probeSecond))
}

// probeAgain finds out what is left.
func probeAgain() error {
	bound, err := confined()
	if err != nil {
		return err
	}
	denied, err := nopDenied()
	switch {
	case err != nil:
		return err
	case bound && denied:
		os.Exit(exitKept)
	case !bound && !denied:
		os.Exit(exitLost)
	}
	return fmt.Errorf("confined: %v, denied: %v", bound, denied)
}

// nopDenied runs a NOP on a new ring, which is left open.
func nopDenied() (bool, error) {
	r, err := New(1, nil)
	if err != nil {
		return false, err
	}
	r.Next().Nop()
	if _, err := r.SubmitAndWait(1); err != nil {
		return false, err
	}
	for c := range r.Completions() {
		return c.Res == -int32(syscall.EACCES), nil
	}
	return false, errors.New("no completion")
}
