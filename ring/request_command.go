//go:build linux

package ring

import (
	"fmt"

	"github.com/uringgen/uringgen/generated/uapi"
)

// An entry has room for so many bytes of a command.
const (
	cmdRoom     = 16
	cmdRoomWide = 80
)

// wide tells that the entry has 128 bytes.
func (s *SQE) wide() bool {
	return s.ring.raw.info.Flags&uapi.IORING_SETUP_SQE128 != 0
}

// UringCmd gives the driver behind fd a command of its own. cmd is copied into
// the entry: 16 bytes, or 80 if that has 128. What cmd points to is held if it
// is among refs (pointers, slices); all else is the caller's to keep until the
// last completion.
//
// IORING_OP_URING_CMD, since Linux 5.19.
func (s *SQE) UringCmd(fd int, cmdOp uint32, flags uapi.UringCmdFlags, cmd []byte, refs ...any) {
	const op = uapi.IORING_OP_URING_CMD
	if !s.start(op, fd) {
		return
	}
	room := cmdRoom
	if s.wide() {
		room = cmdRoomWide
	}
	if len(cmd) > room {
		s.wrong(op, "cmd", fmt.Sprintf("has %d bytes, of %d", len(cmd), room), "80 fit into entries of IORING_SETUP_SQE128")
		return
	}
	s.entry.PrepUringCmd(cmdOp, int32(fd))
	s.command(flags, cmd, room, refs)
	s.arm(op)
}

// UringCmd128 is UringCmd in an entry of 128 bytes, with 80 of cmd.
//
// IORING_OP_URING_CMD128, since Linux 6.19.
func (s *SQE) UringCmd128(fd int, cmdOp uint32, flags uapi.UringCmdFlags, cmd []byte, refs ...any) {
	const op = uapi.IORING_OP_URING_CMD128
	if !s.start(op, fd) || !s.needWide(op) {
		return
	}
	if len(cmd) > cmdRoomWide {
		s.wrong(op, "cmd", fmt.Sprintf("has %d bytes", len(cmd)), "use at most 80")
		return
	}
	s.entry.PrepUringCmd128(cmdOp, int32(fd))
	s.command(flags, cmd, cmdRoomWide, refs)
	s.arm(op)
}

// command fills in what follows the head of a command.
func (s *SQE) command(flags uapi.UringCmdFlags, cmd []byte, room int, refs []any) {
	s.entry.SetUringCmdFlags(flags)
	b := s.entry.Cmd(room)
	clear(b[copy(b, cmd):])
	if len(refs) > 0 {
		a := s.attach()
		a.refs = append(a.refs, refs...)
	}
}

// needWide makes the request fail if its entry has 64 bytes.
func (s *SQE) needWide(op uapi.Op) bool {
	if s.widen() {
		return true
	}
	s.wrong(op, "the entry", "has 64 bytes", "take it with Next128, from a ring with IORING_SETUP_SQE_MIXED or SQE128")
	return false
}

// Discard tells a block device that n bytes from offset on hold no data any
// more. Both are multiples of the block size.
//
// IORING_OP_URING_CMD, in this form since Linux 6.12; as BLKDISCARD.
func (s *SQE) Discard(fd int, offset, n int64) {
	if !s.start(uapi.IORING_OP_URING_CMD, fd) {
		return
	}
	s.entry.PrepCmdDiscard(int32(fd), uint64(offset), uint64(n))
	s.arm(uapi.IORING_OP_URING_CMD)
}
