package cbpf

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// filters is what all tests here need. The probe asks for a payload that no
// operation has, so nothing is registered.
var filters = kernel.Feature{
	Name: "filters of requests", Since: kernel.Version{Major: 7}, Config: "CONFIG_IO_URING_BPF",
	Probe: func() error {
		var p uapi.IoUringParams
		fd, err := uapi.Setup(1, &p)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		switch err := register(fd, cbpf.Filter{PDUSize: 255, Program: cbpf.Program{cbpf.Return(1)}}); {
		case errors.Is(err, syscall.EMSGSIZE):
			return nil
		case err == nil:
			return errors.New("a payload of 255 bytes was accepted")
		default:
			return err
		}
	},
}

// register puts a filter on a ring.
func register(fd int, f cbpf.Filter) error {
	b := &uapi.IoUringBpf{CmdType: uapi.IO_URING_BPF_CMD_FILTER}
	b.Filter().Opcode, b.Filter().PduSize = uint32(f.Op), f.PDUSize
	program := unsafe.Slice((*syscall.SockFilter)(unsafe.Pointer(unsafe.SliceData(f.Program))), len(f.Program))
	return uapi.RegisterBpfFilterProgram(fd, b, program)
}

// ring takes one request at a time.
type ring struct {
	fd          int
	params      uapi.IoUringParams
	rings, sqes []byte
}

func openRing() (*ring, error) {
	r := &ring{}
	var err error
	if r.fd, err = uapi.Setup(1, &r.params); err != nil {
		return nil, fmt.Errorf("a ring: %w", err)
	}
	p := &r.params
	size := max(p.SqOff.Array+4*p.SqEntries, p.CqOff.Cqes+16*p.CqEntries)
	const rw, shared = syscall.PROT_READ | syscall.PROT_WRITE, syscall.MAP_SHARED | syscall.MAP_POPULATE
	if r.rings, err = syscall.Mmap(r.fd, uapi.IORING_OFF_SQ_RING, int(size), rw, shared); err == nil {
		r.sqes, err = syscall.Mmap(r.fd, uapi.IORING_OFF_SQES, int(64*p.SqEntries), rw, shared)
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("mapping a ring: %w", err)
	}
	return r, nil
}

func (r *ring) close() {
	for _, m := range [][]byte{r.rings, r.sqes} {
		if m != nil {
			syscall.Munmap(m)
		}
	}
	syscall.Close(r.fd)
}

func (r *ring) word(offset uint32) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&r.rings[offset]))
}

// do runs a request to its end and returns its result.
func (r *ring) do(sqe uapi.IoUringSqe) (int32, error) {
	*(*uapi.IoUringSqe)(unsafe.Pointer(&r.sqes[0])) = sqe
	r.word(r.params.SqOff.Array).Store(0)
	r.word(r.params.SqOff.Tail).Add(1)
	if n, err := uapi.Enter(r.fd, 1, 0, 0, nil); err != nil || n != 1 {
		return 0, fmt.Errorf("submitted %d: %w", n, err)
	}
	head := r.word(r.params.CqOff.Head)
	for range 100 {
		if i := head.Load(); i != r.word(r.params.CqOff.Tail).Load() {
			at := r.params.CqOff.Cqes + 16*(i&(r.params.CqEntries-1))
			cqe := *(*uapi.IoUringCqe)(unsafe.Pointer(&r.rings[at]))
			head.Add(1)
			if cqe.UserData != sqe.UserData {
				return 0, fmt.Errorf("user data %#x, want %#x", cqe.UserData, sqe.UserData)
			}
			return cqe.Res, nil
		}
		_, err := uapi.Enter(r.fd, 0, 1, uapi.IORING_ENTER_GETEVENTS, nil)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return 0, fmt.Errorf("waiting: %w", err)
		}
	}
	return 0, errors.New("no completion")
}

// onThread keeps the test on its thread, to which completions belong.
func onThread(t *testing.T) {
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
}
