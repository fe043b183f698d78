//go:build linux

package ring

import (
	"errors"
	"runtime"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// owner is what the goroutine that owns a shared ring works with. Nothing else
// touches it, but for parker.interrupt.
type owner struct {
	shared *Shared
	ring   *Ring
	parker parker
	work   inbox // taken over, its slices swapped with those of the other
	flying []*waiter
	spare  []uint64 // numbers without a waiter
	count  int      // of flying
	queued bool     // there are entries to submit
	idle   bool     // the ring is disabled: it takes no requests
	broken error    // why the owner ended by itself
	over   bool     // the ring is to be closed
}

// cancelMark tells the completion of a cancellation from that of the request,
// whose number it also has. Numbers start at 1.
const cancelMark = 1 << 63

// run is the goroutine.
func (o *owner) run(s *Shared, entries uint32, options *Options, started chan<- error) {
	err := o.start(s, entries, options)
	started <- err
	if err == nil {
		o.loop()
	}
}

func (o *owner) start(s *Shared, entries uint32, options *Options) (err error) {
	o.shared = s
	if o.ring, err = New(entries, options); err != nil {
		return err
	}
	if err = o.ring.mayWait(); err == nil {
		o.parker, err = o.ring.parking()
	}
	if err != nil {
		_ = o.ring.Close()
		return err
	}
	if o.ring.raw.tid != 0 {
		runtime.LockOSThread() // for good: who knows what With does to the thread
	}
	s.info = o.ring.Info()
	q := &o.ring.raw
	s.staging.raw = Raw{fd: -1, enterFD: -1, sqStride: q.sqStride, cqStride: q.cqStride, info: q.info, params: q.params}
	o.checkEnabled()
	return nil
}

// loop works until the ring is to be closed. A call that ends the goroutine
// (runtime.Goexit, t.FailNow) does not end the loop: it goes on among what is
// deferred.
func (o *owner) loop() {
	defer func() {
		if p := recover(); p != nil {
			panic(p) // going on would only hide it
		}
		if !o.over {
			o.loop()
		}
	}()
	for o.broken == nil && o.round() {
	}
	o.over = true
	o.finish()
}

// round does what there is to do, and sleeps if that was nothing. It returns
// false once the ring is to be closed.
func (o *owner) round() bool {
	open := o.take()
	busy := !o.work.empty()
	o.obey()
	if o.queued {
		o.submit()
	}
	if o.reap() || busy {
		// Those who have their results now come with their next requests,
		// before anybody has to be put to sleep and woken.
		runtime.Gosched()
		return open
	}
	if open && o.mayPark() {
		if err := o.parker.park(true); errors.Is(err, errInterrupted) {
			o.parker.rearm() // before the inbox is looked at, so that no call is lost
		} else if err != nil {
			o.broken = err
		}
		if err := o.ring.raw.alive(); err != nil {
			o.broken = err // a call has closed it
		}
		o.shared.mu.Lock()
		o.shared.parked = false
		o.shared.mu.Unlock()
	}
	return open
}

// take empties the inbox. It returns false if the ring is to be closed.
func (o *owner) take() bool {
	s := o.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	o.work, s.inbox = s.inbox, o.work
	return !s.closed
}

// mayPark announces sleep, unless there is something to do.
func (o *owner) mayPark() bool {
	s := o.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parked = !s.closed && s.inbox.empty()
	return s.parked
}

// obey does what was taken from the inbox. Cancellations come first: a request
// that is canceled already is not begun.
func (o *owner) obey() {
	w := &o.work
	for _, c := range w.canceled {
		c.canceled = true
		if c.number != 0 {
			o.cancel(c)
		}
	}
	clear(w.canceled)
	w.canceled = w.canceled[:0]
	for i, r := range w.requests {
		w.requests[i] = nil
		o.begin(r)
	}
	w.requests = w.requests[:0]
	for len(w.calls) > 0 { // one that ends the goroutine must not be called again
		c := w.calls[0]
		w.calls = w.calls[1:]
		o.call(c)
	}
	w.calls = nil
}

func (o *owner) call(c *call) {
	defer o.checkEnabled()
	c.run(o.ring)
}

// checkEnabled asks the kernel if the ring takes requests.
func (o *owner) checkEnabled() {
	if o.ring.raw.info.Flags&uapi.IORING_SETUP_R_DISABLED != 0 {
		_, err := uapi.EnterRaw(o.ring.raw.enterFD, 0, 0)
		o.idle = errors.Is(err, syscall.EBADFD)
	}
}

// begin puts a request into the queue.
func (o *owner) begin(w *waiter) {
	switch {
	case w.canceled:
		w.result = Result{Res: -int32(syscall.ECANCELED)}
		w.done <- struct{}{}
		return
	case o.idle:
		w.fail(o.ring.raw.enterError(syscall.EBADFD))
		return
	}
	s := o.next()
	if s == nil {
		w.fail(errors.Join(ErrClosed, o.broken))
		return
	}
	if n := len(o.spare); n > 0 {
		w.number, o.spare = o.spare[n-1], o.spare[:n-1]
		o.flying[w.number-1] = w
	} else {
		o.flying = append(o.flying, w)
		w.number = uint64(len(o.flying))
	}
	o.count++
	s.adopt(&w.sqe)
	s.SetUserData(w.number)
	w.id = s.id
}

// cancel asks the kernel to give a request back. Success needs no word: the
// request's own completion tells.
func (o *owner) cancel(w *waiter) {
	s := o.next()
	if s == nil {
		return
	}
	s.Cancel(w.id)
	s.SetUserData(cancelMark | w.number)
}

// next is an entry of the queue. It is nil only if the ring is broken.
func (o *owner) next() *SQE {
	s := o.ring.Next()
	for s == nil && o.submit() {
		if s = o.ring.Next(); s == nil {
			o.broken = o.ring.raw.waitForRoom()
		}
	}
	o.queued = true // not before: submit takes it back
	return s
}

// fail answers instead of a result.
func (w *waiter) fail(err error) {
	w.err = err
	w.done <- struct{}{}
}

// patience is for how long a kernel may be short of memory.
const patience = 10 * time.Second

// submit hands the queue to the kernel. It returns false if the ring is broken.
func (o *owner) submit() bool {
	if o.broken != nil {
		return false
	}
	_, err := o.ring.Submit()
	if err != nil {
		err = o.insist(err, time.Now().Add(patience))
	}
	o.queued = false
	o.broken = err
	return err == nil
}

// insist submits again as long as there is hope.
func (o *owner) insist(err error, deadline time.Time) error {
	for err != nil {
		var misuse *ArgumentError // a call's; the requests in the queue are fine
		if !errors.As(err, &misuse) {
			short := errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EAGAIN)
			if !short || time.Now().After(deadline) {
				return err
			}
			if !o.reap() {
				time.Sleep(time.Millisecond)
			}
		}
		_, err = o.ring.Submit()
	}
	return nil
}

