//go:build linux

package ring

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// filterCall is the registration of one filter.
type filterCall struct {
	arg     uapi.IoUringBpf
	program cbpf.Program // where arg points to
	pdu     uint8        // what to ask for: the kernel overwrites it in arg
	index   int
}

// calls are the registrations of s. DENY_REST comes with the last one, since
// operations whose filters are still to come have none before that.
func (s *FilterSet) calls() []*filterCall {
	list := make([]*filterCall, len(s.Filters))
	for i, f := range s.Filters {
		c := &filterCall{program: slices.Clone(f.Program), pdu: f.PDUSize, index: i}
		c.arg.CmdType = uapi.IO_URING_BPF_CMD_FILTER
		a := c.arg.Filter()
		a.Opcode, a.FilterLen, a.FilterPtr = uint32(f.Op), uint32(len(c.program)), uint64(c.address())
		if s.ExactPDUSize {
			a.Flags |= uapi.IO_URING_BPF_FILTER_SZ_STRICT
		}
		if s.DenyRest && i == len(s.Filters)-1 {
			a.Flags |= uapi.IO_URING_BPF_FILTER_DENY_REST
		}
		list[i] = c
	}
	return list
}

// address is where the program lies, for good: not on the stack.
func (c *filterCall) address() uintptr {
	if heap.ever {
		heap.to = c.program
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(c.program)))
}

// heap is never written, but the compiler does not know.
var heap struct {
	ever bool
	to   cbpf.Program
}

// register is a call of io_uring_register(2) on a ring, a thread or all
// threads.
type register func(op uapi.RegisterOp, arg unsafe.Pointer, nr uint32) error

// onRing registers on a ring. Its descriptor is not -1, which would be the
// calling thread.
func onRing(fd int) register {
	return func(op uapi.RegisterOp, arg unsafe.Pointer, nr uint32) error {
		if fd == -1 {
			return syscall.EBADF
		}
		_, err := uapi.Register(fd, op, arg, nr)
		return err
	}
}

// do registers the filter.
func (c *filterCall) do(reg register) error {
	c.arg.Filter().PduSize = c.pdu
	return reg(uapi.IORING_REGISTER_BPF_FILTER, unsafe.Pointer(&c.arg), 1)
}

func (c *filterCall) op() uapi.Op { return uapi.Op(c.arg.Filter().Opcode) }

// refused says why the kernel did not take the filter.
func (c *filterCall) denial(op string, err error, remedies map[syscall.Errno]string) error {
	switch {
	case errors.Is(err, syscall.EMSGSIZE):
		return c.sizeError(err)
	case errors.Is(err, syscall.EINVAL):
		if e := lacksFilter(c.op(), err); e != nil {
			return e
		}
	}
	return denial(fmt.Sprintf("%s: filter %d (%v)", op, c.index, c.op()), err, remedies)
}

// payloadSince is when the kernel began to show filters an operation's
// arguments, where that is later than filters are.
var payloadSince = map[uapi.Op]string{uapi.IORING_OP_CONNECT: "7.2"}

// sizeError is for EMSGSIZE: the kernel has written its own size to arg.
func (c *filterCall) sizeError(err error) error {
	kernel := c.arg.Filter().PduSize
	if kernel == c.pdu {
		return &OpError{"filter of " + c.op().String(), err, "the kernel does not tell its size of payload"}
	}
	size := &PDUSizeError{c.op(), c.pdu, kernel}
	if since := payloadSince[c.op()]; kernel == 0 && since != "" {
		return &UnsupportedError{Feature: "what filters see of " + c.op().String(), MinKernel: since, Err: size}
	}
	return size
}
