//go:build linux

package ring

import (
	"errors"
	"os/exec"
	"syscall"
)

// StartFiltered starts cmd as cmd.Start does, and confines the new process from
// its first instruction on, and what that starts. The calling process is not
// bound, nor is any of its threads: a thread of its own is confined, starts the
// process, and ends.
//
// With NoNewPrivs it is the child that has no_new_privs.
//
// With Pdeathsig in cmd.SysProcAttr that thread lives as long as the process,
// since its end would send the signal. Ptrace is refused, since only that
// thread could trace.
//
// The program itself may be one that a kernel lets go, after it has used a ring
// and executes another program: see ExecKeepsConfinement.
//
// Errors: those of AttachThread, then nothing is started; those of cmd.Start.
func StartFiltered(cmd *exec.Cmd, c Confinement) error {
	const op = "StartFiltered"
	if err := startable(op, cmd); err != nil {
		return err
	}
	return c.throwaway(op, func(done func(error)) {
		stays := cmd.SysProcAttr != nil && cmd.SysProcAttr.Pdeathsig != 0
		_, err := c.confineThread(op, !stays)
		if err == nil {
			err = cmd.Start()
		}
		if err != nil || !stays {
			done(err)
			return
		}
		pid := cmd.Process.Pid // before done: cmd is the caller's then
		done(nil)
		waitForEnd(pid)
	})
}

func startable(op string, cmd *exec.Cmd) error {
	switch {
	case cmd == nil:
		return &ArgumentError{op, "cmd", "is nil", ""}
	case cmd.Process != nil:
		return &ArgumentError{op, "cmd", "was started already", "make a new exec.Cmd"}
	case cmd.SysProcAttr != nil && cmd.SysProcAttr.Ptrace:
		return &ArgumentError{op, "cmd.SysProcAttr.Ptrace", "is set", "start the process without, and attach to it with PTRACE_SEIZE"}
	}
	return nil
}

// waitForEnd returns when a child has ended. It leaves its status to others.
func waitForEnd(pid int) {
	const idPID, exited, noWait = 1, 4, 0x01000000 // P_PID, WEXITED, WNOWAIT, wait.h
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, idPID, uintptr(pid), 0, exited|noWait, 0, 0)
		if !errors.Is(errno, syscall.EINTR) {
			return
		}
	}
}
