//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Recv receives into buf, with the MSG_* flags of recv(2). One request moves 2
// GiB less a page at most.
//
// IORING_OP_RECV, since Linux 5.6.
func (s *SQE) Recv(fd int, buf []byte, flags uint32) {
	if !s.start(uapi.IORING_OP_RECV, fd) {
		return
	}
	p, n := data(buf)
	s.entry.PrepRecv(int32(fd), p, n, flags)
	s.keep(p)
	s.arm(uapi.IORING_OP_RECV)
}

// RecvMultishot receives into a provided buffer of group each time that there
// is something, until the completion without More. From Linux 6.17 on n is how
// many bytes one completion takes at most; 0, and before that the only value
// there is, as many as the buffer holds.
//
// IORING_OP_RECV, in this form since Linux 6.0.
func (s *SQE) RecvMultishot(fd int, n int, flags uint32, group uint16) {
	if !s.start(uapi.IORING_OP_RECV, fd) {
		return
	}
	size, ok := s.room(uapi.IORING_OP_RECV, n)
	if !ok {
		return
	}
	s.entry.PrepRecvMultishot(int32(fd), nil, size, flags)
	s.group(group)
	s.arm(uapi.IORING_OP_RECV)
}

// RecvBundle receives once, into as many provided buffers of group as there is
// data for, at most n bytes; 0 has no limit. The ring must report
// IORING_FEAT_RECVSEND_BUNDLE.
//
// IORING_OP_RECV, in this form since Linux 6.10.
func (s *SQE) RecvBundle(fd int, n int, flags uint32, group uint16) {
	if !s.start(uapi.IORING_OP_RECV, fd) {
		return
	}
	size, ok := s.room(uapi.IORING_OP_RECV, n)
	if !ok {
		return
	}
	s.entry.PrepRecvBundle(int32(fd), size, flags)
	s.group(group)
	s.arm(uapi.IORING_OP_RECV)
}

// RecvMultishotBundle receives as RecvMultishot does, each completion into as
// many provided buffers as there is data for.
//
// IORING_OP_RECV, in this form since Linux 6.10.
func (s *SQE) RecvMultishotBundle(fd int, n int, flags uint32, group uint16) {
	if !s.start(uapi.IORING_OP_RECV, fd) {
		return
	}
	size, ok := s.room(uapi.IORING_OP_RECV, n)
	if !ok {
		return
	}
	s.entry.PrepRecvMultishotBundle(int32(fd), size, flags)
	s.group(group)
	s.arm(uapi.IORING_OP_RECV)
}

// RecvZC receives from a zero-copy interface queue, until the completion
// without More. Completions say where the data is in the queue's area. n is 0
// or the number of bytes after which it ends. The ring needs completions of 32
// bytes.
//
// IORING_OP_RECV_ZC, since Linux 6.15.
func (s *SQE) RecvZC(fd int, n int, flags uint32, ifq uint32) {
	const op = uapi.IORING_OP_RECV_ZC
	if !s.start(op, fd) || !s.size(op, "n", int64(n)) {
		return
	}
	s.entry.PrepRecvZc(int32(fd), uint32(n), flags, ifq)
	s.arm(op)
}

// Recvmsg receives into the Buffers and the Control of m. When it has
// completed, m tells the sender's Addr, how much of Control is filled and the
// MSG_* Flags. The Buffers are held, and need not stay in m.
//
// IORING_OP_RECVMSG, since Linux 5.3; recvmsg(2).
func (s *SQE) Recvmsg(fd int, m *Msg, flags uint32) {
	if !s.start(uapi.IORING_OP_RECVMSG, fd) {
		return
	}
	if hdr := s.incoming(uapi.IORING_OP_RECVMSG, m); hdr != nil {
		s.entry.PrepRecvmsg(int32(fd), hdr, flags)
		s.arm(uapi.IORING_OP_RECVMSG)
	}
}

// RecvmsgMultishot receives messages into provided buffers of group, until the
// completion without More. Each buffer begins with a header and as much room
// for the sender's address and for control data as f says; f.Parse tells what
// is in it. An empty message ends it, too.
//
// IORING_OP_RECVMSG, in this form since Linux 6.0.
func (s *SQE) RecvmsgMultishot(fd int, f MsgFormat, flags uint32, group uint16) {
	const op = uapi.IORING_OP_RECVMSG
	if !s.start(op, fd) {
		return
	}
	if reason := f.wrong(); reason != "" {
		s.wrong(op, "f", reason, "")
		return
	}
	a := s.attach()
	a.msg.Namelen = uint32(f.Name)
	a.msg.SetControllen(f.Control)
	s.entry.PrepRecvmsgMultishot(int32(fd), unsafe.Pointer(&a.msg), flags)
	s.group(group)
	s.arm(op)
}
