//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Next128 is Next for an entry of 128 bytes, which some operations need. The
// ring has IORING_SETUP_SQE128, where every entry is such a one, or SQE_MIXED,
// where it takes two places of the queue that lie behind each other, and
// Submit counts both. At the end of the queue a request of the ring's own, an
// IORING_OP_NOP, fills a single place; its completion is not given out.
//
// nil: the queue is full (submit, then try again), or the ring has no such
// entries or is closed.
func (r *Ring) Next128() *SQE {
	q := &r.raw
	if q.sqStride == 128 {
		return r.Next()
	}
	if q.info.Flags&uapi.IORING_SETUP_SQE_MIXED == 0 || q.sqSize < 2 {
		return nil
	}
	if q.tail&q.sqMask == q.sqMask && r.filler() == nil {
		return nil
	}
	if q.tail-q.head > q.sqSize-2 {
		return nil
	}
	s := r.Next()
	if s == nil {
		return nil
	}
	if r.filler() == nil { // out of slots: Submit makes more
		s.Nop()
		s.becomeFiller()
		return nil
	}
	s.hold |= holdPair
	return s
}

// Get128 is Next128 that submits when the queue is full. It does not return nil
// without an error.
func (r *Ring) Get128() (*SQE, error) {
	if err := r.raw.alive(); err != nil {
		return nil, err
	}
	if r.raw.sqStride != 128 && (r.raw.info.Flags&uapi.IORING_SETUP_SQE_MIXED == 0 || r.raw.sqSize < 2) {
		return nil, &ArgumentError{"Get128", "the ring", "has no entries of 128 bytes", "make it with IORING_SETUP_SQE128 or SQE_MIXED, and at least 2 entries"}
	}
	return r.get(r.Next128)
}

// filler takes a place that nobody has asked for.
func (r *Ring) filler() *SQE {
	s := r.Next()
	if s != nil {
		s.Nop()
		s.becomeFiller()
	}
	return s
}

// becomeFiller hides a request for good. It is not among those prepared, so
// that the next Submit looks at it.
func (s *SQE) becomeFiller() {
	s.hold |= holdHidden | holdFiller
	s.ring.hidden++
	s.ring.prepared--
	s.ring.fillers++
}

// widen gives a request that is about to be prepared all of its 128 bytes,
// cleared. It is false if Next128 did not hand it out.
func (s *SQE) widen() bool {
	r := s.ring
	rest := (*uapi.IoUringSqe)(unsafe.Add(unsafe.Pointer(s.entry), 64))
	if r.raw.sqStride == 128 {
		*rest = uapi.IoUringSqe{}
		return true
	}
	if s.hold&holdPair == 0 {
		return false
	}
	if s.hold&holdWide == 0 {
		r.slots.free(r.slots.find(ID(rest.UserData).slot()))
		r.fillers--
		r.prepared++
		s.hold |= holdWide
	}
	*rest = uapi.IoUringSqe{}
	return true
}

// Prepare128 is Prepare for operations in entries of 128 bytes. The request
// comes from Next128, and the entry's Cmd may be used up to 80 bytes.
func (s *SQE) Prepare128(f func(*uapi.IoUringSqe), refs ...any) {
	if !s.begin() {
		return
	}
	if !s.widen() {
		s.fail(opNone, &ArgumentError{"Prepare128", "the entry", "has 64 bytes", "take it with Next128"})
		return
	}
	s.Prepare(f, refs...)
}

// sizeError is an operation in an entry that has not the size that the kernel
// takes for it: the two would disagree about where the next entry begins.
func sizeError(wide bool) error {
	if wide {
		return &ArgumentError{"Prepare128", "the operation", "has entries of 64 bytes", "use Prepare"}
	}
	return &ArgumentError{"Prepare", "the operation", "has entries of 128 bytes", "take the entry with Next128 and use Prepare128"}
}

// takesTwo tells whether the kernel reads a second place after an operation.
func (r *Ring) takesTwo(op uapi.Op) bool {
	return (op == uapi.IORING_OP_NOP128 || op == uapi.IORING_OP_URING_CMD128) && r.raw.sqStride == 64
}

// void makes the entry one that fails with -EINVAL, whatever its size.
func (s *SQE) void(flags uapi.SQEFlags) {
	*s.entry = uapi.IoUringSqe{Opcode: opNone, Flags: flags}
	if s.hold&holdWide != 0 {
		s.entry.Opcode = uapi.IORING_OP_NOP128
		s.entry.RwFlags = ^uint32(0) // flags that no kernel has
	}
}

// linkFillers makes fillers part of the chains that they lie in.
func (r *Ring) linkFillers() {
	const link = uapi.IOSQE_IO_LINK | uapi.IOSQE_IO_HARDLINK
	q := &r.raw
	var before uapi.SQEFlags
	for t := q.published; t != q.tail; t++ {
		e := q.entry(t)
		id := ID(e.UserData)
		if s := r.slots.find(id.slot()); s != nil && s.id == id && s.hold&holdFiller != 0 {
			e.Flags |= before & link
		}
		before = e.Flags
		if r.takesTwo(e.Opcode) {
			t++
		}
	}
	r.fillers = 0
}

// noise tells whether a place of a mixed completion queue holds no completion:
// a filler, or what was there before. Linux (7.2 was looked at) shows a place
// that it has not written when a long completion did not fit before the end of
// the queue and a short one follows. A request that is over gives it away, even
// if it seems to be a long one.
func (r *Ring) noise(c *uapi.IoUringCqe) bool {
	if c.Flags&uapi.IORING_CQE_F_SKIP != 0 {
		return true
	}
	id := ID(c.UserData)
	if id&idMark == 0 {
		return false
	}
	s := r.slots.find(id.slot())
	return s != nil && s.id != id
}

// Extra is the second half of the completion that Completions gave out last,
// on rings with completions of 32 bytes (IORING_SETUP_CQE32, or CQE_MIXED for
// those marked IORING_CQE_F_32). It must be read before anything else is done
// with the ring; it is zero afterwards, and for other completions.
func (r *Ring) Extra() [2]uint64 {
	q := &r.raw
	switch {
	case q.chead == q.cgiven || q.fd == -1:
		return [2]uint64{}
	case q.mixed && r.wide == q.chead:
		e := q.CQE(^uint32(0))
		return *(*[2]uint64)(unsafe.Pointer(e))
	case q.cqStride == 32:
		return [2]uint64(q.CQE(^uint32(0)).BigCqe(2))
	}
	return [2]uint64{}
}
