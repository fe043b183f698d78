//go:build linux

package semantics

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// lowWord is where the low half of user data is in the context.
var lowWord = func() uint32 {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return 0
	}
	return 4
}()

// Filters tell a bit at a time. This one accepts a request if its word has a
// bit in common with half of the user data, in which a test asks for bits.
func telltale(at, mask uint32) cbpf.Program {
	return cbpf.Program{
		cbpf.LoadWord(at), {Op: cbpf.BPF_MISC | cbpf.BPF_TAX},
		cbpf.LoadWord(mask), {Op: cbpf.BPF_ALU | cbpf.BPF_AND | cbpf.BPF_X}, {Op: cbpf.BPF_RET | cbpf.BPF_A},
	}
}

// unasked is the half of the user data that holds no mask.
const unasked uint32 = 0xa5a51234

// seen is what filters see of a request that no errno EACCES is part of: all
// words of the context but those of the user data.
func seen(t *testing.T, op uapi.Op, p prep, options ...option) (c cbpf.Context) {
	t.Helper()
	for at := uint32(8); at < cbpf.ContextSize; at += 4 {
		binary.NativeEndian.PutUint32(c[at:], seenWord(t, op, p, at, 0, options...))
	}
	return c
}

// seenWord reads one word of the context.
func seenWord(t *testing.T, op uapi.Op, p prep, at, mask uint32, options ...option) (word uint32) {
	t.Helper()
	r, err := open(0)
	must(t, err)
	defer r.Close()
	must(t, filter(r.FD(), op, telltale(at, mask), options...))
	for bit := range 32 {
		var data [8]byte
		binary.NativeEndian.PutUint32(data[mask:], 1<<bit)
		binary.NativeEndian.PutUint32(data[4-mask:], unasked)
		c, err := completeAs(r, binary.NativeEndian.Uint64(data[:]), p)
		must(t, err)
		if c.Res == -int32(syscall.EACCES) {
			continue
		}
		word |= 1 << bit
		if c.Res > 0 && op != opNop { // a descriptor
			syscall.Close(int(c.Res))
		}
	}
	return word
}

// contextOf is what filters should see, with a payload of words.
func contextOf[T uint32 | uint64](op uapi.Op, flags uapi.SQEFlags, payload ...T) (c cbpf.Context) {
	c[8], c[9], c[10] = uint8(op), uint8(flags), uint8(len(payload)*int(unsafe.Sizeof(T(0))))
	_, err := binary.Encode(c[16:], binary.NativeEndian, payload)
	if err != nil {
		panic(err)
	}
	return c
}

func sees(t *testing.T, op uapi.Op, p prep, want cbpf.Context, options ...option) {
	t.Helper()
	if got := seen(t, op, p, options...); got != want {
		t.Errorf("filters see %x\nwant         %x", got[8:], want[8:])
	}
}

func TestContextHead(t *testing.T) {
	kernel.Need(t, filters)
	t.Run("user data", func(t *testing.T) {
		wants(t, "first word", fmt.Sprintf("%#x", seenWord(t, opNop, nop, 0, 4)), fmt.Sprintf("%#x", unasked))
		wants(t, "second word", fmt.Sprintf("%#x", seenWord(t, opNop, nop, 4, 0)), fmt.Sprintf("%#x", unasked))
	})
	// Completes with an error, so that there is a completion with SKIP_SUCCESS.
	failing := func(s *uapi.IoUringSqe) {
		s.PrepNop()
		s.RwFlags = uint32(uapi.IORING_NOP_INJECT_RESULT)
		s.Len = ^uint32(syscall.EIO) + 1
	}
	for _, c := range []struct{ set, seen uapi.SQEFlags }{
		{0, 0},
		{uapi.IOSQE_ASYNC, uapi.IOSQE_ASYNC},
		{uapi.IOSQE_IO_LINK, uapi.IOSQE_IO_LINK},
		{uapi.IOSQE_IO_DRAIN, uapi.IOSQE_IO_DRAIN | uapi.IOSQE_ASYNC},
		{uapi.IOSQE_CQE_SKIP_SUCCESS, uapi.IOSQE_CQE_SKIP_SUCCESS},
		{uapi.IOSQE_CQE_SKIP_SUCCESS | uapi.IOSQE_IO_HARDLINK | uapi.IOSQE_ASYNC, uapi.IOSQE_CQE_SKIP_SUCCESS | uapi.IOSQE_IO_HARDLINK | uapi.IOSQE_ASYNC},
	} {
		t.Run(fmt.Sprintf("flags %v", c.set), func(t *testing.T) {
			sees(t, opNop, flagged(failing, c.set), contextOf[uint32](opNop, c.seen))
		})
	}
}

