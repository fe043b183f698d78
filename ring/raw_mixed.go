//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Next128 is Next for an entry of 128 bytes, whose second half is cleared: its
// Cmd may be used up to 80 bytes. The ring has IORING_SETUP_SQE128, where every
// entry is such a one, or SQE_MIXED, where it takes two places of the queue and
// holds an operation whose name ends in 128. A single place at the end of the
// queue is filled with an IORING_OP_NOP that has IOSQE_CQE_SKIP_SUCCESS; a chain
// of links ends there. nil: the queue is full, or the ring has no such entries.
func (q *Raw) Next128() *uapi.IoUringSqe {
	var s *uapi.IoUringSqe
	if q.sqStride == 128 {
		if s = q.Next(); s == nil {
			return nil
		}
	} else {
		if q.info.Flags&uapi.IORING_SETUP_SQE_MIXED == 0 || q.sqSize < 2 {
			return nil
		}
		if q.tail&q.sqMask == q.sqMask {
			filler := q.Next()
			if filler == nil {
				return nil
			}
			filler.PrepNop()
			filler.UserData, filler.Flags = 0, uapi.IOSQE_CQE_SKIP_SUCCESS
		}
		if q.tail-q.head > q.sqSize-2 {
			return nil
		}
		s = q.entry(q.tail)
		q.tail += 2
	}
	*(*uapi.IoUringSqe)(unsafe.Add(unsafe.Pointer(s), 64)) = uapi.IoUringSqe{}
	return s
}

// Pop takes the next completion out of the queue, of whatever size it is; nil
// if none is ready. The second half of one with 32 bytes (all of a ring with
// IORING_SETUP_CQE32, those with IORING_CQE_F_32 of one with CQE_MIXED) is its
// BigCqe(2). It is valid until the ring is used for anything but Pop, or Pop
// returns nil. Fillers, IORING_CQE_F_SKIP, are left out, but Ready counts them,
// and a long completion of a mixed ring twice. When a long completion does not
// fit, Linux 7.2 may show the completion again that was in its place before; a
// Ring leaves those out.
func (q *Raw) Pop() *uapi.IoUringCqe {
	for q.chead != q.cktail.Load() {
		c := q.CQE(0)
		q.chead++
		if !q.mixed || c.Flags&(uapi.IORING_CQE_F_SKIP|uapi.IORING_CQE_F_32) == 0 {
			return c
		}
		if c.Flags&uapi.IORING_CQE_F_SKIP == 0 {
			q.chead++
			return c
		}
	}
	q.giveBack()
	return nil
}

// Lost is the number of completions that never came, since the kernel had no
// memory for them while the queue was full, and Dropped that of entries that
// the kernel could not read, which a ring of this package does not cause.
func (q *Raw) Lost() uint32 { return q.counter(q.params.CqOff.Overflow) }

// Dropped is explained at Lost.
func (q *Raw) Dropped() uint32 { return q.counter(q.params.SqOff.Dropped) }

func (q *Raw) counter(offset uint32) uint32 {
	if q.fd == -1 {
		return 0
	}
	return q.memory.word(offset).Load()
}

// Lost is the number of completions that never came, since the kernel had no
// memory for them while the queue was full. Such requests stay in flight for
// good as far as the ring knows, and their memory is kept. It wraps.
func (r *Ring) Lost() uint32 { return r.raw.Lost() }
