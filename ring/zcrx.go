//go:build linux

package ring

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Zcrx is a source of zero-copy receives (RecvZC): a queue of a network device
// that writes into memory of the process. Completions tell where; Data finds
// it and Return gives it back. It lasts until the ring is closed.
type Zcrx struct {
	ring     *Ring // nil once closed
	id       uint32
	memory   pinned // of the refill ring
	entries  unsafe.Pointer
	mask     uint32
	tail     uint32
	head     *atomic.Uint32
	ktail    *atomic.Uint32
	stats    *uapi.ZcrxStats
	areas    map[uint64]pinned // by the area's id, where it is in offsets
	imported bool
}

// ZcrxOptions say how a source is to be.
type ZcrxOptions struct {
	// Interface is the index of the network interface, Queue its receive queue.
	// Traffic must be steered there, and headers be split off; ethtool(8).
	Interface, Queue uint32

	// NoDevice makes a source without a device: all data is copied, from any
	// socket. Interface and Queue must be 0. Nothing but Flush makes the kernel
	// look at what was returned. RecvZC ends with -ENOMEM when the area is used
	// up, with -ENOSPC when the completion queue is: give the ring CQEntries for
	// the pages of the whole area, or it may stall before Linux 7.3.
	// Since Linux 7.1.
	NoDevice bool

	// Entries is the size of the ring in which buffers go back to the kernel,
	// rounded up to a power of two; at most 32768.
	Entries uint32

	// Size is the number of bytes of the area for data, rounded up to whole pages.
	Size int

	// DMABuf is the area, if not nil: memory of a device, which Data cannot show.
	// Since Linux 6.16.
	DMABuf *DMABuf

	// BufferSize is the size of a receive buffer, a power of two of at least a
	// page, 0 for a page. The device may have limits. Since Linux 7.0.
	BufferSize uint32

	// Events is a bit for each event that is to be told of, 1<<ZCRX_EVENT_*, by a
	// completion with EventData as UserData, whose bit 63 is 0, and the event as
	// Res. Each is told of once, and then again after ArmEvent. Since Linux 7.2.
	Events    uint32
	EventData uint64

	// Stats has the kernel count what it had to copy. Since Linux 7.2.
	Stats bool
}

// DMABuf is a part of a DMA buffer, of Size bytes.
type DMABuf struct {
	FD     int
	Offset uint64
}

var registerZcrx = registration{"RegisterZcrx", uapi.IORING_REGISTER_ZCRX_IFQ, map[syscall.Errno]string{
	syscall.EPERM:      "give the process CAP_NET_ADMIN",
	syscall.ENODEV:     "there is no network interface of that index",
	syscall.EINVAL:     "the queue must exist, and Entries be 1 to 32768",
	syscall.EOPNOTSUPP: "the device cannot do this: it needs queues that are set up one by one, and header split turned on",
	syscall.EEXIST:     "the queue is taken, or the ring belongs to another thread",
	syscall.EBUSY:      "the queue is taken",
	syscall.EBADF:      "FD is no DMA buffer, or no source that Export made",
}}

// maxRefill is the kernel's limit.
const maxRefill = 1 << 15

// RegisterZcrx makes a source of zero-copy receives. The ring needs
// IORING_SETUP_DEFER_TASKRUN, which is the default, and IORING_SETUP_CQE32 or
// CQE_MIXED. EPERM: the process lacks CAP_NET_ADMIN. EOPNOTSUPP: the device
// lacks something.
//
// IORING_REGISTER_ZCRX_IFQ, since Linux 6.15 with CONFIG_IO_URING_ZCRX.
func (r *Ring) RegisterZcrx(o *ZcrxOptions) (*Zcrx, error) {
	if err := registerZcrx.begin(r); err != nil {
		return nil, err
	}
	if err := o.check(r); err != nil {
		return nil, err
	}
	z := &Zcrx{areas: make(map[uint64]pinned)}
	if err := z.register(r, o); err != nil {
		return nil, err
	}
	z.ring = r
	r.resources.queues = append(r.resources.queues, z)
	return z, nil
}

func (o *ZcrxOptions) check(r *Ring) error {
	g := &registerZcrx
	if err := zcrxRing(g, r); err != nil {
		return err
	}
	switch {
	case o == nil:
		return g.wrong("o", "is nil", "say what to receive from")
	case o.NoDevice && (o.Interface != 0 || o.Queue != 0):
		return g.wrong("NoDevice", "is set besides Interface or Queue", "leave those 0")
	case o.Entries == 0 || o.Entries > maxRefill:
		return g.wrong("Entries", fmt.Sprintf("is %d", o.Entries), "use 1 to 32768")
	case o.Size <= 0 || o.Size > maxAlloc:
		return g.wrong("Size", fmt.Sprintf("is %d", o.Size), "use as many bytes as are to be on the way at a time")
	case o.DMABuf != nil && o.DMABuf.FD < 0:
		return g.wrong("DMABuf.FD", fmt.Sprintf("is %d", o.DMABuf.FD), "use the descriptor of a DMA buffer")
	case ID(o.EventData)&idMark != 0:
		return g.wrong("EventData", fmt.Sprintf("is %#x", o.EventData), reservedBit)
	}
	return nil
}

