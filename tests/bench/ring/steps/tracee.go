//go:build linux && amd64

package steps

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
)

// tracee is a program all of whose threads are traced, by the calling thread.
type tracee struct {
	pid     int          // and its main thread
	stopped map[int]bool // the other threads
	gone    bool
}

// newTracee takes over a process that has started with PTRACE_TRACEME.
func newTracee(pid int) *tracee { return &tracee{pid: pid, stopped: map[int]bool{}} }

const exitKill = 0x100000 // PTRACE_O_EXITKILL: the program must not outlive us

// begin waits for the stop at the first instruction.
func (t *tracee) begin() error {
	if _, _, err := t.wait(); err != nil {
		return err
	}
	return syscall.PtraceSetOptions(t.pid, exitKill|syscall.PTRACE_O_TRACECLONE)
}

// wait waits until a thread stops, and returns the signal that it has got; 0 is
// a stop of the tracer's own making.
func (t *tracee) wait() (tid int, sig syscall.Signal, err error) {
	const ours = 0x20000000 // __WNOTHREAD: no children of other threads
	for {
		var s syscall.WaitStatus
		tid, err := syscall.Wait4(-1, &s, syscall.WALL|ours, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, 0, err
		case s.Stopped() && s.TrapCause() > 0: // a thread was made
			return tid, 0, nil
		case s.Stopped():
			return tid, s.StopSignal(), nil
		case tid == t.pid:
			t.gone = true
			if s.Exited() && s.ExitStatus() == 0 {
				return tid, 0, nil
			}
			return tid, 0, fmt.Errorf("the program has ended: %s", ending(s))
		default:
			delete(t.stopped, tid)
		}
	}
}

func ending(s syscall.WaitStatus) string {
	if s.Signaled() {
		return s.Signal().String()
	}
	return fmt.Sprint("exit status ", s.ExitStatus())
}

// toMark lets the program run to the next mark, or to its end.
func (t *tracee) toMark() error {
	next, pass := t.pid, syscall.Signal(0)
	for {
		if err := t.cont(next, pass); err != nil {
			return err
		}
		tid, sig, err := t.wait()
		if err != nil || t.gone || tid == t.pid && sig == syscall.SIGUSR1 {
			return err
		}
		next, pass = tid, sig
		if sig == syscall.SIGSTOP || sig == syscall.SIGTRAP {
			pass = 0 // a new thread, or one that had been told to freeze
		}
	}
}

func (t *tracee) cont(tid int, sig syscall.Signal) error {
	if tid != t.pid {
		t.stopped[tid] = false
	}
	err := syscall.PtraceCont(tid, int(sig))
	if err == syscall.ESRCH {
		return nil // it is just being killed; wait will tell
	}
	return err
}

// freeze stops all threads but the main one, which stands at a mark.
func (t *tracee) freeze() error {
	for tid, stopped := range t.stopped {
		if !stopped {
			_, _, _ = syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(t.pid), uintptr(tid), uintptr(syscall.SIGSTOP))
		}
	}
	for slices.Contains(slices.Collect(maps.Values(t.stopped)), false) {
		tid, sig, err := t.wait()
		if err != nil {
			return err
		}
		if sig == syscall.SIGSTOP {
			t.stopped[tid] = true
		} else if err := t.cont(tid, sig); err != nil {
			return err
		}
	}
	return nil
}

// thaw lets them go on.
func (t *tracee) thaw() error {
	for tid, stopped := range t.stopped {
		if stopped {
			if err := t.cont(tid, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// step runs the main thread to the next mark, one instruction at a time.
func (t *tracee) step(p profile) error {
	var regs syscall.PtraceRegs
	last := uint64(0)
	for {
		if err := syscall.PtraceSingleStep(t.pid); err != nil {
			return err
		}
		sig, err := t.stepped()
		if err != nil || sig == syscall.SIGUSR1 {
			return err
		}
		if sig == syscall.SIGURG { // how Go preempts; nothing was executed
			continue
		}
		if sig != syscall.SIGTRAP {
			return fmt.Errorf("the program has got signal %v between two marks", sig)
		}
		if err := syscall.PtraceGetRegs(t.pid, &regs); err != nil {
			return err
		}
		// A repeated string instruction stops at each turn, and counts once.
		if pc := regs.PC(); pc != last {
			p[pc]++
			last = pc
		}
	}
}

// stepped waits for the main thread's stop.
func (t *tracee) stepped() (syscall.Signal, error) {
	for {
		tid, sig, err := t.wait()
		switch {
		case err != nil:
			return 0, err
		case t.gone:
			return 0, errors.New("the program has ended between two marks")
		case tid != t.pid:
			t.stopped[tid] = true // it was made just before
		default:
			return sig, nil
		}
	}
}

// kill ends the program if it has not ended.
func (t *tracee) kill() {
	for !t.gone {
		_ = syscall.Kill(t.pid, syscall.SIGKILL)
		if _, _, err := t.wait(); err != nil {
			return
		}
	}
}
