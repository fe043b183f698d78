//go:build linux

package ring

import (
	"runtime"
	"slices"
	"syscall"
)

// throwaway runs f on a thread that ends with it, and returns what f gives to
// done. f may go on after that, and keep the thread. A caller whose own thread
// is confined is refused: what f starts would not be bound by that.
func (c *Confinement) throwaway(op string, f func(done func(error))) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	refused := &OpError{op, syscall.EPERM, "the calling thread is confined, and what it starts this way would not be: call it from a goroutine that is not"}
	caller, err := confined()
	if err != nil {
		caller = false // the plan says why
	}
	if caller && boundByUs(syscall.Gettid()) {
		return refused
	}
	return otherThread(func(done func(error)) {
		if own, err := confined(); caller && err == nil && !own {
			done(refused)
			return
		}
		f(done)
	})
}

func boundByUs(tid int) bool {
	boundThreads.Lock()
	defer boundThreads.Unlock()
	return slices.ContainsFunc(boundThreads.threads, func(b boundThread) bool { return b.tid == tid })
}

// otherThread runs f on a thread that ends with it.
func otherThread(f func(done func(error))) error {
	result := make(chan error, 1)
	go func() {
		// Never unlocked: a locked thread ends with its goroutine. The runtime
		// makes no new threads from locked ones, so none inherits what f does.
		runtime.LockOSThread()
		if syscall.Gettid() == syscall.Getpid() {
			// The main thread would not end. Hold it until f has another one.
			result <- otherThread(f)
			runtime.UnlockOSThread()
			return
		}
		f(func(err error) { result <- err })
	}()
	return <-result
}
