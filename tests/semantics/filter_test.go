//go:build linux

package semantics

import (
	"errors"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// filters is what nearly all tests here need. The probe asks for a payload that
// no operation has, so nothing is registered.
var filters = kernel.Feature{
	Name: "filters of requests", Since: kernel.Version{Major: 7}, Config: "CONFIG_IO_URING_BPF",
	Probe: func() error {
		r, err := open(0)
		if err != nil {
			return err
		}
		defer r.Close()
		switch err := filter(r.FD(), opNop, allow, size(255)); {
		case errors.Is(err, syscall.EMSGSIZE):
			return nil
		case err == nil:
			return errors.New("a payload of 255 bytes was accepted")
		default:
			return err
		}
	},
}

var (
	allow = cbpf.Program{cbpf.Return(1)}
	deny  = cbpf.Program{cbpf.Return(0)}
)

// task is the descriptor that stands for the calling thread.
const task = -1

// option changes a registration before it is made.
type option func(*uapi.IoUringBpf)

func size(pdu uint8) option { return func(b *uapi.IoUringBpf) { b.Filter().PduSize = pdu } }

func with(f uapi.BPFFilterFlags) option { return func(b *uapi.IoUringBpf) { b.Filter().Flags |= f } }

// denyRest denies all operations that have no filter.
var denyRest = with(uapi.IO_URING_BPF_FILTER_DENY_REST)

// filter registers a program for an operation with a ring or the task.
func filter(fd int, op uapi.Op, p cbpf.Program, options ...option) error {
	return registration(op, p, options...).register(fd)
}

// registered is what filter says, as an answer.
func registered(fd int, op uapi.Op, p cbpf.Program, options ...option) string {
	return answer(filter(fd, op, p, options...))
}

// request is the argument of a registration, and what it names.
type request struct {
	bpf     *uapi.IoUringBpf
	program cbpf.Program
}

func registration(op uapi.Op, p cbpf.Program, options ...option) request {
	b := &uapi.IoUringBpf{CmdType: uapi.IO_URING_BPF_CMD_FILTER}
	f := b.Filter()
	f.Opcode, f.FilterLen, f.FilterPtr = uint32(op), uint32(len(p)), uint64(uintptr(unsafe.Pointer(unsafe.SliceData(p))))
	for _, o := range options {
		o(b)
	}
	return request{b, p}
}

func (q request) register(fd int) error {
	var err error
	if fd == task {
		err = uapi.RegisterTaskBpfFilter(q.bpf)
	} else {
		err = uapi.RegisterBpfFilter(fd, q.bpf)
	}
	runtime.KeepAlive(q.program)
	return err
}

// must ends the test where something that all rests on fails.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
