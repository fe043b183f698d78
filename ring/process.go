//go:build linux

package ring

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// AttachProcess confines every thread of the process, and so all that it does
// with io_uring from now on. Rings that exist already are not bound: call it
// first.
//
// It goes by [syscall.AllThreadsSyscall6], which stops all goroutines for some
// milliseconds for each registration: few filters with much to decide are
// better than many. It is not for programs with cgo (os/user and net bring it,
// the race detector too): OpError with ENOTSUP. ReexecFiltered is for those.
//
// The Go runtime ends the process with a fatal error if threads get different
// answers from the kernel. So this is refused with a ThreadError, and nothing
// is done, if one of them was confined by AttachThread or StartFiltered and
// lives, or has other privileges than the others. What remains is a thread that
// was confined without this package's knowledge, or on which the kernel runs
// out of memory.
//
// After a PartialError some registrations hold and some do not: exit, rather
// than go on half confined.
//
// Errors: those of AttachThread, and the above.
func AttachProcess(c Confinement) error {
	const op = "AttachProcess"
	if _, _, errno := syscall.AllThreadsSyscall(syscall.SYS_GETPID, 0, 0, 0); errno != 0 {
		return &OpError{op, errno, "a program with cgo cannot reach all of its threads: use ReexecFiltered, or build with CGO_ENABLED=0"}
	}
	runtime.LockOSThread() // the calling thread is compared with the others
	defer runtime.UnlockOSThread()
	boundThreads.Lock()
	defer boundThreads.Unlock()
	if tid := boundNow(); tid != 0 {
		return &ThreadError{Thread: tid, Reason: "is confined already"}
	}
	p, err := c.plan(op)
	if err != nil {
		return err
	}
	if err := threadsAlike(c.NoNewPrivs); err != nil {
		return err
	}
	return p.confine(c.NoNewPrivs, onAllThreads, setAllNoNewPrivs)
}

// ThreadError is a thread that AttachProcess cannot confine together with the
// others. Nothing was done.
type ThreadError struct {
	Thread int    // its number, as in /proc/self/task
	Reason string // how it differs
}

// Error names the thread and what to do instead.
func (e *ThreadError) Error() string {
	return fmt.Sprintf("io_uring: AttachProcess: thread %d %s; call AttachProcess before AttachThread, or use ReexecFiltered", e.Thread, e.Reason)
}

// onAllThreads registers on every thread.
func onAllThreads(op uapi.RegisterOp, arg unsafe.Pointer, nr uint32) error {
	_, _, errno := syscall.AllThreadsSyscall6(uapi.SYS_IO_URING_REGISTER, ^uintptr(0), uintptr(op), uintptr(arg), uintptr(nr), 0, 0)
	return unlessZero(errno)
}

func setAllNoNewPrivs() error {
	_, _, errno := syscall.AllThreadsSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0)
	return unlessZero(errno)
}

func unlessZero(errno syscall.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

// threadsAlike finds a thread that the kernel would treat in another way than
// the calling one. noNewPrivs tells that this will be set on all.
func threadsAlike(noNewPrivs bool) error {
	want, err := privileges(syscall.Gettid(), noNewPrivs)
	tids, e := threads()
	if err := errors.Join(err, e); err != nil {
		return &OpError{"AttachProcess", err, "it compares the threads in /proc/self/task: mount /proc, or use ReexecFiltered"}
	}
	for _, tid := range tids {
		have, err := privileges(tid, noNewPrivs)
		switch {
		case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ESRCH): // ended
		case err != nil:
			return &OpError{"AttachProcess", err, ""}
		case !have.kernels && have.text != want.text:
			return &ThreadError{Thread: tid, Reason: fmt.Sprintf("has other privileges than the calling thread: %q, not %q", have.text, want.text)}
		}
	}
	return nil
}
