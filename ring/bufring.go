//go:build linux

package ring

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// BufferRing is a group of provided buffers: requests with IOSQE_BUFFER_SELECT
// (SetBufferGroup, RecvMultishot, …) get one of them when there is data, and
// the completion tells which. A buffer is the kernel's or the caller's: Add and
// Return give it to the kernel, Take gives it to the caller. Buffers have
// numbers below Entries.
//
// The ring holds all buffers. What Take has given out stays readable when the
// group or the ring is gone.
//
// A BufferRing is for the goroutine of its ring. Requests of the group must not
// have IOSQE_CQE_SKIP_SUCCESS, since a completion that is not told loses its
// buffer.
type BufferRing struct {
	ring    *Ring // nil once the group is gone
	group   uint16
	mask    uint32
	tail    uint16 // as published
	last    uint16 // number of the buffer that was added last
	kernels int    // how many buffers the kernel has
	memory  pinned
	slots   []groupBuffer // by number
	publish *atomic.Uint32
	first   uint16 // number in the ring's first entry, which shares its word with the tail
}

// groupBuffer is a buffer of the group.
type groupBuffer struct {
	data []byte
	used uint32 // how far the kernel has got, if it fills it piece by piece
	next uint16 // what was added to the ring behind it
	has  holder
}

type holder uint8

const (
	nobody holder = iota // no buffer has this number yet
	caller
	theKernel
)

// BufferRingOptions say how a group is to be. nil is the zero value.
type BufferRingOptions struct {
	// Size makes a buffer of so many bytes for each entry, and gives them all to
	// the kernel. 0 makes none: use Add.
	Size int

	// KernelMemory has the kernel bring the memory of the ring's entries, instead
	// of pinning that of the process. Since Linux 6.4.
	KernelMemory bool

	// Incremental lets the kernel fill a buffer piece by piece, with one
	// completion each, until it is full. For sockets and pipes: with files, and
	// for requests with IOSQE_ASYNC, the kernel counts what was asked for, not
	// what was read, so that short reads make Take tell the wrong piece.
	// Since Linux 6.12.
	Incremental bool

	// MinLeft is how many bytes a buffer must have left to be filled further, with
	// Incremental; 0 is 1. Since Linux 7.1, and updates of 6.12 and later.
	MinLeft uint32
}

var (
	bufferRingRemedies = map[syscall.Errno]string{
		syscall.EEXIST: "the group has buffers already: use another number, or Unregister first; or the ring belongs to another thread",
		syscall.ENOENT: "the ring has no such group",
	}
	registerGroup   = registration{"NewBufferRing", uapi.IORING_REGISTER_PBUF_RING, bufferRingRemedies}
	unregisterGroup = registration{"BufferRing.Unregister", uapi.IORING_UNREGISTER_PBUF_RING, bufferRingRemedies}
	groupStatus     = registration{"BufferRing.Head", uapi.IORING_REGISTER_PBUF_STATUS, bufferRingRemedies}
)

// maxBufferRing is the kernel's limit.
const maxBufferRing = 1 << 15

// NewBufferRing makes a group of provided buffers. entries is a power of two,
// at most 32768. EEXIST: the group has buffers already.
//
// IORING_REGISTER_PBUF_RING, since Linux 5.19; io_uring_register(2).
func (r *Ring) NewBufferRing(group uint16, entries uint32, o *BufferRingOptions) (*BufferRing, error) {
	g := &registerGroup
	if err := g.begin(r); err != nil {
		return nil, err
	}
	if o == nil {
		o = new(BufferRingOptions)
	}
	if err := o.check(r, entries); err != nil {
		return nil, err
	}
	b := &BufferRing{group: group, mask: entries - 1, slots: make([]groupBuffer, entries)}
	if err := b.register(r, o); err != nil {
		return nil, err
	}
	b.ring, b.publish = r, b.memory.word(12)
	if r.resources.groups == nil {
		r.resources.groups = make(map[uint16]*BufferRing)
	}
	r.resources.groups[group] = b
	if o.Size > 0 {
		b.fill(o.Size)
	}
	return b, nil
}

