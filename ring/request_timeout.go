//go:build linux

package ring

import (
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Timeout completes with -ETIME when d has passed, or with 0 when count other
// requests have completed before; a count of 0 has the time alone. With
// IORING_TIMEOUT_ABS d is a point of the clock, which is the monotonic one
// unless flags names another. IORING_TIMEOUT_MULTISHOT repeats it, count times
// or for ever. IORING_TIMEOUT_IMMEDIATE_ARG, since Linux 7.1, lets the entry
// hold the time.
//
// IORING_OP_TIMEOUT, since Linux 5.4.
func (s *SQE) Timeout(d time.Duration, count uint32, flags uapi.TimeoutFlags) {
	const op = uapi.IORING_OP_TIMEOUT
	if !s.begin() || !s.duration(op, d) {
		return
	}
	if flags&uapi.IORING_TIMEOUT_IMMEDIATE_ARG != 0 {
		s.entry.PrepTimeoutNsec(uint64(d), count, flags)
	} else {
		s.entry.PrepTimeout(s.timespec(d), count, flags)
	}
	s.arm(op)
}

// TimeoutAt is Timeout until a point of the wall clock, which may be set
// meanwhile.
//
// IORING_OP_TIMEOUT, in this form since Linux 5.15.
func (s *SQE) TimeoutAt(t time.Time, count uint32) {
	const op = uapi.IORING_OP_TIMEOUT
	if !s.begin() {
		return
	}
	if t.Unix() < 0 {
		s.wrong(op, "t", "is before 1970", "")
		return
	}
	a := s.attach()
	a.time = uapi.KernelTimespec{TvSec: t.Unix(), TvNsec: int64(t.Nanosecond())}
	s.entry.PrepTimeout(unsafe.Pointer(&a.time), count, uapi.IORING_TIMEOUT_ABS|uapi.IORING_TIMEOUT_REALTIME)
	s.arm(op)
}

// TimeoutRemove ends a Timeout, which completes with -ECANCELED. -ENOENT: it is
// over.
//
// IORING_OP_TIMEOUT_REMOVE, since Linux 5.5.
func (s *SQE) TimeoutRemove(id ID) {
	if !s.begin() {
		return
	}
	s.entry.PrepTimeoutRemove(uint64(id), 0)
	s.arm(uapi.IORING_OP_TIMEOUT_REMOVE)
}

// TimeoutUpdate gives a Timeout a new time, a LinkTimeout with
// IORING_LINK_TIMEOUT_UPDATE. -ENOENT: it is over.
//
// IORING_OP_TIMEOUT_REMOVE, in this form since Linux 5.11.
func (s *SQE) TimeoutUpdate(id ID, d time.Duration, flags uapi.TimeoutFlags) {
	const op = uapi.IORING_OP_TIMEOUT_REMOVE
	if !s.begin() || !s.duration(op, d) {
		return
	}
	if flags&uapi.IORING_TIMEOUT_IMMEDIATE_ARG != 0 {
		s.wrong(op, "flags", "has IORING_TIMEOUT_IMMEDIATE_ARG", "leave it out")
		return
	}
	s.entry.PrepTimeoutUpdate(s.timespec(d), uint64(id), flags)
	s.arm(op)
}

// LinkTimeout cancels the request before it, which must have IOSQE_IO_LINK, if
// that takes longer than d. It completes with -ETIME if it did so, with
// -ECANCELED if the request was over before. flags are as Timeout's.
//
// IORING_OP_LINK_TIMEOUT, since Linux 5.5.
func (s *SQE) LinkTimeout(d time.Duration, flags uapi.TimeoutFlags) {
	const op = uapi.IORING_OP_LINK_TIMEOUT
	if !s.begin() || !s.duration(op, d) {
		return
	}
	if flags&uapi.IORING_TIMEOUT_IMMEDIATE_ARG != 0 {
		s.entry.PrepLinkTimeoutNsec(uint64(d), flags)
	} else {
		s.entry.PrepLinkTimeout(s.timespec(d), flags)
	}
	s.arm(op)
}

func (s *SQE) duration(op uapi.Op, d time.Duration) bool {
	if d >= 0 {
		return true
	}
	s.wrong(op, "d", "is "+d.String(), "use 0 or more")
	return false
}

// timespec puts d into the slot's memory as the kernel has it.
func (s *SQE) timespec(d time.Duration) unsafe.Pointer {
	a := s.attach()
	a.time = uapi.KernelTimespec{TvSec: int64(d / time.Second), TvNsec: int64(d % time.Second)}
	return unsafe.Pointer(&a.time)
}
