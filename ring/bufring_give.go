//go:build linux

package ring

import (
	"fmt"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Group is the number that requests name.
func (b *BufferRing) Group() uint16 { return b.group }

// Entries is how many buffers the group can have.
func (b *BufferRing) Entries() int { return len(b.slots) }

// Left is how many buffers the kernel has. Requests of the group fail with
// -ENOBUFS when there is none; completions that were not taken count as if they
// had none.
func (b *BufferRing) Left() int { return b.kernels }

// Add gives the kernel a buffer of the caller's choice, with a number below
// Entries that is not the kernel's at the moment. For receiving, data is where
// to; for sending (SendBundle), what. The ring holds data until the number gets
// another buffer.
func (b *BufferRing) Add(number uint16, data []byte) error {
	switch {
	case b.ring == nil:
		return b.gone("Add")
	case int(number) >= len(b.slots):
		return b.wrong("Add", fmt.Sprintf("number %d", number), "is too large", fmt.Sprintf("use 0 to %d", len(b.slots)-1))
	case b.slots[number].has == theKernel:
		return b.kernelHas("Add", number)
	case len(data) == 0 || len(data) > maxTransfer:
		return b.wrong("Add", "data", fmt.Sprintf("has %d bytes", len(data)), fmt.Sprintf("use 1 to %d", maxTransfer))
	}
	b.slots[number].data = data
	b.push(number)
	b.show()
	return nil
}

// Return gives the kernel a buffer back that Take has given out. What is in it
// may change from then on.
func (b *BufferRing) Return(number uint16) error {
	if b.ring == nil || int(number) >= len(b.slots) || b.slots[number].has != caller {
		return b.noReturn(number)
	}
	b.push(number)
	b.show()
	return nil
}

// noReturn says why a buffer cannot go to the kernel.
func (b *BufferRing) noReturn(number uint16) error {
	switch {
	case b.ring == nil:
		return b.gone("Return")
	case int(number) < len(b.slots) && b.slots[number].has == theKernel:
		return b.kernelHas("Return", number)
	}
	return b.wrong("Return", fmt.Sprintf("number %d", number), "is not that of a buffer", "use those that Take gives out")
}

// fill makes the buffers of a new group, each with its own capacity.
func (b *BufferRing) fill(size int) {
	memory := make([]byte, size*len(b.slots))
	for i := range b.slots {
		b.slots[i].data = memory[i*size : (i+1)*size : (i+1)*size]
		b.push(uint16(i))
	}
	b.show()
}

// push puts a buffer at the end of the ring, where the kernel does not see it
// yet. There is always room: no number is there twice.
func (b *BufferRing) push(number uint16) {
	s := &b.slots[number]
	at := uint32(b.tail) & b.mask
	e := (*uapi.IoUringBuf)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.memory)), uintptr(at)*unsafe.Sizeof(uapi.IoUringBuf{})))
	e.Addr = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(s.data))))
	e.Len = uint32(len(s.data))
	if at == 0 {
		b.first = number // its word has the tail, too: see show
	} else {
		e.Bid = number
	}
	b.slots[b.last].next = number
	b.last = number
	b.tail++
	b.kernels++
	s.has = theKernel
}

// show tells the kernel of what was pushed: the tail is half of a word, whose
// other half is the number in the first entry.
func (b *BufferRing) show() {
	halves := [2]uint16{b.first, b.tail}
	b.publish.Store(*(*uint32)(unsafe.Pointer(&halves)))
}

// Head is how many buffers the kernel has taken out of the ring, modulo 65536.
//
// IORING_REGISTER_PBUF_STATUS, since Linux 6.8.
func (b *BufferRing) Head() (uint16, error) {
	if b.ring == nil {
		return 0, b.gone("Head")
	}
	if err := groupStatus.begin(b.ring); err != nil {
		return 0, err
	}
	head, err := uapi.RegisterPbufStatus(b.ring.raw.fd, uint32(b.group))
	return uint16(head), groupStatus.failed(err)
}

// Unregister ends the group. Requests that wait for its buffers fail with
// -ENOBUFS when there is data; those that have one already go on, and it is held
// for them. Completions that have not been taken can still be.
//
// IORING_UNREGISTER_PBUF_RING, since Linux 5.19.
func (b *BufferRing) Unregister() error {
	r := b.ring
	if r == nil {
		return b.gone("Unregister")
	}
	if err := unregisterGroup.begin(r); err != nil {
		return err
	}
	if err := uapi.UnregisterPbufRing(r.raw.fd, b.group); err != nil {
		return unregisterGroup.failed(err)
	}
	r.inherit(b)
	delete(r.resources.groups, b.group)
	b.retire()
	return nil
}

// retire ends what needs the group. The buffers stay.
func (b *BufferRing) retire() {
	b.ring, b.publish = nil, nil
	b.memory.unmap()
}

func (b *BufferRing) wrong(call, arg, reason, remedy string) error {
	return &ArgumentError{"BufferRing." + call, arg, reason, remedy}
}

func (b *BufferRing) gone(call string) error {
	return b.wrong(call, "the group", "is unregistered, or its ring closed", "")
}

func (b *BufferRing) kernelHas(call string, number uint16) error {
	return b.wrong(call, fmt.Sprintf("number %d", number), "is the kernel's", "wait for the completion that gives the buffer out")
}
