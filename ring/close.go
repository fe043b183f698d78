//go:build linux

package ring

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// closeLimit is how long Close waits for requests that were canceled. Tests
// shorten it.
var closeLimit = 10 * time.Second

// alive is what the kernel may write to at any time, and the collector must not
// have: rings that are open, even if the program has lost them, and the slots
// of those that were closed while the kernel still had requests.
var alive struct {
	sync.Mutex
	rings   map[*Ring]struct{}
	orphans []*table
}

// keepAlive holds a ring until it is closed.
func (r *Ring) keepAlive() {
	alive.Lock()
	defer alive.Unlock()
	if alive.rings == nil {
		alive.rings = make(map[*Ring]struct{})
	}
	alive.rings[r] = struct{}{}
}

// letGo ends keepAlive, but holds the slots if the kernel still has requests.
func (r *Ring) letGo(busy int) {
	alive.Lock()
	defer alive.Unlock()
	delete(alive.rings, r)
	if busy > 0 {
		t := r.slots
		alive.orphans = append(alive.orphans, &t)
	}
}

// Close cancels all requests, waits until the kernel is done with each of
// them, and only then lets go of their memory and gives the ring back. Their
// completions are dropped, and so are requests that were not submitted.
// Closing again does nothing. A ring that is bound to a thread must be closed
// by the goroutine that made it; EEXIST otherwise, and the ring stays open.
//
// A request that cannot be canceled and does not end within 10 seconds leaves
// a BusyError: the ring is closed, but what such requests name is kept for as
// long as the process lives, since the kernel may still use it. A zero-copy send
// is one until the other end has received its data.
func (r *Ring) Close() error {
	if r.closed() {
		return nil
	}
	if err := r.raw.onThread("close"); err != nil {
		return err
	}
	r.dropQueued()
	busy := r.drain(time.Now().Add(closeLimit))
	r.letGo(busy)
	err := r.raw.Close()
	r.retire(busy > 0)
	if busy > 0 {
		return errors.Join(&BusyError{Requests: busy}, err)
	}
	return err
}

// BusyError tells how many requests the kernel still had when the ring was
// closed. Their memory is kept for good.
type BusyError struct{ Requests int }

// Error names the number.
func (e *BusyError) Error() string {
	return fmt.Sprintf("io_uring: close: %d requests could not be canceled and did not end; their memory is kept", e.Requests)
}

// dropQueued frees the slots of requests that the kernel never saw.
func (r *Ring) dropQueued() {
	r.failUnprepared() // their entries would name requests of before
	q := &r.raw
	kept := q.published
	if !q.sqpoll || q.settleThread() == nil { // else the thread may take those at any time
		kept = q.khead.Load()
	}
	for t := kept; t != q.tail; t++ {
		id := ID(q.entry(t).UserData)
		if s := r.slots.find(id.slot()); s != nil && s.id == id {
			r.slots.free(s)
		}
	}
	q.tail = kept
	q.seeHead()
	q.publish()
}

// settleThread waits until the polling thread has taken what was published, or
// never will.
func (q *Raw) settleThread() error {
	for deadline := time.Now().Add(closeLimit); q.khead.Load() != q.published; {
		if time.Now().After(deadline) {
			return ErrTimeout
		}
		_, err := uapi.Enter(q.enterFD, 0, 0, q.wakeup(), nil)
		switch {
		case errors.Is(err, syscall.EBADFD), errors.Is(err, syscall.EOWNERDEAD):
			return nil // the ring is disabled, or the thread gone
		case err != nil && !errors.Is(err, syscall.EINTR):
			return err
		}
		time.Sleep(100 * time.Microsecond)
	}
	return nil
}

// drain cancels and reaps until nothing is in flight, and returns how many
// requests were left at the deadline.
func (r *Ring) drain(deadline time.Time) int {
	for {
		for range r.Completions() {
		}
		busy := 0
		r.slots.busy(func(*SQE) { busy++ })
		if busy == 0 || time.Now().After(deadline) {
			return busy
		}
		r.cancelAll()
		soon := time.Now().Add(50 * time.Millisecond)
		if err := r.raw.wait(1, &soon, 0); err != nil && !errors.Is(err, ErrTimeout) {
			time.Sleep(time.Millisecond) // no way to wait; the kernel may still get there
		}
	}
}

// cancelAll asks the kernel to cancel everything, in the way that it knows.
func (r *Ring) cancelAll() {
	const any = uapi.IORING_ASYNC_CANCEL_ANY | uapi.IORING_ASYNC_CANCEL_ALL
	reg := uapi.IoUringSyncCancelReg{Flags: any, Timeout: uapi.KernelTimespec{TvNsec: int64(time.Millisecond)}}
	_, err := uapi.RegisterSyncCancel(r.raw.fd, &reg) // since Linux 6.0
	if !r.raw.sqpoll && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.EACCES) {
		return
	}
	// Older kernels cancel one request at a time, and each of these completes,
	// too. A ring's restrictions may allow this alone. And it alone reaches the
	// workers of a polling thread.
	var ids []ID
	r.slots.busy(func(s *SQE) {
		if s.id.Op() != uapi.IORING_OP_ASYNC_CANCEL {
			ids = append(ids, s.id)
		}
	})
	for _, id := range ids {
		s, err := r.Get()
		if err != nil {
			return
		}
		s.Cancel(id)
	}
	_, _ = r.Submit()
}

// retire ends what a closed ring has, and makes its slots such that late uses
// touch nothing. busy: the kernel still has requests.
func (r *Ring) retire(busy bool) {
	if r.parker != nil {
		r.parker.close()
	}
	r.resources.release(busy)
	grave := new(uapi.IoUringSqe)
	r.slots.each(func(s *SQE) {
		if s.id&stateMask != stateIdle {
			s.idle()
		}
		s.entry = grave
	})
	r.slots = table{}
	r.prepared, r.hidden, r.misused, r.fillers = 0, 0, 0, 0
}
