//go:build linux

package ring

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// AttachThread confines the calling thread: the rings that it makes from now
// on, and what it starts. No other thread of the process is bound, not even one
// that the goroutine's own go statements run on, so all io_uring use that is to
// be confined stays in this goroutine.
//
// It locks the goroutine to its thread for good: undoing that with
// runtime.UnlockOSThread would let any goroutine run on the confined thread,
// and this one on a free thread. When the goroutine ends, the thread does, but
// for the main thread, which stays and runs nothing. Only if nothing is in
// force, the lock is taken back on an error.
//
// AttachProcess is refused for as long as the thread lives.
//
// Errors: those of Confinement; ArgumentError, ProgramError, PDUSizeError;
// PartialError for a failure midway.
func AttachThread(c Confinement) error {
	runtime.LockOSThread()
	kept, err := c.confineThread("AttachThread", false)
	if !kept {
		runtime.UnlockOSThread()
	}
	return err
}

// confineThread confines the calling thread, which is locked. It reports
// whether anything is in force. A thread that ends is one that will do so soon.
func (c *Confinement) confineThread(op string, ends bool) (kept bool, err error) {
	p, err := c.plan(op)
	if err != nil {
		return false, err
	}
	boundThreads.Lock()
	defer boundThreads.Unlock()
	err = p.confine(c.NoNewPrivs, onThread, setNoNewPrivs)
	if inForce(err) {
		boundThreads.threads = append(slices.DeleteFunc(boundThreads.threads, boundThread.dead), boundThread{syscall.Gettid(), ends})
		return true, err
	}
	return false, err
}

// confine sets no_new_privs where that is wanted, and carries the plan out.
func (p *plan) confine(noNewPrivs bool, reg register, set func() error) error {
	if noNewPrivs {
		if err := set(); err != nil {
			return &OpError{p.op + ": no_new_privs", err, ""}
		}
	}
	return p.carryOut(reg, noNewPrivs, taskRemedies)
}

// inForce tells whether an error of carryOut leaves anything behind.
func inForce(err error) bool {
	var partial *PartialError
	return err == nil || errors.As(err, &partial)
}

// onThread registers on the calling thread.
func onThread(op uapi.RegisterOp, arg unsafe.Pointer, nr uint32) error {
	_, err := uapi.Register(-1, op, arg, nr)
	return err
}

// Options of prctl(2), <linux/prctl.h>.
const (
	prSetPdeathsig  = 1
	prGetPdeathsig  = 2
	prSetNoNewPrivs = 38
)

// setNoNewPrivs sets it on the calling thread.
func setNoNewPrivs() error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// boundThreads are the threads that this package has confined. Locked while one is,
// since AttachProcess must find all threads alike.
var boundThreads struct {
	sync.Mutex
	threads []boundThread
}

type boundThread struct {
	tid  int
	ends bool // is about to end
}

func (b boundThread) dead() bool { return syscall.Tgkill(syscall.Getpid(), b.tid, 0) != nil }

// boundNow is a thread that was confined and lives, 0 if there is none. It
// gives those that are about to end a second. bound is locked.
func boundNow() int {
	deadline := time.Now().Add(time.Second)
	for len(boundThreads.threads) > 0 {
		b := boundThreads.threads[0]
		if b.dead() {
			boundThreads.threads = boundThreads.threads[1:]
			continue
		}
		if !b.ends || time.Now().After(deadline) {
			return b.tid
		}
		time.Sleep(time.Millisecond)
	}
	return 0
}