// zcrxRing checks what kind of ring it is.
func zcrxRing(g *registration, r *Ring) error {
	f := r.raw.info.Flags
	if f&uapi.IORING_SETUP_DEFER_TASKRUN == 0 || f&(uapi.IORING_SETUP_CQE32|uapi.IORING_SETUP_CQE_MIXED) == 0 {
		return g.wrong("the ring", "has "+f.String(), "make it with IORING_SETUP_DEFER_TASKRUN and IORING_SETUP_CQE32 or CQE_MIXED")
	}
	return nil
}

func (z *Zcrx) register(r *Ring, o *ZcrxOptions) (err error) {
	area, memory, err := o.area()
	if err != nil {
		return err
	}
	size := powerOfTwo(o.Entries) * int(unsafe.Sizeof(uapi.IoUringZcrxRqe{}))
	statsAt := zcrxHead + size
	if z.memory, err = anonymous(statsAt + int(unsafe.Sizeof(uapi.ZcrxStats{}))); err != nil {
		memory.unmap()
		return err
	}
	region := &uapi.IoUringRegionDesc{UserAddr: z.memory.address(), Size: uint64(len(z.memory)), Flags: uapi.IORING_MEM_REGION_TYPE_USER}
	reg := &uapi.IoUringZcrxIfqReg{IfIdx: o.Interface, IfRxq: o.Queue, RqEntries: o.Entries, RxBufLen: o.BufferSize}
	if o.NoDevice {
		reg.Flags = uapi.ZCRX_REG_NODEV
	}
	event := o.events(statsAt)
	if err := uapi.RegisterZcrxIfq(r.raw.fd, reg, area, region, event); err != nil {
		memory.unmap()
		z.memory.unmap()
		return o.refused(err)
	}
	z.id, z.areas[area.RqAreaToken&uapi.IORING_ZCRX_AREA_MASK] = reg.ZcrxId, memory
	z.mask = reg.RqEntries - 1
	z.head, z.ktail = z.memory.word(reg.Offsets.Head), z.memory.word(reg.Offsets.Tail)
	z.entries = unsafe.Pointer(&z.memory[reg.Offsets.Rqes])
	if o.Stats {
		z.stats = (*uapi.ZcrxStats)(unsafe.Pointer(&z.memory[statsAt]))
	}
	return nil
}

// zcrxHead is room for what the kernel has before the entries of the refill
// ring, of which it tells only afterwards. It takes less than a page.
const zcrxHead = 4096

func powerOfTwo(n uint32) int {
	p := 1
	for p < int(n) {
		p <<= 1
	}
	return p
}

// area describes the memory for data.
func (o *ZcrxOptions) area() (*uapi.IoUringZcrxAreaReg, pinned, error) {
	if d := o.DMABuf; d != nil {
		return &uapi.IoUringZcrxAreaReg{Addr: d.Offset, Len: uint64(o.Size), Flags: uapi.IORING_ZCRX_AREA_DMABUF, DmabufFd: uint32(d.FD)}, nil, nil
	}
	memory, err := anonymous(o.Size)
	return &uapi.IoUringZcrxAreaReg{Addr: memory.address(), Len: uint64(len(memory))}, memory, err
}

// events describes what is to be told of; nil for nothing.
func (o *ZcrxOptions) events(statsAt int) *uapi.ZcrxEventDesc {
	if o.Events == 0 && !o.Stats {
		return nil
	}
	e := &uapi.ZcrxEventDesc{UserData: o.EventData, TypeMask: o.Events}
	if o.Stats {
		e.Flags, e.StatsOffset = uapi.ZCRX_EVENT_DESC_FLAG_STATS, uint64(statsAt)
	}
	return e
}

// refused says why, from what the kernel tells of itself.
func (o *ZcrxOptions) refused(err error) error {
	g := &registerZcrx
	if errors.Is(err, syscall.EOPNOTSUPP) && !buildsZcrx() {
		return &UnsupportedError{Feature: "zero-copy receive", MinKernel: "6.15", Config: "CONFIG_IO_URING_ZCRX", Err: err}
	}
	if !errors.Is(err, syscall.EINVAL) || !registers(g.op) {
		return g.failed(err)
	}
	var q uapi.IoUringQueryZcrx
	_ = uapi.RegisterQueryZcrx(&q) // since Linux 6.19: a kernel without has none of these
	switch {
	case o.NoDevice && q.RegisterFlags&uint64(uapi.ZCRX_REG_NODEV) == 0:
		return g.lacks("zero-copy receive without a device", "7.1", err)
	case (o.Events != 0 || o.Stats) && q.Features&uapi.ZCRX_FEATURE_EVENT == 0:
		return g.lacks("events of zero-copy receive", "7.2", err)
	case o.BufferSize != 0 && q.Features&uapi.ZCRX_FEATURE_RX_PAGE_SIZE == 0:
		return g.lacks("sizes of receive buffers", "7.0", err)
	}
	return g.failed(err)
}

// buildsZcrx asks for nothing in particular, which a kernel that has the
// feature finds fault with in another way.
func buildsZcrx() bool {
	const kind = uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN | uapi.IORING_SETUP_CQE32
	err := onNewRing(kind, func(fd int) error {
		return uapi.RegisterZcrxIfq(fd, new(uapi.IoUringZcrxIfqReg), new(uapi.IoUringZcrxAreaReg), new(uapi.IoUringRegionDesc), nil)
	})
	return !errors.Is(err, syscall.EOPNOTSUPP)
}
