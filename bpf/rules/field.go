package rules

import "github.com/uringgen/uringgen/generated/uapi"

// Number is the types of what fields hold.
type Number interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Field is a number that a filter sees of a request. The constants of this
// package are the fields that there are; the zero value is none of them, and a
// rule about it does not compile.
type Field[T Number] fieldID

// Fields of every request.
const (
	// UserData is the request's user_data. The submitter chooses it, so it proves
	// nothing.
	UserData = Field[uint64](userData)

	// SQEFlags is the request's IOSQE_* bits. IOSQE_IO_DRAIN arrives together with
	// IOSQE_ASYNC.
	SQEFlags = Field[uapi.SQEFlags](sqeFlags)
)

// Fields of IORING_OP_SOCKET.
const (
	// SocketFamily is the address family, AF_*.
	SocketFamily = Field[uint32](socketFamily)

	// SocketType is the socket type, SOCK_*, without SOCK_CLOEXEC and
	// SOCK_NONBLOCK, which kernels before 7.3 show to filters and later ones do
	// not: rules see neither on any.
	SocketType = Field[uint32](socketType)

	// SocketProtocol is the protocol, IPPROTO_*; 0 is the family's default.
	SocketProtocol = Field[uint32](socketProtocol)
)

// Fields of IORING_OP_OPENAT and IORING_OP_OPENAT2. The path is not among them.
const (
	// OpenFlags is the O_* bits. The kernel adds O_LARGEFILE, so test bits rather
	// than the whole.
	OpenFlags = Field[uint64](openFlags)

	// OpenMode is the mode of a file to be made; 0 without O_CREAT or O_TMPFILE.
	OpenMode = Field[uint64](openMode)

	// OpenResolve is the RESOLVE_* bits of IORING_OP_OPENAT2; always 0 for
	// IORING_OP_OPENAT.
	OpenResolve = Field[uint64](openResolve)
)

// Fields of IORING_OP_CONNECT, which filters see since Linux 7.2. See also
// [ConnectAddr].
const (
	// ConnectFamily is the address family, AF_*; 0 if the address was too short to
	// have one.
	ConnectFamily = Field[uint32](connectFamily)

	// ConnectPort is the port of an AF_INET or AF_INET6 address, as a number in the
	// usual order; 0 for every other family, and where the address was too short.
	ConnectPort = Field[uint16](connectPort)
)

// Is holds if the field has this value.
func (f Field[T]) Is(value T) Rule { return f.In(value) }

// In holds if the field has one of these values. Without values it is an error.
func (f Field[T]) In(values ...T) Rule {
	return newRule(part{kind: oneOf, field: fieldID(f), values: wide(values)})
}

// Between holds if the field is low or high or between them. It is an error if
// low is above high.
func (f Field[T]) Between(low, high T) Rule {
	return newRule(part{kind: between, field: fieldID(f), values: wide([]T{low, high})})
}

// AtLeast holds if the field is low or more.
func (f Field[T]) AtLeast(low T) Rule { return f.Between(low, ^T(0)) }

// AtMost holds if the field is high or less.
func (f Field[T]) AtMost(high T) Rule { return f.Between(0, high) }

// HasAll holds if all of these bits are set. No bits at all are an error, here
// and in the like: O_RDONLY is 0 and no bit, see [Field.MaskIn].
func (f Field[T]) HasAll(bits T) Rule { return f.bits(hasAll, bits) }

// HasAny holds if at least one of these bits is set.
func (f Field[T]) HasAny(bits T) Rule { return f.bits(hasAny, bits) }

// HasNone holds if none of these bits is set.
func (f Field[T]) HasNone(bits T) Rule { return f.bits(hasNone, bits) }

// HasOnly holds if no bit but these is set. They may be set or not.
func (f Field[T]) HasOnly(bits T) Rule { return f.bits(hasOnly, bits) }

// MaskIn holds if the field without the bits outside of mask is one of values:
//
//	rules.OpenFlags.MaskIn(uapi.O_ACCMODE, uapi.O_RDONLY)
func (f Field[T]) MaskIn(mask T, values ...T) Rule {
	return newRule(part{kind: maskedOneOf, field: fieldID(f), mask: uint64(mask), values: wide(values)})
}

func (f Field[T]) bits(k kind, bits T) Rule {
	return newRule(part{kind: k, field: fieldID(f), mask: uint64(bits)})
}

func wide[T Number](values []T) []uint64 {
	out := make([]uint64, len(values))
	for i, v := range values {
		out[i] = uint64(v)
	}
	return out
}
