//go:build linux

package ring

import (
	"context"
	"errors"
	"os"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Wait parks the goroutine until Completions has something to give. It submits
// nothing, and nothing wakes it if no request is in flight.
//
// Completions that are ready make it return nil, also where ctx is over;
// otherwise the end of ctx gives ctx.Err. What was waited for stays in flight.
//
// No thread waits in the kernel meanwhile. The goroutine of a ring that is
// bound to a thread keeps that thread, which sleeps; other goroutines run on
// others. Such a ring has an eventfd from the first Wait on, unless the program
// has registered one itself: OpError with EBUSY. Other rings have a second
// descriptor, a copy of FD, and their file is O_NONBLOCK from then on. Both go
// with Close.
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
	if err := ctx.Err(); err != nil {
		return err
	}
	p, err := r.parking()
	if err != nil {
		return err
	}
	if ctx.Done() == nil {
		return p.park()
	}
	stop := context.AfterFunc(ctx, p.interruptAndTell)
	err = p.park()
	if !stop() {
		// The interruption must not be left to the next call.
		<-p.told
		p.rearm()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ctx.Err()
	}
	return err
}

// mayWait tells what makes waiting pointless.
func (r *Ring) mayWait() error {
	if err := r.raw.alive(); err != nil {
		return err
	}
	const polls = uapi.IORING_SETUP_IOPOLL | uapi.IORING_SETUP_SQPOLL
	if r.raw.info.Flags&polls == uapi.IORING_SETUP_IOPOLL {
		return &ArgumentError{"Wait", "the ring", "has IORING_SETUP_IOPOLL: nothing tells of its completions", "use SubmitAndWait, or add IORING_SETUP_SQPOLL"}
	}
	return r.raw.onThread("wait")
}

// ready tells whether Completions has something to give. If it has not, nothing
// is pending either that the kernel would tell of only once.
func (r *Ring) ready() bool {
	for !r.tells() {
		if !r.raw.workLeft() || r.raw.Flush() != nil {
			return false
		}
	}
	return true
}

// tells tells whether Completions has something to give. Completions that it
// would not give out are taken on the way.
func (r *Ring) tells() bool {
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

// workLeft tells whether deferred work remains after the kernel was entered: it
// does about 20 pieces of it at a time, and not each gives a completion.
func (q *Raw) workLeft() bool {
	f := q.info.Flags
	switch {
	case f&uapi.IORING_SETUP_DEFER_TASKRUN == 0:
		return false // pending work of another thread is that one's to do
	case f&uapi.IORING_SETUP_TASKRUN_FLAG != 0:
		return uapi.SQRingFlags(q.kflags.Load())&uapi.IORING_SQ_TASKRUN != 0
	}
	fds := []pollFD{{fd: int32(q.fd), events: pollIn}}
	_, err := ppoll(fds, 0)
	return err == nil && fds[0].revents&pollIn != 0
}

// parking is the ring's parker, made when it is first needed.
func (r *Ring) parking() (*parker, error) {
	if r.parker == nil {
		p, err := newParker(r)
		if err != nil {
			return nil, err
		}
		r.parker = p
	}
	return r.parker, nil
}
