//go:build linux

package semantics

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// sockaddr is an address as the kernel has it, longer than any that is used.
type sockaddr [128]byte

func address(family uint16, rest ...byte) *sockaddr {
	a := new(sockaddr)
	binary.NativeEndian.PutUint16(a[:], family)
	copy(a[2:], rest)
	return a
}

// connect asks for a connection of no socket: EBADF, unless it is denied.
func connect(a *sockaddr, length uint32) prep {
	return func(s *uapi.IoUringSqe) { s.PrepConnect(-1, unsafe.Pointer(a), length) }
}

// What filters see of an address. Where the kernel has no payload for it, they
// see nothing.
func TestContextConnect(t *testing.T) {
	kernel.Need(t, filters)
	v4 := address(syscall.AF_INET, 0x12, 0x34, 127, 0, 0, 9)
	v6 := address(syscall.AF_INET6, 0x12, 0x34, 0, 0, 0, 1, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xde, 0xad, 7, 0, 0, 0)
	unix := address(syscall.AF_UNIX, []byte("/no/such/socket")...)
	for _, c := range []struct {
		name   string
		addr   *sockaddr
		length uint32
		family uint32
		port   []byte
		at     []byte
	}{
		{"IPv4", v4, 16, syscall.AF_INET, v4[2:4], v4[4:8]},
		{"IPv6", v6, 28, syscall.AF_INET6, v6[2:4], v6[8:24]},
		{"unix: the family only", unix, 18, syscall.AF_UNIX, nil, nil},
		{"length 0", v4, 0, 0, nil, nil},
		{"length 1", v4, 1, 0, nil, nil},
		{"length 2: the family only", v4, 2, syscall.AF_INET, nil, nil},
		{"length 7: the family only", v4, 7, syscall.AF_INET, nil, nil},
		{"length 15: the family only", v4, 15, syscall.AF_INET, nil, nil},
		{"length 23: the family only", v6, 23, syscall.AF_INET6, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want cbpf.Context
			want[8] = uint8(uapi.IORING_OP_CONNECT)
			if payload := payloadOf(t, uapi.IORING_OP_CONNECT); payload > 0 {
				want[10] = payload
				binary.NativeEndian.PutUint32(want[16:], c.family)
				copy(want[20:], c.port)
				copy(want[24:], c.at)
			}
			sees(t, uapi.IORING_OP_CONNECT, connect(c.addr, c.length), want)
		})
	}
}

// The same filters mean different things where there is no payload.
func TestConnectWithoutPayload(t *testing.T) {
	kernel.Need(t, filters)
	addr := address(syscall.AF_INET, 0x12, 0x34, 127, 0, 0, 9)
	local := binary.NativeEndian.Uint32(addr[4:])
	allowInet := cbpf.Program{cbpf.LoadWord(16), cbpf.JumpEqual(syscall.AF_INET, 0, 1), cbpf.Return(1), cbpf.Return(0)}
	denyLocal := cbpf.Program{cbpf.LoadWord(24), cbpf.JumpEqual(local, 0, 1), cbpf.Return(0), cbpf.Return(1)}
	under := func(p cbpf.Program) string {
		r := newRing(t, 0)
		must(t, filter(r.FD(), uapi.IORING_OP_CONNECT, p))
		return ask(r, connect(addr, 16))
	}
	if payloadOf(t, uapi.IORING_OP_CONNECT) > 0 {
		wants(t, "allow AF_INET", under(allowInet), "EBADF")
		wants(t, "deny the address", under(denyLocal), denied)
		return
	}
	wants(t, "allow AF_INET", under(allowInet), denied)
	wants(t, "deny the address", under(denyLocal), "EBADF")
	wants(t, "a filter for 24 bytes", registered(newRing(t, 0).FD(), uapi.IORING_OP_CONNECT, allow, size(24)), "EMSGSIZE")
}

// payloadOf is the kernel's size of an operation's payload.
func payloadOf(t *testing.T, op uapi.Op) uint8 {
	t.Helper()
	q := registration(op, allow, size(255))
	wants(t, "payload", answer(q.register(newRing(t, 0).FD())), "EMSGSIZE")
	return q.bpf.Filter().PduSize
}

// shortIPv6 tells whether filters see an IPv6 address without its last member,
// the scope. Such a one is 24 bytes long and good enough for connect: where it
// is hidden, a filter that denies addresses is of no use.
func shortIPv6(t *testing.T) string {
	const length = 24
	local := address(syscall.AF_INET6, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	if fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0); err == nil {
		defer syscall.Close(fd)
		wants(t, "connect", askNew(func(s *uapi.IoUringSqe) { s.PrepConnect(int32(fd), unsafe.Pointer(local), length) }), ok)
	}
	c := seen(t, uapi.IORING_OP_CONNECT, connect(local, length))
	switch port, last := c[20:22], c[39]; {
	case c[10] == 0:
		return "no payload"
	case port[0] == 0x12 && port[1] == 0x34 && last == 1:
		return "seen"
	case port[0] == 0 && port[1] == 0 && last == 0:
		return "hidden"
	}
	return fmt.Sprintf("%x", c[16:])
}
