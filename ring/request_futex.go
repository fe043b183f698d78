//go:build linux

package ring

import (
	"fmt"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// FutexAny as a mask shares a bit with every other.
const FutexAny uint32 = 0xffffffff

// FutexWait waits while word holds value, until a wake whose mask shares a bit.
// -EAGAIN: it held another value. flags is 0 or FUTEX2_PRIVATE.
//
// IORING_OP_FUTEX_WAIT, since Linux 6.7; futex(2).
func (s *SQE) FutexWait(word *uint32, value, mask, flags uint32) {
	const op = uapi.IORING_OP_FUTEX_WAIT
	if !s.begin() || !s.futexFlags(op, flags) {
		return
	}
	p := unsafe.Pointer(word)
	s.entry.PrepFutexWait(p, uint64(value), uint64(mask), flags|uapi.FUTEX2_SIZE_U32, 0)
	s.keep(p)
	s.arm(op)
}

// FutexWake wakes up to n that wait for word with a mask that shares a bit. The
// result is how many. flags is as the waiters'.
//
// IORING_OP_FUTEX_WAKE, since Linux 6.7; futex(2).
func (s *SQE) FutexWake(word *uint32, n, mask, flags uint32) {
	const op = uapi.IORING_OP_FUTEX_WAKE
	if !s.begin() || !s.futexFlags(op, flags) {
		return
	}
	p := unsafe.Pointer(word)
	s.entry.PrepFutexWake(p, uint64(n), uint64(mask), flags|uapi.FUTEX2_SIZE_U32, 0)
	s.keep(p)
	s.arm(op)
}

// Futex is a word to wait for while it holds Value. Flags is 0 or
// FUTEX2_PRIVATE.
type Futex struct {
	Word  *uint32
	Value uint32
	Flags uint32
}

// FutexWaitv waits for the first of several words to be woken, 128 at most. The
// result is its index. -EAGAIN: one held another value. list can be used again
// at once.
//
// IORING_OP_FUTEX_WAITV, since Linux 6.7; futex(2).
func (s *SQE) FutexWaitv(list []Futex) {
	const op = uapi.IORING_OP_FUTEX_WAITV
	if !s.begin() {
		return
	}
	if len(list) > uapi.FUTEX_WAITV_MAX {
		s.wrong(op, "list", fmt.Sprintf("has %d words", len(list)), "use at most 128")
		return
	}
	a := s.attach()
	a.futexes = a.futexes[:0]
	for _, f := range list {
		if !s.futexFlags(op, f.Flags) {
			return
		}
		p := unsafe.Pointer(f.Word)
		a.pins = append(a.pins, p)
		a.futexes = append(a.futexes, uapi.FutexWaitv{Val: uint64(f.Value), Uaddr: uint64(uintptr(p)), Flags: f.Flags | uapi.FUTEX2_SIZE_U32})
	}
	s.entry.PrepFutexWaitv(unsafe.Pointer(unsafe.SliceData(a.futexes)), uint32(len(list)), 0)
	s.arm(op)
}

// futexFlags refuses flags with which the kernel uses more than the word.
func (s *SQE) futexFlags(op uapi.Op, flags uint32) bool {
	if flags&^(uapi.FUTEX2_PRIVATE|uapi.FUTEX2_SIZE_U32) == 0 {
		return true
	}
	s.wrong(op, "flags", fmt.Sprintf("is %#x", flags), "use 0 or FUTEX2_PRIVATE; for others there is Prepare")
	return false
}
