package rules

import (
	"math"
	"slices"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// fieldID is an index of layout.
type fieldID uint8

const (
	noField fieldID = iota
	userData
	sqeFlags
	socketFamily
	socketType
	socketProtocol
	openFlags
	openMode
	openResolve
	connectFamily
	connectPort
	connectAddr
	connectAddrUnmapped
)

// Families that have an address that filters see: AF_INET and AF_INET6 of Linux,
// on all architectures, for rules are compiled elsewhere, too.
const (
	inet  = 2
	inet6 = 10
)

// payload is the arguments of some operations.
type payload struct {
	name    string
	size    uint8 // bytes
	ops     []uapi.Op
	since72 bool // kernels of 7.0 and 7.1 have filters, and no such payload
}

// Records of the context that filters see.
var (
	sample uapi.IoUringBpfCtx

	socket  = payload{"socket", uint8(unsafe.Sizeof(*sample.Socket())), []uapi.Op{uapi.IORING_OP_SOCKET}, false}
	open    = payload{"open", uint8(unsafe.Sizeof(*sample.Open())), []uapi.Op{uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2}, false}
	connect = payload{"connect", uint8(unsafe.Sizeof(*sample.Connect())), []uapi.Op{uapi.IORING_OP_CONNECT}, true}
)

var payloads = [...]*payload{&socket, &open, &connect}

// payloadSize is how many bytes of payload a filter of an operation is written
// for, which reads one, or with nil none.
func payloadSize(op uapi.Op, reads *payload) uint8 {
	if reads != nil {
		return reads.size
	}
	for _, p := range payloads {
		if slices.Contains(p.ops, op) && !p.since72 {
			return p.size
		}
	}
	return 0
}

// field is where a filter finds a number, and how it is written.
type field struct {
	name    string
	of      *payload // nil for those of all operations
	offset  int      // in the context, in bytes
	bits    int      // 8, 16, 32 or 64; 0 for addresses
	mask    uint64   // of the bits that rules see
	network bool     // in network byte order
	base    int      // for values in text
}

var layout = [...]field{
	userData:       {"user_data", nil, at(&sample.UserData), 64, math.MaxUint64, false, 16},
	sqeFlags:       {"sqe_flags", nil, at(&sample.SqeFlags), 8, math.MaxUint8, false, 16},
	socketFamily:   {"socket.family", &socket, at(&sample.Socket().Family), 32, math.MaxUint32, false, 10},
	socketType:     {"socket.type", &socket, at(&sample.Socket().Type), 32, 0xf, false, 10},
	socketProtocol: {"socket.protocol", &socket, at(&sample.Socket().Protocol), 32, math.MaxUint32, false, 10},
	openFlags:      {"open.flags", &open, at(&sample.Open().Flags), 64, math.MaxUint64, false, 16},
	openMode:       {"open.mode", &open, at(&sample.Open().Mode), 64, math.MaxUint64, false, 8},
	openResolve:    {"open.resolve", &open, at(&sample.Open().Resolve), 64, math.MaxUint64, false, 16},
	connectFamily:  {"connect.family", &connect, at(&sample.Connect().Family), 32, math.MaxUint32, false, 10},
	connectPort:    {"connect.port", &connect, at(&sample.Connect().Port), 16, math.MaxUint16, true, 10},

	connectAddr:         {name: "connect.addr", of: &connect, offset: at(sample.Connect().V6Addr()), network: true},
	connectAddrUnmapped: {name: "unmap(connect.addr)", of: &connect, offset: at(sample.Connect().V6Addr()), network: true},
}

// at is the offset of a member of sample, which may be a union's.
func at[T any](member *T) int {
	return int(uintptr(unsafe.Pointer(member)) - uintptr(unsafe.Pointer(&sample)))
}

// get is the field's row; the zero field if there is none.
func (id fieldID) get() field {
	if int(id) >= len(layout) {
		return field{}
	}
	return layout[id]
}

func (f field) isAddress() bool { return f.name != "" && f.bits == 0 }
