//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Send sends buf, with the MSG_* flags of send(2). It raises no SIGPIPE. One
// request moves 2 GiB less a page at most. With SetDestination it is sendto(2).
//
// IORING_OP_SEND, since Linux 5.6.
func (s *SQE) Send(fd int, buf []byte, flags uint32) {
	if !s.start(uapi.IORING_OP_SEND, fd) {
		return
	}
	p, n := data(buf)
	s.entry.PrepSend(int32(fd), p, n, flags)
	s.keep(p)
	s.arm(uapi.IORING_OP_SEND)
}

// Sendv sends bufs, one after the other, without the Msg that Sendmsg takes. At
// most 1024 buffers.
//
// IORING_OP_SEND, in this form since Linux 6.17.
func (s *SQE) Sendv(fd int, bufs [][]byte, flags uint32) {
	if !s.start(uapi.IORING_OP_SEND, fd) {
		return
	}
	iov, ok := s.vectors(uapi.IORING_OP_SEND, bufs)
	if !ok {
		return
	}
	s.entry.PrepSendVec(int32(fd), unsafe.Pointer(iov), uint32(len(bufs)), flags)
	s.arm(uapi.IORING_OP_SEND)
}

// SendBundle sends provided buffers of group as one request, at most n bytes; 0
// is all that there are. The ring must report IORING_FEAT_RECVSEND_BUNDLE.
//
// IORING_OP_SEND, in this form since Linux 6.10.
func (s *SQE) SendBundle(fd int, n int, flags uint32, group uint16) {
	if !s.start(uapi.IORING_OP_SEND, fd) {
		return
	}
	size, ok := s.room(uapi.IORING_OP_SEND, n)
	if !ok {
		return
	}
	s.entry.PrepSendBundle(int32(fd), size, flags)
	s.group(group)
	s.arm(uapi.IORING_OP_SEND)
}

// SendZC sends buf without copying it. The first completion has the result and
// More; buf must not be changed until the second, which has IORING_CQE_F_NOTIF.
// A request that fails may have but one. SetFixedBuffer says that buf is part
// of a registered buffer.
//
// IORING_OP_SEND_ZC, since Linux 6.0.
func (s *SQE) SendZC(fd int, buf []byte, flags uint32) {
	if !s.start(uapi.IORING_OP_SEND_ZC, fd) {
		return
	}
	p, n := data(buf)
	s.entry.PrepSendZc(int32(fd), p, n, flags, 0)
	s.keep(p)
	s.arm(uapi.IORING_OP_SEND_ZC)
}

// SendvZC sends bufs without copying them, with completions as SendZC's.
//
// IORING_OP_SEND_ZC, in this form since Linux 6.17.
func (s *SQE) SendvZC(fd int, bufs [][]byte, flags uint32) {
	if !s.start(uapi.IORING_OP_SEND_ZC, fd) {
		return
	}
	iov, ok := s.vectors(uapi.IORING_OP_SEND_ZC, bufs)
	if !ok {
		return
	}
	s.entry.PrepSendZcVec(int32(fd), unsafe.Pointer(iov), uint32(len(bufs)), flags, 0)
	s.arm(uapi.IORING_OP_SEND_ZC)
}

// Sendmsg sends m: to its Addr, if it has one, its Buffers and its Control. The
// fields of m are copied; the memory that they name is held.
//
// IORING_OP_SENDMSG, since Linux 5.3; sendmsg(2).
func (s *SQE) Sendmsg(fd int, m *Msg, flags uint32) {
	if !s.start(uapi.IORING_OP_SENDMSG, fd) {
		return
	}
	if hdr := s.outgoing(uapi.IORING_OP_SENDMSG, m); hdr != nil {
		s.entry.PrepSendmsg(int32(fd), hdr, flags)
		s.arm(uapi.IORING_OP_SENDMSG)
	}
}

// SendmsgZC is Sendmsg without copying the Buffers, with completions as
// SendZC's.
//
// IORING_OP_SENDMSG_ZC, since Linux 6.1.
func (s *SQE) SendmsgZC(fd int, m *Msg, flags uint32) {
	if !s.start(uapi.IORING_OP_SENDMSG_ZC, fd) {
		return
	}
	if hdr := s.outgoing(uapi.IORING_OP_SENDMSG_ZC, m); hdr != nil {
		s.entry.PrepSendmsgZc(int32(fd), hdr, flags)
		s.arm(uapi.IORING_OP_SENDMSG_ZC)
	}
}
