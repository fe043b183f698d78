//go:build linux

package ring

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// mapping is the memory that a ring shares with the kernel. It is not the
// collector's.
type mapping struct {
	rings []byte // heads, tails, completions, and the array of indices
	sqes  []byte // submissions
	users []byte // Options.Memory, in which the two lie; nil if they are mapped
}

// strides are the bytes of a submission and of a completion.
func strides(flags uapi.SetupFlags) (sqe, cqe uint32) {
	sqe, cqe = 64, 16
	if flags&uapi.IORING_SETUP_SQE128 != 0 {
		sqe = 128
	}
	if flags&uapi.IORING_SETUP_CQE32 != 0 {
		cqe = 32
	}
	return sqe, cqe
}

// sizes are the bytes of what the kernel has set up.
func sizes(p *uapi.IoUringParams) (rings, sqes uint32) {
	sqe, cqe := strides(p.Flags)
	rings = p.CqOff.Cqes + p.CqEntries*cqe
	if p.Flags&uapi.IORING_SETUP_NO_SQARRAY == 0 {
		rings = max(rings, p.SqOff.Array+p.SqEntries*4)
	}
	return rings, p.SqEntries * sqe
}

// mapRing maps what the kernel has set up, or finds it in the user's memory.
func mapRing(fd int, p *uapi.IoUringParams, users []byte) (m mapping, err error) {
	rings, sqes := sizes(p)
	if users != nil {
		m.users, m.sqes, m.rings = users, users[:sqes], users[pages(sqes):][:rings]
		return m, nil
	}
	if m.rings, err = mmap(fd, uapi.IORING_OFF_SQ_RING, rings); err != nil {
		return mapping{}, err
	}
	if m.sqes, err = mmap(fd, uapi.IORING_OFF_SQES, sqes); err != nil {
		m.unmap()
		return mapping{}, err
	}
	return m, nil
}

func mmap(fd int, offset int64, size uint32) ([]byte, error) {
	b, err := syscall.Mmap(fd, offset, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	if err != nil {
		return nil, &OpError{"mmap of the ring", err, ""}
	}
	return b, nil
}

// unmap gives the memory back. Nothing may point there any more.
func (m *mapping) unmap() {
	for _, b := range [][]byte{m.rings, m.sqes} {
		if b != nil && m.users == nil {
			_ = syscall.Munmap(b)
		}
	}
	if m.users != nil {
		unlend(m.users)
	}
	*m = mapping{}
}

// word is a 32-bit word that kernel and application share.
func (m *mapping) word(offset uint32) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&m.rings[offset]))
}
