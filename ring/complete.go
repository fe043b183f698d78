//go:build linux

package ring

import (
	"iter"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// CQE is a completion.
type CQE struct {
	UserData uint64        // what SetUserData gave the request; for completions that no request of this ring caused, what their sender chose
	Res      int32         // the result of the operation; a negative errno if it failed
	Flags    uapi.CQEFlags // IORING_CQE_F_*
	Op       uapi.Op       // the operation; 0xff if no request of this ring caused the completion, or none was prepared
}

// Err is nil if the request succeeded, else an OpError. A request that a
// restriction or a filter denies has EACCES.
func (c CQE) Err() error {
	if c.Res >= 0 {
		return nil
	}
	return &OpError{c.Op.String(), syscall.Errno(-c.Res), ""}
}

// More tells that further completions of the same request will follow.
func (c CQE) More() bool { return c.Flags&uapi.IORING_CQE_F_MORE != 0 }

// Completions gives out the completions that are ready, and takes them out of
// the queue. It does not wait. If the loop ends early, the rest comes with the
// next call. New requests may be made and submitted within the loop.
func (r *Ring) Completions() iter.Seq[CQE] {
	return func(yield func(CQE) bool) {
		for r.raw.chead != r.raw.ctail || r.more() {
			c, told := r.pop()
			if !told {
				if c, told = r.popUnusual(); !told {
					continue
				}
			}
			if !yield(c) {
				return
			}
		}
	}
}

// more looks for further completions.
func (r *Ring) more() bool {
	q := &r.raw
	q.giveBack()
	q.ctail = q.cktail.Load()
	if q.chead == q.ctail && q.Flush() == nil {
		q.ctail = q.cktail.Load()
	}
	return q.chead != q.ctail
}

// unusual is what pop leaves to popUnusual: that there will be more, and
// completions of a size of their own.
const unusual = uapi.IORING_CQE_F_MORE | uapi.IORING_CQE_F_SKIP | uapi.IORING_CQE_F_32

// pop takes the next completion, and frees its slot, if it is the only one of
// a request that held no more than a buffer and has the slot of its position.
func (r *Ring) pop() (c CQE, told bool) {
	e := r.raw.CQE(0)
	id := ID(e.UserData)
	s := r.slots.at(id.slot())
	if s.id != id || s.hold > holdMem || e.Flags&unusual != 0 {
		return CQE{}, false
	}
	if s.hold != 0 {
		s.hold, s.mem = 0, nil
	}
	r.raw.chead++
	s.id = id.successor()
	return CQE{UserData: s.data, Res: e.Res, Flags: e.Flags, Op: id.Op()}, true
}

// popUnusual takes the next completion, whatever it is, and lets go of what
// its request held if it is the last one. It reports whether it is to be told.
func (r *Ring) popUnusual() (c CQE, told bool) {
	e := r.raw.CQE(0)
	c = CQE{UserData: e.UserData, Res: e.Res, Flags: e.Flags, Op: opNone}
	r.raw.chead++
	if r.raw.mixed {
		if r.noise(e) {
			return c, false
		}
		if c.Flags&uapi.IORING_CQE_F_32 != 0 {
			r.raw.chead++
			r.wide = r.raw.chead
		}
	}
	id := ID(e.UserData)
	s := r.slots.find(id.slot())
	if s == nil || s.id != id {
		if p, ok := r.parker.(*sleeper); ok && id == wakeID {
			p.fire(c.Res)
			return c, false
		}
		return c, true // caused by another ring, or of a request that is over
	}
	c.UserData = s.data
	if id&stateMask < stateVoid {
		c.Op = id.Op()
	}
	if c.More() {
		return c, true
	}
	hidden := s.hold&holdHidden != 0 && (c.Res >= 0 || s.hold&holdFiller != 0)
	r.slots.free(s)
	return c, !hidden
}
