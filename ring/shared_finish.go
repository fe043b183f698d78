//go:build linux

package ring

import (
	"errors"
	"time"
)

// finish cancels all requests, hands out their results, and closes the ring.
func (o *owner) finish() {
	s := o.shared
	s.mu.Lock()
	s.closed = true // also if the owner ends by itself
	s.mu.Unlock()
	o.take()
	o.dismiss()
	o.ring.dropQueued()
	o.eachFlying(func(w *waiter) {
		if s := o.ring.slots.find(w.id.slot()); s == nil || s.id != w.id {
			o.land(w) // the kernel never saw it
			w.fail(errors.Join(ErrClosed, o.broken))
		}
	})

	deadline := time.Now().Add(closeLimit)
	for o.reap(); o.count > 0 && time.Now().Before(deadline); o.reap() {
		o.ring.cancelAll()
		soon := time.Now().Add(50 * time.Millisecond)
		if err := o.ring.raw.wait(1, &soon, 0); err != nil && !errors.Is(err, ErrTimeout) {
			time.Sleep(time.Millisecond)
		}
	}
	err := o.ring.Close()
	s.err = errors.Join(o.broken, err)
	close(s.ended)
	o.eachFlying(func(w *waiter) {
		o.land(w)
		w.fail(errors.Join(ErrClosed, s.err))
	})
}

func (o *owner) eachFlying(f func(*waiter)) {
	for _, w := range o.flying {
		if w != nil {
			f(w)
		}
	}
}

// dismiss answers what has come in since the last round.
func (o *owner) dismiss() {
	for _, w := range o.work.requests {
		w.fail(ErrClosed)
	}
	for _, c := range o.work.calls {
		c.refuse(ErrClosed)
	}
	o.work = inbox{}
}
