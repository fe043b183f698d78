//go:build linux

package ring

import (
	"errors"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

var cloneBuffers = registration{"CloneBuffers", uapi.IORING_REGISTER_CLONE_BUFFERS, map[syscall.Errno]string{
	syscall.EBUSY:     "the ring has a table of buffers: set Replace",
	syscall.ENXIO:     "the other ring has no table of buffers",
	syscall.EINVAL:    "the tables are not that long, or the rings belong to different users or processes",
	syscall.EOVERFLOW: "the other ring's table is not that long",
}}

// CloneOptions says which registered buffers CloneBuffers takes. nil, and the
// zero value, is all of them, into a ring that has no table. Anything else
// needs Linux 6.13.
type CloneOptions struct {
	From, To uint32 // first index, there and here
	N        uint32 // how many; 0 is all, and needs From and To to be 0
	Replace  bool   // the ring may have a table: entries that are cloned replace its own, and it grows if need be
}

// CloneBuffers fills the ring's table of registered buffers from that of
// another ring, without pinning them again. Both rings hold them from then on.
// The goroutine that uses from must not do so meanwhile.
//
// EBUSY: this ring has a table already. ENXIO: the other one has none.
//
// IORING_REGISTER_CLONE_BUFFERS, since Linux 6.12.
func (r *Ring) CloneBuffers(from *Ring, o *CloneOptions) error {
	g := &cloneBuffers
	if err := g.begin(r); err != nil {
		return err
	}
	if from == nil || from.closed() {
		return g.wrong("from", "is a closed ring", "")
	}
	if o == nil {
		o = new(CloneOptions)
	}
	if o.N == 0 && (o.From != 0 || o.To != 0) {
		return g.wrong("N", "is 0 with From or To", "say how many")
	}
	arg := o.arg(from)
	err := uapi.RegisterCloneBuffers(r.raw.fd, &arg)
	early := errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EBUSY) && o.Replace
	if early && *o != (CloneOptions{}) && registers(g.op) && !clonesParts() {
		return g.lacks("cloning a part of the registered buffers, or into a table", "6.13", err)
	}
	if err != nil {
		return g.failed(err)
	}
	r.takeClones(from.resources.buffers, o)
	return nil
}

// arg is what the kernel is told.
func (o *CloneOptions) arg(from *Ring) uapi.IoUringCloneBuffers {
	arg := uapi.IoUringCloneBuffers{SrcFd: uint32(from.raw.fd), SrcOff: o.From, DstOff: o.To, Nr: o.N}
	if from.raw.fd < 0 {
		arg.SrcFd = registeredIndex(from.raw.fd)
		arg.Flags |= uapi.IORING_REGISTER_SRC_REGISTERED
	}
	if o.Replace {
		arg.Flags |= uapi.IORING_REGISTER_DST_REPLACE
	}
	return arg
}

// takeClones holds what was cloned. The table is never shorter than the
// kernel's.
func (r *Ring) takeClones(from [][]byte, o *CloneOptions) {
	n := int(o.N)
	if n == 0 {
		n = len(from)
	}
	old := r.resources.buffers
	table := make([][]byte, max(len(old), int(o.To)+n))
	copy(table, old)
	copy(table[o.To:][:n], from[min(int(o.From), len(from)):])
	if old != nil {
		r.inherit(old)
	}
	r.resources.buffers = table
}

// clonesParts asks for a clone of what is no ring: kernels that know of parts
// say so, others find fault with the rest.
func clonesParts() bool {
	never := &uapi.IoUringCloneBuffers{SrcFd: 1<<31 - 1, SrcOff: 1, Nr: 1, Flags: uapi.IORING_REGISTER_DST_REPLACE}
	err := onNewRing(0, func(fd int) error { return uapi.RegisterCloneBuffers(fd, never) })
	return errors.Is(err, syscall.EBADF)
}
