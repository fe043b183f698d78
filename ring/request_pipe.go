//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Splice moves up to n bytes from one file to another, of which one is a pipe,
// without copying them. An offset of -1 is wanted for the pipe, and is the
// file's own position for the other. flags are the SPLICE_F_* bits of
// splice(2); SPLICE_F_FD_IN_FIXED makes in a slot of the file table.
//
// IORING_OP_SPLICE, since Linux 5.7.
func (s *SQE) Splice(in int, inOffset int64, out int, outOffset int64, n int, flags uint32) {
	const op = uapi.IORING_OP_SPLICE
	if !s.start(op, out) || !s.fits(op, "in", in) {
		return
	}
	size, ok := s.room(op, n)
	if !ok {
		return
	}
	s.entry.PrepSplice(int32(in), inOffset, int32(out), outOffset, size, flags)
	s.arm(op)
}

// Tee duplicates up to n bytes of one pipe into another. They stay in the
// first. flags are as Splice's.
//
// IORING_OP_TEE, since Linux 5.8; tee(2).
func (s *SQE) Tee(in, out int, n int, flags uint32) {
	const op = uapi.IORING_OP_TEE
	if !s.start(op, out) || !s.fits(op, "in", in) {
		return
	}
	size, ok := s.room(op, n)
	if !ok {
		return
	}
	s.entry.PrepTee(int32(in), int32(out), size, flags)
	s.arm(op)
}

// Pipe makes a pipe, with the O_* flags of pipe2(2), and writes the descriptors
// of its ends to fds: to read from the first, to write to the second. With
// SetDirect they are slots of the file table.
//
// IORING_OP_PIPE, since Linux 6.16.
func (s *SQE) Pipe(fds *[2]int32, flags uint32) {
	if !s.begin() {
		return
	}
	p := unsafe.Pointer(fds)
	s.entry.PrepPipe(p, flags)
	s.keep(p)
	s.arm(uapi.IORING_OP_PIPE)
}
