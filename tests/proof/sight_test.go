//go:build linux

package proof

import (
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// sight is what the running kernel shows filters where kernels differ.
// tests/semantics asserts which kernel shows what.
type sight struct {
	typeMask    uint32 // of a socket's type
	shortestIP6 int    // bytes of an IPv6 address that is shown
}

// look finds it out, a filter each.
func look(t *testing.T) sight {
	t.Helper()
	s := sight{typeMask: ^uint32(0), shortestIP6: 28}
	const extra = syscall.SOCK_CLOEXEC | syscall.SOCK_NONBLOCK
	if shows(t, 12, 20, syscall.SOCK_STREAM, socketOf(syscall.AF_INET, syscall.SOCK_STREAM|extra, 0)) {
		s.typeMask = 0xf
	}
	if connectFeature.Probe() == nil {
		addr := &sockaddr{0: byte(syscall.AF_INET6), 3: 1}
		here.Order.PutUint16(addr[:], syscall.AF_INET6)
		port := here.Order.Uint32([]byte{0, 1, 0, 0})
		if shows(t, 24, 20, port, connectTo(-1, addr, 24)) {
			s.shortestIP6 = 24
		}
	}
	return s
}

// shows tells whether a word of what a filter sees of a request is v.
func shows(t *testing.T, payload uint8, at, v uint32, q request) bool {
	t.Helper()
	var sqe uapi.IoUringSqe
	q.prep(&sqe)
	r := newRing(t, cbpf.Filter{Op: uint8(sqe.Opcode), PDUSize: payload, Program: cbpf.Program{
		cbpf.LoadWord(at), cbpf.JumpEqual(v, 0, 1), cbpf.Return(1), cbpf.Return(0),
	}})
	res, err := q.do(r)
	if err != nil {
		t.Fatal(err)
	}
	return res != denied
}

// flags are what filters see of a request's own.
func (s sight) flags(f uapi.SQEFlags) uapi.SQEFlags {
	if f&uapi.IOSQE_IO_DRAIN != 0 {
		f |= uapi.IOSQE_ASYNC
	}
	return f
}

// openat is what they see of open flags that come without a structure: those
// that kernels know, of which O_PATH leaves but a few. C: build_open_how
// (fs/open.c), __io_openat_prep (io_uring/openclose.c).
func (s sight) openat(flags uint64) uint64 {
	if path := here.Value("O_PATH"); flags&path != 0 {
		return flags & (path | here.Value("O_DIRECTORY") | here.Value("O_NOFOLLOW") | here.Value("O_CLOEXEC"))
	}
	var known uint64
	for _, bits := range here.Values("O_") {
		known |= bits
	}
	return s.openat2(flags & known)
}

// openat2 is what they see of open flags from a structure.
func (s sight) openat2(flags uint64) uint64 {
	if flags&here.Value("O_PATH") == 0 {
		flags |= here.Value("O_LARGEFILE")
	}
	return flags
}

// connect is what they see of an address, of which so many bytes are given.
func (s sight) connect(r *cases.Request, addr *sockaddr, length int) {
	if length < 2 {
		return
	}
	switch r.Family = uint32(here.Order.Uint16(addr[:])); {
	case r.Family == syscall.AF_INET && length >= 16:
		copy(r.Addr[:4], addr[4:])
	case r.Family == syscall.AF_INET6 && length >= s.shortestIP6:
		copy(r.Addr[:], addr[8:])
	default:
		return
	}
	r.Port = uint16(addr[2])<<8 | uint16(addr[3])
}