// Operations without a payload show nothing but their head.
func TestContextNoPayload(t *testing.T) {
	kernel.Need(t, filters)
	bytes := make([]byte, 16)
	at := unsafe.Pointer(&bytes[0])
	for op, p := range map[uapi.Op]prep{
		opClose:              shut,
		uapi.IORING_OP_READ:  func(s *uapi.IoUringSqe) { s.PrepRead(-1, at, 16, 0x1234567) },
		uapi.IORING_OP_WRITE: func(s *uapi.IoUringSqe) { s.PrepWrite(-1, at, 16, 0x1234567) },
		uapi.IORING_OP_SEND:  func(s *uapi.IoUringSqe) { s.PrepSend(-1, at, 16, 0) },
		uapi.IORING_OP_BIND:  func(s *uapi.IoUringSqe) { s.PrepBind(-1, at, 16) },
	} {
		t.Run(op.String(), func(t *testing.T) { sees(t, op, p, contextOf[uint32](op, 0)) })
	}
	runtime.KeepAlive(bytes)
}

func TestContextSocket(t *testing.T) {
	kernel.Need(t, filters)
	stream := func(s *uapi.IoUringSqe) { s.PrepSocket(syscall.AF_INET, syscall.SOCK_STREAM, 0, 0) }
	want := contextOf[uint32](opSocket, 0, syscall.AF_INET, syscall.SOCK_STREAM, 0)
	t.Run("family, type, protocol", func(t *testing.T) { sees(t, opSocket, stream, want, size(12)) })
	t.Run("a filter for less", func(t *testing.T) { sees(t, opSocket, stream, want, size(0)) })
}

// largeFile is the kernel's O_LARGEFILE where it adds it: on 64-bit machines.
var largeFile = map[string]uint64{
	"amd64": 0x8000, "s390x": 0x8000, "riscv64": 0x8000, "loong64": 0x8000,
	"arm64": 0x20000, "ppc64": 0x10000, "ppc64le": 0x10000, "mips64": 0x2000, "mips64le": 0x2000,
}[runtime.GOARCH]

func TestContextOpen(t *testing.T) {
	kernel.Need(t, filters)
	path := []byte("/no/such/folder/file\x00")
	at := unsafe.Pointer(&path[0])
	for _, c := range []struct {
		name      string
		openat2   bool
		set, mode uint32
		resolve   uint64
		flags     uapi.SQEFlags // seen in the head
		seenMode  uint64
		asItIs    bool // nothing is added to the open flags
	}{
		{name: "O_LARGEFILE is added", set: syscall.O_RDWR},
		{name: "no mode without O_CREAT", set: syscall.O_RDWR | syscall.O_CLOEXEC, mode: 0o600},
		{name: "mode with O_CREAT", set: syscall.O_RDWR | syscall.O_CREAT, mode: 0o106755, seenMode: 0o6755, flags: uapi.IOSQE_ASYNC},
		{name: "O_LARGEFILE is not added to O_PATH", set: unix.O_PATH, asItIs: true},
		{name: "OPENAT2", openat2: true, set: syscall.O_RDONLY, resolve: unix.RESOLVE_IN_ROOT},
		{name: "OPENAT2, mode with O_CREAT", openat2: true, set: syscall.O_WRONLY | syscall.O_CREAT, mode: 0o640, seenMode: 0o640, flags: uapi.IOSQE_ASYNC},
		{name: "OPENAT2, O_PATH", openat2: true, set: unix.O_PATH, asItIs: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			op, p := uapi.IORING_OP_OPENAT, prep(func(s *uapi.IoUringSqe) { s.PrepOpenat(-1, at, c.set, c.mode) })
			if c.openat2 {
				how := &uapi.OpenHow{Flags: uint64(c.set), Mode: uint64(c.mode), Resolve: c.resolve}
				op, p = uapi.IORING_OP_OPENAT2, func(s *uapi.IoUringSqe) { s.PrepOpenat2(-1, at, unsafe.Pointer(how)) }
			}
			flags := uint64(c.set)
			if !c.asItIs {
				flags |= largeFile
			}
			sees(t, op, p, contextOf(op, c.flags, flags, c.seenMode, c.resolve), size(24))
		})
	}
	t.Run("OPENAT and OPENAT2 are apart", func(t *testing.T) {
		r := newRing(t, 0)
		must(t, filter(r.FD(), uapi.IORING_OP_OPENAT, deny))
		how := &uapi.OpenHow{}
		wants(t, "OPENAT", ask(r, func(s *uapi.IoUringSqe) { s.PrepOpenat(-1, at, 0, 0) }), denied)
		wants(t, "OPENAT2", ask(r, func(s *uapi.IoUringSqe) { s.PrepOpenat2(-1, at, unsafe.Pointer(how)) }), "ENOENT")
	})
}
