//go:build linux

package ring

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// resources is what is registered with a ring and has memory that the kernel
// uses. What the kernel alone keeps, such as the file table, is not here.
type resources struct {
	buffers [][]byte               // registered buffers, by index
	groups  map[uint16]*BufferRing // by group
	region  *Region
	queues  []*Zcrx
}

// opsWithoutData may be in flight for as long as the program runs, and move no
// data. Receiving is not among them: since Linux 7.2 it can use registered
// buffers, too.
var opsWithoutData = ops(uapi.IORING_OP_ACCEPT, uapi.IORING_OP_CONNECT, uapi.IORING_OP_POLL_ADD, uapi.IORING_OP_EPOLL_WAIT, uapi.IORING_OP_TIMEOUT,
	uapi.IORING_OP_LINK_TIMEOUT, uapi.IORING_OP_WAITID, uapi.IORING_OP_FUTEX_WAIT, uapi.IORING_OP_FUTEX_WAITV)

// inherit leaves memory that is no longer registered to the requests in
// flight: any that moves data may have begun to use it. The last completion of
// each lets go of it. With the others it would only pile up.
func (r *Ring) inherit(memory any) {
	r.slots.busy(func(s *SQE) {
		if opsWithoutData.has(s.id.Op()) {
			return
		}
		a := s.attach()
		a.refs = append(a.refs, memory)
	})
}

// release is the end of all resources, behind the ring's. Where the kernel still
// has requests, it may use their memory: then only what the caller sees ends.
func (x *resources) release(busy bool) {
	for _, b := range x.groups {
		b.retire()
	}
	if x.region != nil {
		x.region.memory.bury()
	}
	for _, z := range x.queues {
		z.retire()
	}
	if !busy {
		*x = resources{}
	}
}

// registration is a call of io_uring_register(2) as errors have it.
type registration struct {
	call     string // the method
	op       uapi.RegisterOp
	remedies map[syscall.Errno]string
}

// wrong is an argument that the call cannot have.
func (g *registration) wrong(arg, reason, remedy string) error {
	return &ArgumentError{g.call, arg, reason, remedy}
}

// begin fails where the kernel would refuse any call.
func (g *registration) begin(r *Ring) error { return r.registering(g.call) }

// failed says why the kernel refused the call.
func (g *registration) failed(err error) error {
	if err == nil {
		return nil
	}
	return registerError(g.call, g.op, err, g.remedies)
}

// lacks is the error for a feature that a probe has shown to be missing.
func (g *registration) lacks(feature, since string, err error) error {
	return &UnsupportedError{Feature: feature, MinKernel: since, Err: err}
}

// list checks the length of a list, and the tags that go with it.
func (g *registration) list(arg string, n int, tags []uint64) error {
	switch {
	case n == 0:
		return g.wrong(arg, "is empty", "name at least one")
	case tags != nil && len(tags) != n:
		return g.wrong("tags", fmt.Sprintf("has %d, for %d %s", len(tags), n, arg), "give each a tag, 0 for none, or none at all")
	}
	for i, tag := range tags {
		if ID(tag)&idMark != 0 {
			return g.wrong("tags", fmt.Sprintf("has %#x at %d", tag, i), reservedBit)
		}
	}
	return nil
}

// reservedBit is why user data that the ring did not make may not look as if
// it had: its completion would be taken for that of a request, and let go of
// memory that the kernel has.
const reservedBit = "leave bit 63 to the ring, which tells its own requests by it"

// sparse is failed for a table of empty slots: kernels that know the operation
// but not this form refuse it with EINVAL, or EFAULT.
func (g *registration) sparse(err error, probe func(fd int) error) error {
	if !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.EFAULT) || onNewRing(0, probe) == nil {
		return g.failed(err)
	}
	return g.lacks("tables of empty slots", "5.19", err)
}

func probeSparseFiles(fd int) error   { return uapi.RegisterFilesSparse(fd, 1) }
func probeSparseBuffers(fd int) error { return uapi.RegisterBuffersSparse(fd, 1) }

// onNewRing probes on a ring that is given back at once.
func onNewRing(flags uapi.SetupFlags, probe func(fd int) error) error {
	fd, err := uapi.Setup(2, &uapi.IoUringParams{Flags: flags})
	if err != nil {
		return err
	}
	return errors.Join(probe(fd), syscall.Close(fd))
}

// untilDone repeats what a signal has cut short, such as Go's own.
func untilDone(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
