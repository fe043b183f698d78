//go:build linux

package ring

import (
	"context"
	"errors"
	"os"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Wait submits what is queued and waits until Completions has something to
// give. Nothing wakes it if no request is in flight, but the end of ctx:
// ctx.Err. What was waited for then stays in flight. Completions that are ready
// make it return nil, also where ctx is over.
//
// The goroutine is parked in the Go runtime's poller, which takes no thread: a
// copy of FD is watched there from the first Wait until Close, and the file is
// O_NONBLOCK from then on. The ring with IORING_SETUP_DEFER_TASKRUN that New
// makes by default wakes no poller; there the thread to which the goroutine is
// locked sleeps in the kernel, and other goroutines run on others. For a ctx
// that can end, such a ring has an IORING_OP_POLL_ADD of its own in flight;
// where restrictions or filters deny that, and once a request had
// IOSQE_IO_DRAIN, the end is noticed within 10 ms.
//
// A ring with IORING_SETUP_IOPOLL and without SQPOLL gives an ArgumentError:
// only entering the kernel finds its completions.
func (r *Ring) Wait(ctx context.Context) error {
	if err := r.mayWait(); err != nil {
		return err
	}
	if r.ready() {
		return nil
	}
	if r.raw.tail != r.raw.head {
		if _, err := r.Submit(); err != nil || r.ready() {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p, err := r.parking()
	if err != nil {
		return err
	}
	if ctx.Done() == nil {
		return p.park(false)
	}
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		p.interrupt()
		close(told)
	})
	err = p.park(true)
	for errors.Is(err, errInterrupted) && ctx.Err() == nil {
		p.rearm() // what a call before has left
		err = p.park(true)
	}
	if !stop() {
		// The interruption must not be left to the next call.
		<-told
		p.rearm()
	}
	if errors.Is(err, errInterrupted) {
		return ctx.Err()
	}
	return err
}

// mayWait tells what makes waiting pointless.
func (r *Ring) mayWait() error {
	if err := r.raw.alive(); err != nil {
		return err
	}
	if r.raw.pollsDevices() {
		return &ArgumentError{"Wait", "the ring", "has IORING_SETUP_IOPOLL: nothing tells of its completions", "use SubmitAndWait, or add IORING_SETUP_SQPOLL"}
	}
	return r.raw.onThread("wait")
}

// ready tells whether Completions has something to give. Completions that it
// would not give out are taken on the way.
func (r *Ring) ready() bool {
	for {
		r.dropUntold()
		switch {
		case r.raw.Ready() > 0:
			return true
		case !r.more():
			return false
		}
	}
}

// parker lets the ring's goroutine sleep.
type parker interface {
	// park returns when the ring is ready, or with errInterrupted. Unless
	// interruptible, interrupt may go unnoticed.
	park(interruptible bool) error
	// interrupt ends park, now or when it is next called. Any goroutine may call
	// it, also after close.
	interrupt()
	// rearm takes interruptions back.
	rearm()
	// close gives descriptors back. The ring's own is closed.
	close()
}

// errInterrupted is what a read gives whose deadline is over.
var errInterrupted = os.ErrDeadlineExceeded

// parking is the ring's parker, made when it is first needed.
func (r *Ring) parking() (parker, error) {
	if r.parker != nil {
		return r.parker, nil
	}
	var err error
	if r.raw.info.Flags&uapi.IORING_SETUP_DEFER_TASKRUN != 0 || r.raw.fd < 0 {
		r.parker, err = newSleeper(r)
	} else {
		r.parker, err = newWatcher(r)
	}
	return r.parker, err
}
