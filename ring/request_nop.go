//go:build linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// Nop does nothing but complete.
//
// IORING_OP_NOP, since Linux 5.1.
func (s *SQE) Nop() {
	if !s.begin() {
		return
	}
	s.entry.PrepNop()
	s.arm(uapi.IORING_OP_NOP)
}

// NopFlags does nothing, in a chosen way, for tests and measurements: with
// IORING_NOP_INJECT_RESULT it completes with result, with IORING_NOP_FILE it
// looks up fd first (a slot of the file table with IORING_NOP_FIXED_FILE), with
// IORING_NOP_FIXED_BUFFER the registered buffer of that index.
//
// IORING_OP_NOP; a result since Linux 6.10, the rest since 6.13.
func (s *SQE) NopFlags(flags uapi.NopFlags, result int32, fd int, buffer uint16) {
	if !s.start(uapi.IORING_OP_NOP, fd) {
		return
	}
	s.entry.PrepNopFlags(int32(fd), uint32(result), buffer, flags)
	s.arm(uapi.IORING_OP_NOP)
}

// Nop128 does nothing, in an entry of 128 bytes.
//
// IORING_OP_NOP128, since Linux 6.19.
func (s *SQE) Nop128() {
	if !s.begin() || !s.needWide(uapi.IORING_OP_NOP128) {
		return
	}
	s.entry.PrepNop128()
	clear(s.entry.Cmd(cmdRoomWide)[cmdRoom:])
	s.arm(uapi.IORING_OP_NOP128)
}
