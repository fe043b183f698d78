//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// AnySlot in place of a slot of the file table takes a free one, whose index is
// the result.
const AnySlot uint32 = uapi.IORING_FILE_INDEX_ALLOC

// opSet is a set of operations.
type opSet [4]uint64

func ops(list ...uapi.Op) (set opSet) {
	for _, op := range list {
		set[op>>6] |= 1 << (op & 63)
	}
	return set
}

func (o *opSet) has(op uapi.Op) bool { return o[op>>6]>>(op&63)&1 != 0 }

// What the modifiers below apply to.
var (
	opsReadWrite = ops(uapi.IORING_OP_READ, uapi.IORING_OP_WRITE, uapi.IORING_OP_READV, uapi.IORING_OP_WRITEV,
		uapi.IORING_OP_READ_FIXED, uapi.IORING_OP_WRITE_FIXED, uapi.IORING_OP_READV_FIXED, uapi.IORING_OP_WRITEV_FIXED)
	opsWrite  = ops(uapi.IORING_OP_WRITE, uapi.IORING_OP_WRITEV, uapi.IORING_OP_WRITE_FIXED, uapi.IORING_OP_WRITEV_FIXED)
	opsFile   = ops(uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2, uapi.IORING_OP_SOCKET, uapi.IORING_OP_ACCEPT, uapi.IORING_OP_PIPE)
	opsGroup  = ops(uapi.IORING_OP_READ, uapi.IORING_OP_READV, uapi.IORING_OP_RECV, uapi.IORING_OP_RECVMSG, uapi.IORING_OP_SEND, uapi.IORING_OP_URING_CMD, uapi.IORING_OP_URING_CMD128)
	opsTo     = ops(uapi.IORING_OP_SEND, uapi.IORING_OP_SEND_ZC)
	opsZC     = ops(uapi.IORING_OP_SEND_ZC, uapi.IORING_OP_SENDMSG_ZC)
	opsSocket = ops(uapi.IORING_OP_SEND, uapi.IORING_OP_SEND_ZC, uapi.IORING_OP_SENDMSG, uapi.IORING_OP_SENDMSG_ZC,
		uapi.IORING_OP_RECV, uapi.IORING_OP_RECVMSG, uapi.IORING_OP_RECV_ZC, uapi.IORING_OP_ACCEPT)
	opsAccept = ops(uapi.IORING_OP_ACCEPT)
	opsFixed  = ops(uapi.IORING_OP_SEND, uapi.IORING_OP_RECV, uapi.IORING_OP_SEND_ZC, uapi.IORING_OP_SENDMSG_ZC, uapi.IORING_OP_URING_CMD, uapi.IORING_OP_URING_CMD128)
)

// modifies is called first by what modifies requests of some operations. It
// makes any other request fail.
func (s *SQE) modifies(method string, set *opSet) bool {
	if !s.mine() || s.Err() != nil {
		return false
	}
	op := s.id.Op()
	switch {
	case set.has(op):
		return true
	case s.id&stateMask == stateTaken:
		s.fail(opNone, &ArgumentError{method, "the request", "is not prepared", "call " + method + " after the method that prepares it"})
	default:
		s.fail(op, &ArgumentError{method, "the request", "is " + op.String() + ", which has no such thing", ""})
	}
	return false
}

// SetRWFlags gives a read or a write the RWF_* flags of preadv2(2).
func (s *SQE) SetRWFlags(flags uint32) {
	if s.modifies("SetRWFlags", &opsReadWrite) {
		s.entry.RwFlags = flags
	}
}

// SetDirect lets what makes a file (Openat, Openat2, Socket, Accept, Pipe) put
// it into a slot of the ring's file table instead of a descriptor; AnySlot
// takes a free one. A Pipe takes two, from slot on. O_CLOEXEC and SOCK_CLOEXEC
// are refused then. AcceptMultishot needs AnySlot.
//
// Since Linux 5.15, AnySlot since 5.19.
func (s *SQE) SetDirect(slot uint32) {
	if !s.modifies("SetDirect", &opsFile) {
		return
	}
	switch {
	case slot == AnySlot:
		s.entry.SetFileIndex(slot)
	case s.slot(s.id.Op(), slot):
		s.entry.SetFileIndex(slot + 1) // 0 means that there is none
	}
}

