package cases

import (
	"encoding/binary"
	"net/netip"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// Request is what a kernel shows filters of a request, as numbers: no byte order
// is in it. What an operation does not have is zero.
type Request struct {
	UserData uint64
	Op       uapi.Op
	Flags    uapi.SQEFlags

	Family         uint32 // of a socket and of a connect
	Type, Protocol uint32 // of a socket

	Open, Mode, Resolve uint64 // of an openat and an openat2

	Port uint16   // of a connect, as people write it
	Addr [16]byte // as it is on the wire; IPv4 takes the first four
}

// Payload is how many bytes of an operation's arguments filters see, on a kernel
// that shows all of them.
func Payload(op uapi.Op) uint8 {
	switch op {
	case uapi.IORING_OP_SOCKET:
		return 12
	case uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2, uapi.IORING_OP_CONNECT:
		return 24
	}
	return 0
}

// Context is the request as kernels with a byte order lay it out.
func (r *Request) Context(o binary.ByteOrder) (c cbpf.Context) {
	o.PutUint64(c[0:], r.UserData)
	c[8], c[9], c[10] = uint8(r.Op), uint8(r.Flags), Payload(r.Op)
	switch r.Op {
	case uapi.IORING_OP_SOCKET:
		o.PutUint32(c[16:], r.Family)
		o.PutUint32(c[20:], r.Type)
		o.PutUint32(c[24:], r.Protocol)
	case uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2:
		o.PutUint64(c[16:], r.Open)
		o.PutUint64(c[24:], r.Mode)
		o.PutUint64(c[32:], r.Resolve)
	case uapi.IORING_OP_CONNECT:
		o.PutUint32(c[16:], r.Family)
		c[20], c[21] = byte(r.Port>>8), byte(r.Port)
		copy(c[24:], r.Addr[:])
	}
	return c
}

// IP4 is the address of a connect over IPv4.
func (r *Request) IP4() netip.Addr { return netip.AddrFrom4([4]byte(r.Addr[:4])) }

// IP6 is the address of a connect over IPv6.
func (r *Request) IP6() netip.Addr { return netip.AddrFrom16(r.Addr) }
