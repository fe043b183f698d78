//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// maxTransfer is as much as the kernel moves with one request; what is longer
// is a short read or write, as with read(2).
const maxTransfer = 0x7ffff000

// Nop does nothing but complete.
func (s *SQE) Nop() {
	if !s.begin() {
		return
	}
	s.entry.PrepNop()
	s.arm(uapi.IORING_OP_NOP)
}

// Read reads from fd at offset into buf, as pread(2) does; -1 is the file's own
// position, which then moves.
func (s *SQE) Read(fd int, buf []byte, offset int64) {
	if !s.begin() {
		return
	}
	p := unsafe.Pointer(unsafe.SliceData(buf))
	s.entry.PrepRead(int32(fd), p, uint32(min(len(buf), maxTransfer)), uint64(offset))
	s.keep(p)
	s.arm(uapi.IORING_OP_READ)
}
