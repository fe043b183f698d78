//go:build linux

package ring

import (
	"fmt"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// ProvideBuffers divides mem into buffers of size bytes, and adds them to a
// group, numbered from first on. The ring holds mem until it is closed, since
// the kernel may hand out the buffers at any time. A ring of buffers is faster.
//
// IORING_OP_PROVIDE_BUFFERS, since Linux 5.7.
func (s *SQE) ProvideBuffers(mem []byte, size int, group, first uint16) {
	const op = uapi.IORING_OP_PROVIDE_BUFFERS
	if !s.begin() || !s.fits(op, "size", size) {
		return
	}
	if size <= 0 || len(mem) < size || len(mem)/size > 1<<16 {
		s.wrong(op, "mem", fmt.Sprintf("has %d bytes, for buffers of %d", len(mem), size), "provide 1 to 65536 buffers")
		return
	}
	p := unsafe.Pointer(unsafe.SliceData(mem))
	s.entry.PrepProvideBuffers(p, int32(size), int32(len(mem)/size), group, first)
	s.ring.slots.provide(p)
	s.arm(op)
}

// RemoveBuffers takes up to n buffers out of a group. The result is how many.
//
// IORING_OP_REMOVE_BUFFERS, since Linux 5.7.
func (s *SQE) RemoveBuffers(n int, group uint16) {
	const op = uapi.IORING_OP_REMOVE_BUFFERS
	if !s.begin() || !s.fits(op, "n", n) {
		return
	}
	s.entry.PrepRemoveBuffers(int32(n), group)
	s.arm(op)
}

// provide holds memory of provided buffers for as long as the slots.
func (t *table) provide(p unsafe.Pointer) {
	if t.provided == nil {
		t.provided = make(map[unsafe.Pointer]struct{})
	}
	t.provided[p] = struct{}{}
}