func (o *BufferRingOptions) check(r *Ring, entries uint32) error {
	g := &registerGroup
	switch {
	case entries == 0 || entries > maxBufferRing || entries&(entries-1) != 0:
		return g.wrong("entries", fmt.Sprintf("is %d", entries), "use a power of two from 1 to 32768")
	case o.Size < 0 || int64(o.Size) > maxTransfer || o.Size > maxAlloc/int(entries) || !affordable(o.Size*int(entries)):
		return g.wrong("Size", fmt.Sprintf("is %d, for %d buffers", o.Size, entries), "use 0 or a number of bytes that there is memory for")
	case o.MinLeft != 0 && !o.Incremental:
		return g.wrong("MinLeft", "is set without Incremental", "")
	case o.KernelMemory && r.raw.fd < 0:
		return g.wrong("KernelMemory", "is set on a ring without a descriptor", "leave it out: nothing can be mapped")
	}
	return nil
}

// maxAlloc is more than is asked for in earnest: 1 TiB, on 32-bit machines
// 1 GiB.
const maxAlloc = 1 << (30 + 10*(^uint(0)>>63))

// affordable asks the kernel for as much memory, and gives it back: make would
// end the program where there is none. The runtime takes whole arenas of 64 MiB.
func affordable(size int) bool {
	const arena = 64 << 20
	if size < arena {
		return true
	}
	m, err := anonymous(size + arena)
	m.unmap()
	return err == nil
}

// register makes the ring of entries known to the kernel.
func (b *BufferRing) register(r *Ring, o *BufferRingOptions) (err error) {
	size := len(b.slots) * 16
	reg := uapi.IoUringBufReg{RingEntries: b.mask + 1, Bgid: b.group, MinLeft: o.MinLeft}
	if o.Incremental {
		reg.Flags |= uapi.IOU_PBUF_RING_INC
	}
	if o.KernelMemory {
		reg.Flags |= uapi.IOU_PBUF_RING_MMAP
	} else {
		if b.memory, err = anonymous(size); err != nil {
			return err
		}
		reg.RingAddr = b.memory.address()
	}
	if err := uapi.RegisterPbufRing(r.raw.fd, &reg); err != nil {
		b.memory.unmap()
		return refusedGroup(&reg, err)
	}
	if !o.KernelMemory {
		return nil
	}
	b.memory, err = fromKernel(r.raw.fd, uapi.IORING_OFF_PBUF_RING|int64(b.group)<<uapi.IORING_OFF_PBUF_SHIFT, size)
	if err != nil {
		_ = uapi.UnregisterPbufRing(r.raw.fd, b.group)
	}
	return err
}

// groupForms are what groups can have on later kernels only, and an example.
var groupForms = []struct {
	since   string
	flags   uapi.PbufRingFlags
	minLeft uint32
	name    string
}{
	{"6.4", uapi.IOU_PBUF_RING_MMAP, 0, "IOU_PBUF_RING_MMAP"},
	{"6.12", uapi.IOU_PBUF_RING_INC, 0, "IOU_PBUF_RING_INC"},
	{"7.1", uapi.IOU_PBUF_RING_INC, 1, "a minimum that buffers have left"},
}

// refusedGroup says why a group could not be made, by making others on rings
// that are given back.
func refusedGroup(asked *uapi.IoUringBufReg, err error) error {
	g := &registerGroup
	if !errors.Is(err, syscall.EINVAL) || !registers(g.op) {
		return g.failed(err)
	}
	memory, merr := anonymous(16)
	if merr != nil {
		return g.failed(err)
	}
	defer memory.unmap()
	for _, form := range groupForms {
		if asked.Flags&form.flags != form.flags || asked.MinLeft == 0 && form.minLeft != 0 {
			continue
		}
		probe := uapi.IoUringBufReg{RingEntries: 1, Flags: form.flags, MinLeft: form.minLeft}
		if form.flags != uapi.IOU_PBUF_RING_MMAP {
			probe.RingAddr = memory.address()
		}
		if onNewRing(0, func(fd int) error { return uapi.RegisterPbufRing(fd, &probe) }) != nil {
			return g.lacks(form.name, form.since, err)
		}
	}
	return g.failed(err)
}
