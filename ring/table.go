//go:build linux

package ring

import (
	"math/rand/v2"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// table is the slots of a ring. The first ones are as many as completions fit
// into the queue: a position of the submission queue has its slot there, so
// that taking one is no search. Where a long-lived request still has it, a
// spare slot does instead. Slots never move: the kernel's memory and the
// caller's SQE point to them.
type table struct {
	first  *SQE // of base
	mask   uint32
	base   []SQE   // a power of two
	start  uint32  // number of base's first slot, a multiple of its length
	chunks [][]SQE // of chunkSize
	former []base  // what was base before the ring grew: its slots are spare now
	spare  *SQE    // free ones beyond base
	ring   *Ring

	// seed is in the generation of new slots, so that an ID of one ring names
	// nothing on another.
	seed ID

	provided map[unsafe.Pointer]struct{} // memory of ProvideBuffers
}

const (
	chunkSize  = 64
	chunkStart = 1 << 23 // number of the first slot in chunks, beyond any base
	maxSlots   = 1 << 24
)

// base is slots with consecutive numbers.
type base struct {
	start uint32
	slots []SQE
}

func (t *table) make(r *Ring) {
	t.ring, t.seed = r, idMark|ID(rand.Uint32())<<32
	t.setBase(0, r.raw.info.CQEntries)
}

// setBase makes n slots that belong to positions of the queue.
func (t *table) setBase(start, n uint32) {
	slots := make([]SQE, n)
	t.first, t.mask, t.base, t.start = &slots[0], n-1, slots, start
	for i := range slots {
		s := &slots[i]
		s.ring = t.ring
		s.id = t.seed | ID(start+uint32(i))<<8 | stateIdle
		s.entry = t.ring.raw.entry(uint32(i))
	}
}

// isBase tells whether a slot belongs to a position of the queue.
func (t *table) isBase(slot uint32) bool { return slot-t.start < uint32(len(t.base)) }

// at is the slot of a position of the submission queue.
func (t *table) at(position uint32) *SQE {
	return (*SQE)(unsafe.Add(unsafe.Pointer(t.first), uintptr(position&t.mask)*unsafe.Sizeof(SQE{})))
}

// grow adds spare slots, unless there are as many as an ID can name.
func (t *table) grow() {
	first := chunkStart + len(t.chunks)*chunkSize
	if first+chunkSize > maxSlots {
		return
	}
	chunk := make([]SQE, chunkSize)
	t.chunks = append(t.chunks, chunk)
	for i := range chunk {
		s := &chunk[i]
		s.ring = t.ring
		s.id = t.seed | ID(first+i)<<8 | stateIdle
		s.next, t.spare = t.spare, s
	}
}

// find is the slot that an ID names, nil if there is none of that number.
func (t *table) find(slot uint32) *SQE {
	if t.isBase(slot) {
		return &t.base[slot-t.start]
	}
	if slot >= chunkStart {
		slot -= chunkStart
		if c := slot / chunkSize; c < uint32(len(t.chunks)) {
			return &t.chunks[c][slot%chunkSize]
		}
		return nil
	}
	for _, b := range t.former {
		if slot-b.start < uint32(len(b.slots)) {
			return &b.slots[slot-b.start]
		}
	}
	return nil
}

// free takes a slot back.
func (t *table) free(s *SQE) {
	if s.hold != 0 {
		s.release()
	}
	s.idle()
	if !t.isBase(s.id.slot()) {
		s.next, t.spare = t.spare, s
	}
}

// each calls f for each slot.
func (t *table) each(f func(*SQE)) {
	for i := range t.base {
		f(&t.base[i])
	}
	for _, b := range t.former {
		for i := range b.slots {
			f(&b.slots[i])
		}
	}
	for _, c := range t.chunks {
		for i := range c {
			f(&c[i])
		}
	}
}

// busy calls f for each slot that is not free.
func (t *table) busy(f func(*SQE)) {
	t.each(func(s *SQE) {
		if s.id&stateMask != stateIdle {
			f(s)
		}
	})
}

// entry is the place in the submission queue that position t has.
func (q *Raw) entry(t uint32) *uapi.IoUringSqe {
	return (*uapi.IoUringSqe)(unsafe.Add(q.sqes, uintptr(t&q.sqMask)*q.sqStride))
}