// reap hands out results. It reports whether there were completions.
func (o *owner) reap() (any bool) {
	for c := range o.ring.Completions() {
		any = true
		if c.Op == opNone {
			continue // sent by another ring
		}
		n := c.UserData &^ cancelMark
		if n == 0 || n > uint64(len(o.flying)) {
			continue
		}
		w := o.flying[n-1]
		switch {
		case w == nil:
		case c.UserData&cancelMark == 0:
			o.complete(w, c)
		case c.Res < 0 && w.mustEnd():
			o.cancelLater(w)
		}
	}
	return any
}

func (w *waiter) mustEnd() bool { return w.canceled || w.refused != nil }

// complete takes one completion of a request, and ends its wait with the last.
func (o *owner) complete(w *waiter, c CQE) {
	if !w.partial {
		w.result = Result{c.Res, c.Flags}
	}
	if c.More() {
		if !w.partial && c.Op != uapi.IORING_OP_SEND_ZC && c.Op != uapi.IORING_OP_SENDMSG_ZC {
			w.refused = errCompletesOften(c.Op)
			o.cancel(w)
		}
		w.partial = true
		return
	}
	o.land(w)
	switch {
	case w.refused != nil:
		w.err, w.refused = w.refused, nil
	case o.over && !w.canceled && interrupted(w.result.Res):
		w.err = ErrClosed
	}
	w.done <- struct{}{}
}

// land takes a waiter back whose request is over.
func (o *owner) land(w *waiter) {
	o.flying[w.number-1] = nil
	o.spare = append(o.spare, w.number)
	o.count--
	w.number, w.partial = 0, false
}

// cancelLater tries again where the kernel could not cancel a request: it may
// have been between two states in which it is found, or with a worker that got
// the signal too early.
func (o *owner) cancelLater(w *waiter) {
	w.retry = min(max(2*w.retry, time.Millisecond), time.Second)
	time.AfterFunc(w.retry, func() { o.shared.cancel(w) })
}