// SetBufferGroup lets the kernel choose a provided buffer of group, when there
// is data: the buffer that the method was given is best nil, and only its
// length counts. The completion tells which buffer it was.
//
// IOSQE_BUFFER_SELECT, since Linux 5.7; for Send since 6.10.
func (s *SQE) SetBufferGroup(group uint16) {
	if s.modifies("SetBufferGroup", &opsGroup) {
		s.group(group)
	}
}

func (s *SQE) group(group uint16) {
	s.entry.Flags |= uapi.IOSQE_BUFFER_SELECT
	s.entry.SetBufGroup(group)
}

// SetDestination says where Send, Sendv, SendZC and SendvZC send to, on a socket
// that is not connected. to is copied. Sendmsg has the Addr of its Msg.
//
// Since Linux 6.0.
func (s *SQE) SetDestination(to *Sockaddr) {
	if s.modifies("SetDestination", &opsTo) {
		p, n := s.address(to)
		s.entry.PrepSendSetAddr(p, uint16(n))
	}
}

// SetFixedBuffer says that the memory of SendZC, SendvZC, SendmsgZC, UringCmd
// or, since Linux 7.2, of Send or Recv is part of the registered buffer of that
// index, so that its pages need not be looked up. Where the operation cannot have
// one it completes with -EINVAL.
func (s *SQE) SetFixedBuffer(index uint16) {
	if !s.modifies("SetFixedBuffer", &opsFixed) {
		return
	}
	s.entry.BufIndex = index
	if opsSocket.has(s.id.Op()) {
		s.entry.Ioprio |= uint16(uapi.IORING_RECVSEND_FIXED_BUF)
	} else {
		s.entry.RwFlags |= uint32(uapi.IORING_URING_CMD_FIXED)
	}
}

// SetReportUsage lets the notification of a zero-copy send tell as its result
// whether data was copied nevertheless: IORING_NOTIF_USAGE_ZC_COPIED.
//
// Since Linux 6.2.
func (s *SQE) SetReportUsage() {
	if s.modifies("SetReportUsage", &opsZC) {
		s.entry.Ioprio |= uint16(uapi.IORING_SEND_ZC_REPORT_USAGE)
	}
}

// SetPollFirst lets a send, a receive or an accept wait for the socket first,
// instead of trying at once, which is the better choice where the socket is
// unlikely to be ready.
//
// Since Linux 5.19; for Accept since 6.10.
func (s *SQE) SetPollFirst() {
	if !s.modifies("SetPollFirst", &opsSocket) {
		return
	}
	if opsAccept.has(s.id.Op()) {
		s.entry.Ioprio |= uint16(uapi.IORING_ACCEPT_POLL_FIRST)
	} else {
		s.entry.Ioprio |= uint16(uapi.IORING_RECVSEND_POLL_FIRST)
	}
}

// SetDontWait lets an accept complete with -EAGAIN where no connection is
// waiting.
//
// Since Linux 6.10.
func (s *SQE) SetDontWait() {
	if s.modifies("SetDontWait", &opsAccept) {
		s.entry.Ioprio |= uint16(uapi.IORING_ACCEPT_DONTWAIT)
	}
}

// SetWriteStream tells the device to keep data of one stream together. 0 is no
// stream; the file must support as many.
//
// Since Linux 6.16.
func (s *SQE) SetWriteStream(stream uint8) {
	if s.modifies("SetWriteStream", &opsWrite) {
		s.entry.SetWriteStream(stream)
	}
}

// SetPI gives a read or a write protection information, which metadata holds or
// has room for; pi has the rest, and its Addr and Len are set. The file must be
// opened with O_DIRECT, the ring report IORING_FEAT_RW_ATTR.
//
// IORING_RW_ATTR_FLAG_PI, since Linux 6.14.
func (s *SQE) SetPI(metadata []byte, pi uapi.IoUringAttrPi) {
	if !s.modifies("SetPI", &opsReadWrite) {
		return
	}
	p, n := data(metadata)
	s.pin(p)
	a := s.attach()
	a.pi = pi
	a.pi.Addr, a.pi.Len = uint64(uintptr(p)), n
	s.entry.SetAttrPtr(uint64(uintptr(unsafe.Pointer(&a.pi))))
	s.entry.SetAttrTypeMask(uapi.IORING_RW_ATTR_FLAG_PI)
}
