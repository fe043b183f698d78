//go:build linux

package ring

import (
	"fmt"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// ID is what RecvZC wants as ifq.
func (z *Zcrx) ID() uint32 { return z.id }

// Data is what a completion of RecvZC has received; extra is what Ring.Extra
// gives for it. It is valid until Return; when
// the ring is closed it reads as zeros. An
// ArgumentError tells that it is no such completion, nil without an error that
// the data is in a DMA buffer.
func (z *Zcrx) Data(c CQE, extra [2]uint64) ([]byte, error) {
	area, known := z.areas[extra[0]&uapi.IORING_ZCRX_AREA_MASK]
	from := extra[0] &^ uapi.IORING_ZCRX_AREA_MASK
	switch {
	case c.Op != uapi.IORING_OP_RECV_ZC || c.Res <= 0:
		return nil, z.wrong("Data", "the completion", fmt.Sprintf("is of %v, with result %d", c.Op, c.Res), "use those of RecvZC that have data")
	case known && area == nil:
		return nil, nil
	case !known || from > uint64(len(area)) || uint64(c.Res) > uint64(len(area))-from:
		return nil, z.wrong("Data", "extra", fmt.Sprintf("is %#x", extra), "use what Ring.Extra gives for the completion")
	}
	return area[from:][:c.Res:c.Res], nil
}

// Return gives the memory of a completion back, once, for what is received
// next. EAGAIN: the refill ring is full; see Flush.
func (z *Zcrx) Return(c CQE, extra [2]uint64) error {
	switch {
	case z.ring == nil || z.imported:
		return z.gone("Return")
	case c.Op != uapi.IORING_OP_RECV_ZC || c.Res <= 0:
		return z.wrong("Return", "the completion", fmt.Sprintf("is of %v, with result %d", c.Op, c.Res), "use those of RecvZC that have data")
	case z.tail-z.head.Load() > z.mask:
		return &OpError{"Zcrx.Return", syscall.EAGAIN, "call Flush, or make the source with more Entries"}
	}
	e := (*uapi.IoUringZcrxRqe)(unsafe.Add(z.entries, uintptr(z.tail&z.mask)*unsafe.Sizeof(uapi.IoUringZcrxRqe{})))
	*e = uapi.IoUringZcrxRqe{Off: extra[0], Len: uint32(c.Res)} // the offset names its area already
	z.tail++
	z.ktail.Store(z.tail)
	return nil
}

// Stats is what the kernel had to copy; zero without ZcrxOptions.Stats.
func (z *Zcrx) Stats() (s uapi.ZcrxStats) {
	if z.ring != nil && z.stats != nil {
		s = *z.stats
	}
	return s
}

// retire ends the source with its ring. What was received may still be read.
func (z *Zcrx) retire() {
	z.ring, z.stats = nil, nil
	z.memory.unmap()
	for _, area := range z.areas {
		area.bury()
	}
	clear(z.areas)
}

func (z *Zcrx) wrong(call, arg, reason, remedy string) error {
	return &ArgumentError{"Zcrx." + call, arg, reason, remedy}
}

func (z *Zcrx) gone(call string) error {
	if z.imported {
		return z.wrong(call, "the source", "is another ring's", "call this on the one that was exported")
	}
	return z.wrong(call, "the source", "is gone with its ring", "")
}
