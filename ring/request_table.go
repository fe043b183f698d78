//go:build linux

package ring

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// CloseDirect empties a slot of the ring's file table.
//
// IORING_OP_CLOSE, in this form since Linux 5.15.
func (s *SQE) CloseDirect(slot uint32) {
	const op = uapi.IORING_OP_CLOSE
	if !s.begin() {
		return
	}
	if s.slot(op, slot) {
		s.entry.PrepCloseDirect(slot)
		s.arm(op)
	}
}

// slot refuses what cannot be an index of the file table. That includes
// AnySlot: the kernel gets one more, and would close descriptor 0.
func (s *SQE) slot(op uapi.Op, slot uint32) bool {
	if slot <= math.MaxInt32 {
		return true
	}
	s.wrong(op, "slot", fmt.Sprintf("is %d", slot), "use an index of the file table")
	return false
}

// FilesUpdate puts descriptors into the ring's file table, from slot on; -1
// empties a slot, IORING_REGISTER_FILES_SKIP leaves it. AnySlot takes free
// slots and writes their indexes to fds. The result is how many were done.
//
// IORING_OP_FILES_UPDATE, since Linux 5.6; AnySlot since 5.19.
func (s *SQE) FilesUpdate(fds []int32, slot uint32) {
	const op = uapi.IORING_OP_FILES_UPDATE
	if !s.begin() || !s.size(op, "the length of fds", int64(len(fds))) {
		return
	}
	if slot != AnySlot && !s.slot(op, slot) {
		return
	}
	p := unsafe.Pointer(unsafe.SliceData(fds))
	s.entry.PrepFilesUpdate(p, uint32(len(fds)), int32(slot))
	s.keep(p)
	s.arm(op)
}

// FixedFDInstall makes a descriptor, which is the result, for the file in a
// slot of the ring's file table; with close-on-exec, unless flags has
// IORING_FIXED_FD_NO_CLOEXEC.
//
// IORING_OP_FIXED_FD_INSTALL, since Linux 6.8.
func (s *SQE) FixedFDInstall(slot uint32, flags uapi.FixedFDFlags) {
	const op = uapi.IORING_OP_FIXED_FD_INSTALL
	if !s.begin() || !s.slot(op, slot) {
		return
	}
	s.entry.PrepFixedFdInstall(int32(slot), flags)
	s.arm(op)
}
