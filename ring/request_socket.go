//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Socket makes a socket, as socket(2) does. The result is a descriptor, or with
// SetDirect a slot of the file table.
//
// IORING_OP_SOCKET, since Linux 5.19.
func (s *SQE) Socket(domain, typ, protocol int) {
	const op = uapi.IORING_OP_SOCKET
	if !s.begin() || !s.fits(op, "domain", domain) || !s.fits(op, "typ", typ) || !s.fits(op, "protocol", protocol) {
		return
	}
	s.entry.PrepSocket(int32(domain), int32(typ), int32(protocol), 0)
	s.arm(op)
}

// Bind gives a socket its address. addr is copied.
//
// IORING_OP_BIND, since Linux 6.11; bind(2).
func (s *SQE) Bind(fd int, addr *Sockaddr) {
	if !s.start(uapi.IORING_OP_BIND, fd) {
		return
	}
	p, n := s.address(addr)
	s.entry.PrepBind(int32(fd), p, n)
	s.arm(uapi.IORING_OP_BIND)
}

// Listen makes a socket take connections, of which backlog may wait.
//
// IORING_OP_LISTEN, since Linux 6.11; listen(2).
func (s *SQE) Listen(fd int, backlog int) {
	const op = uapi.IORING_OP_LISTEN
	if !s.start(op, fd) || !s.fits(op, "backlog", backlog) {
		return
	}
	s.entry.PrepListen(int32(fd), int32(backlog))
	s.arm(op)
}

// Connect connects a socket, and completes when that is done or has failed.
// addr is copied.
//
// IORING_OP_CONNECT, since Linux 5.5; connect(2).
func (s *SQE) Connect(fd int, addr *Sockaddr) {
	if !s.start(uapi.IORING_OP_CONNECT, fd) {
		return
	}
	p, n := s.address(addr)
	s.entry.PrepConnect(int32(fd), p, n)
	s.arm(uapi.IORING_OP_CONNECT)
}

// Accept takes one connection, with the SOCK_* flags of accept4(2). The result
// is a descriptor, or with SetDirect a slot of the file table. from becomes the
// peer's address; nil does without.
//
// IORING_OP_ACCEPT, since Linux 5.5.
func (s *SQE) Accept(fd int, from *Sockaddr, flags uint32) {
	if !s.start(uapi.IORING_OP_ACCEPT, fd) {
		return
	}
	p, n := from.empty()
	s.entry.PrepAccept(int32(fd), p, n, flags)
	if from != nil {
		s.keep(unsafe.Pointer(from))
	}
	s.arm(uapi.IORING_OP_ACCEPT)
}

// AcceptMultishot takes connections, a completion with a descriptor for each,
// until the one without More. With SetDirect and AnySlot they go into the file
// table. Addresses of peers are to be asked for with Getpeername.
//
// IORING_OP_ACCEPT, in this form since Linux 5.19.
func (s *SQE) AcceptMultishot(fd int, flags uint32) {
	if !s.start(uapi.IORING_OP_ACCEPT, fd) {
		return
	}
	s.entry.PrepMultishotAccept(int32(fd), nil, nil, flags)
	s.arm(uapi.IORING_OP_ACCEPT)
}

// Shutdown ends one or both directions of a connection: SHUT_RD, SHUT_WR,
// SHUT_RDWR.
//
// IORING_OP_SHUTDOWN, since Linux 5.11; shutdown(2).
func (s *SQE) Shutdown(fd int, how int) {
	const op = uapi.IORING_OP_SHUTDOWN
	if !s.start(op, fd) || !s.fits(op, "how", how) {
		return
	}
	s.entry.PrepShutdown(int32(fd), int32(how))
	s.arm(op)
}
