//go:build linux

package ring

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// CWD in place of a folder's descriptor is the working directory: AT_FDCWD.
const CWD = -100

// maxTransfer is as much as the kernel moves with one request; what is longer
// is a short read or write, as with read(2).
const maxTransfer = 0x7ffff000

// start is begin for requests on a descriptor, which has 32 bits.
func (s *SQE) start(op uapi.Op, fd int) bool {
	if s.id&stateMask == stateTaken && int(int32(fd)) == fd {
		return true
	}
	s.refuse(op, fd)
	return false
}

//go:noinline
func (s *SQE) refuse(op uapi.Op, fd int) {
	if s.begin() {
		s.wrong(op, "fd", fmt.Sprintf("is %d", fd), "use a descriptor or a slot of the file table")
	}
}

// wrong makes the request fail because of an argument.
func (s *SQE) wrong(op uapi.Op, arg, reason, remedy string) {
	s.fail(op, &ArgumentError{op.String(), arg, reason, remedy})
}

// fits checks that an argument has no more than the 32 bits that the kernel
// has for it, and makes the request fail otherwise.
func (s *SQE) fits(op uapi.Op, arg string, v int) bool {
	if int(int32(v)) == v {
		return true
	}
	s.wrong(op, arg, fmt.Sprintf("is %d", v), "the kernel has 32 bits for it")
	return false
}

// size checks a length that the kernel has 32 unsigned bits for.
func (s *SQE) size(op uapi.Op, arg string, n int64) bool {
	if n >= 0 && n <= math.MaxUint32 {
		return true
	}
	s.wrong(op, arg, fmt.Sprintf("is %d", n), "use 0 to 4294967295")
	return false
}

// data is the address of a buffer, and as much of its length as goes into one
// request.
func data(b []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(b)), uint32(min(len(b), maxTransfer))
}

// room is a number of bytes to move, cut to what goes into one request.
func (s *SQE) room(op uapi.Op, n int) (uint32, bool) {
	if n < 0 {
		s.wrong(op, "n", fmt.Sprintf("is %d", n), "use 0 or more")
		return 0, false
	}
	return uint32(min(n, maxTransfer)), true
}
