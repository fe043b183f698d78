//go:build linux

package ring

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// Msg is a message to send or to receive, with what sendmsg(2) and recvmsg(2)
// have besides data. It can be used again and again.
type Msg struct {
	Addr    Sockaddr // where to send to, none if zero; where a message came from
	Buffers [][]byte // the data, or the room for it; at most 1024
	Control []byte   // control messages, or the room for them; see unix.ParseSocketControlMessage

	ControlLen int    // bytes of Control that were received
	Flags      uint32 // of what was received, as MSG_TRUNC
}

// received takes over what the kernel wrote.
func (m *Msg) received(hdr *unix.Msghdr) {
	m.Addr.size = min(hdr.Namelen, sockaddrMax)
	m.ControlLen = atMost(hdr.Controllen, len(m.Control))
	m.Flags = uint32(hdr.Flags)
}

// atMost is a length that the kernel tells, which an int may be too short for,
// but no more than there is room for.
func atMost[T uint32 | uint64](n T, room int) int { return int(min(n, T(room))) }

// header makes a msghdr of m in the slot's memory, but for the name.
func (s *SQE) header(op uapi.Op, m *Msg) *attachment {
	if m == nil {
		s.wrong(op, "m", "is nil", "")
		return nil
	}
	iov, ok := s.vectors(op, m.Buffers)
	if !ok {
		return nil
	}
	a := s.attach()
	a.msg = unix.Msghdr{Iov: iov, Control: unsafe.SliceData(m.Control)}
	a.msg.SetIovlen(len(m.Buffers))
	a.msg.SetControllen(len(m.Control))
	return a
}

// outgoing makes the msghdr of a message to send, nil if that cannot be.
func (s *SQE) outgoing(op uapi.Op, m *Msg) unsafe.Pointer {
	a := s.header(op, m)
	if a == nil {
		return nil
	}
	if n := min(m.Addr.size, sockaddrMax); n > 0 {
		a.addr = m.Addr
		a.msg.Name, a.msg.Namelen = &a.addr.raw[0], n
	}
	return unsafe.Pointer(&a.msg)
}

// incoming makes the msghdr of a message to receive, nil if that cannot be.
func (s *SQE) incoming(op uapi.Op, m *Msg) unsafe.Pointer {
	a := s.header(op, m)
	if a == nil {
		return nil
	}
	m.Addr = Sockaddr{}
	m.ControlLen, m.Flags = 0, 0
	a.msg.Name, a.msg.Namelen = &m.Addr.raw[0], sockaddrMax
	a.got = m
	return unsafe.Pointer(&a.msg)
}

// MsgFormat says how RecvmsgMultishot divides a provided buffer: after a header
// of 16 bytes there is room for the sender's address and for control messages,
// and the rest is data. Sizes are in bytes, at most 128 for the address.
type MsgFormat struct {
	Name    int
	Control int
}

func (f MsgFormat) wrong() string {
	if f.Name < 0 || f.Name > sockaddrMax || f.Control < 0 || f.Control > math.MaxInt32 {
		return fmt.Sprintf("has room for %d and %d bytes", f.Name, f.Control)
	}
	return ""
}

// MsgPart is a message in a provided buffer; Control and Data are views of it.
// What was cut is to be seen from Flags: MSG_TRUNC, MSG_CTRUNC.
type MsgPart struct {
	Addr    Sockaddr
	Control []byte
	Data    []byte
	Flags   uint32
}

// Parse takes a buffer apart that RecvmsgMultishot has filled: of it the first
// n bytes, which is the result of the completion.
func (f MsgFormat) Parse(buf []byte, n int) (m MsgPart, err error) {
	const header = int(unsafe.Sizeof(uapi.IoUringRecvmsgOut{}))
	if reason := f.wrong(); reason != "" {
		return m, &ArgumentError{"Parse", "the format", reason, ""}
	}
	if n > len(buf) || n < header || n-header < f.Name || n-header-f.Name < f.Control {
		return m, &ArgumentError{"Parse", "n", fmt.Sprintf("is %d, of a buffer of %d bytes", n, len(buf)), "give the buffer of the completion, its result, and the format of the request"}
	}
	var out uapi.IoUringRecvmsgOut
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&out)), header), buf)
	name, rest := buf[header:header+f.Name], buf[header+f.Name:n]
	m.Addr.size = uint32(copy(m.Addr.raw[:], name[:atMost(out.Namelen, f.Name)]))
	m.Control = rest[:atMost(out.Controllen, f.Control)]
	m.Data = rest[f.Control:]
	m.Flags = out.Flags
	return m, nil
}
