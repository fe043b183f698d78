//go:build linux

package ring

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Resize gives the ring queues of other sizes, each rounded up to a power of
// two: entries submissions, and cqEntries completions, where 0 is twice the
// submissions. Requests in flight go on, and what lies in the queues stays.
// An entry that Next handed out and no request was prepared in completes with
// -EINVAL.
//
// It needs a ring with IORING_SETUP_DEFER_TASKRUN, as the default is, without
// memory of the user's; one with entries or completions of other sizes must
// have empty queues. EOVERFLOW: what is in a queue would not fit.
//
// IORING_REGISTER_RESIZE_RINGS, since Linux 6.13, io_uring_register(2).
func (r *Ring) Resize(entries, cqEntries uint32) error {
	q := &r.raw
	if err := q.checkResize(entries, cqEntries); err != nil {
		return err
	}
	r.failUnprepared() // their entries do not name them yet, and could not be found again
	err := q.Resize(entries, cqEntries)
	if err != nil && q.fd == -1 {
		r.letGo(1) // requests may be in flight, and nothing will tell when they end
		r.retire(true)
	}
	if err != nil {
		return err
	}
	r.slots.follow()
	return nil
}

// follow moves the slots' entries to where the ring is mapped now.
func (t *table) follow() {
	q := &t.ring.raw
	if n := q.info.SQEntries; n > uint32(len(t.base)) {
		// Two positions of the queue must not have the same slot.
		t.former = append(t.former, base{t.start, t.base})
		for i := range t.base {
			if s := &t.base[i]; s.id&stateMask == stateIdle {
				s.next, t.spare = t.spare, s
			}
		}
		n = max(n, q.info.CQEntries)
		next := t.start + uint32(len(t.base))
		t.setBase((next+n-1)/n*n, n)
	}
	t.each(func(s *SQE) { s.entry = q.entry(s.id.slot() - t.start) })
	for p := q.head; p != q.tail; p++ {
		e := q.entry(p)
		if id := ID(e.UserData); t.find(id.slot()) != nil && t.find(id.slot()).id == id {
			t.find(id.slot()).entry = e
		}
	}
}

// Resize is as Resize of Ring. Entries and completions that were handed out
// before are no longer the ring's.
func (q *Raw) Resize(entries, cqEntries uint32) error {
	if err := q.checkResize(entries, cqEntries); err != nil {
		return err
	}
	q.giveBack()
	q.ktail.Store(q.tail) // so that the kernel moves what was not submitted, too
	p := uapi.IoUringParams{SqEntries: entries, CqEntries: cqEntries}
	if cqEntries != 0 {
		p.Flags = uapi.IORING_SETUP_CQSIZE
	}
	if err := uapi.RegisterResizeRings(q.fd, &p); err != nil {
		return registerError("resize", uapi.IORING_REGISTER_RESIZE_RINGS, err, map[syscall.Errno]string{
			syscall.EOVERFLOW: "submit what is queued and reap completions first",
		})
	}
	kept := q.params.Flags
	q.params.SqEntries, q.params.CqEntries = p.SqEntries, p.CqEntries
	q.params.SqOff, q.params.CqOff = p.SqOff, p.CqOff
	q.params.Flags = kept
	m, err := mapRing(q.fd, &q.params, nil)
	if err != nil {
		// What is mapped is no ring any more: there is no way on.
		return errors.Join(err, q.Close())
	}
	q.memory.unmap()
	q.memory = m
	q.info.SQEntries, q.info.CQEntries = p.SqEntries, p.CqEntries
	q.point()
	q.ctail = q.cktail.Load()
	return nil
}

// unequal are flags for entries of other sizes. What is in such queues is not
// left to the kernel to move: a pair of places that lay behind each other may
// not do so in a queue of another size.
const unequal = uapi.IORING_SETUP_SQE128 | uapi.IORING_SETUP_CQE32 | uapi.IORING_SETUP_SQE_MIXED | uapi.IORING_SETUP_CQE_MIXED

func (q *Raw) checkResize(entries, cqEntries uint32) error {
	if err := q.alive(); err != nil {
		return err
	}
	if err := q.onThread("resize"); err != nil {
		return err
	}
	switch {
	case entries == 0 || entries > maxEntries:
		return &ArgumentError{"Resize", "entries", fmt.Sprintf("is %d", entries), fmt.Sprintf("ask for 1 to %d", maxEntries)}
	case cqEntries != 0 && cqEntries < entries || cqEntries > maxCQEntries:
		return &ArgumentError{"Resize", "cqEntries", fmt.Sprintf("is %d", cqEntries), fmt.Sprintf("use 0, or at least as many as entries and at most %d", maxCQEntries)}
	case q.memory.users != nil:
		return &ArgumentError{"Resize", "the ring", "has memory of the user's", "make a new ring in other memory"}
	case q.info.Flags&uapi.IORING_SETUP_DEFER_TASKRUN == 0:
		return &ArgumentError{"Resize", "the ring", "lacks IORING_SETUP_DEFER_TASKRUN", "make it without AnyThread"}
	case q.rewind:
		return &ArgumentError{"Resize", "the ring", "has IORING_SETUP_SQ_REWIND", "make it without that flag"}
	case q.info.Flags&unequal != 0 && (q.tail != q.khead.Load() || q.Ready() != 0):
		return &ArgumentError{"Resize", "the ring", "has entries in its queues, of which some may be long", "submit and reap all of them first"}
	}
	return nil
}
