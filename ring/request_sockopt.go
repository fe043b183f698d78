//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Getsockopt fetches an option of a socket into value, which is as long as the
// option's type. level must be SOL_SOCKET. The result is the option's length in
// bytes.
//
// IORING_OP_URING_CMD, in this form since Linux 6.7; getsockopt(2).
func (s *SQE) Getsockopt(fd, level, option int, value []byte) {
	if s.option(fd, level, option, len(value)) {
		p := unsafe.Pointer(unsafe.SliceData(value))
		s.entry.PrepCmdGetsockopt(int32(fd), uint32(level), uint32(option), p, uint32(len(value)))
		s.keep(p)
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}

// GetsockoptInt is Getsockopt of an int of C.
func (s *SQE) GetsockoptInt(fd, level, option int, value *int32) {
	if s.option(fd, level, option, 4) {
		p := unsafe.Pointer(value)
		s.entry.PrepCmdGetsockopt(int32(fd), uint32(level), uint32(option), p, 4)
		s.keep(p)
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}

// Setsockopt sets an option of a socket to value, as setsockopt(2) does.
//
// IORING_OP_URING_CMD, in this form since Linux 6.7.
func (s *SQE) Setsockopt(fd, level, option int, value []byte) {
	if s.option(fd, level, option, len(value)) {
		p := unsafe.Pointer(unsafe.SliceData(value))
		s.entry.PrepCmdSetsockopt(int32(fd), uint32(level), uint32(option), p, uint32(len(value)))
		s.keep(p)
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}

// SetsockoptInt is Setsockopt of an int of C.
func (s *SQE) SetsockoptInt(fd, level, option int, value int32) {
	if s.option(fd, level, option, 4) {
		a := s.attach()
		a.option = value
		s.entry.PrepCmdSetsockopt(int32(fd), uint32(level), uint32(option), unsafe.Pointer(&a.option), 4)
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}

func (s *SQE) option(fd, level, option, size int) bool {
	const op = uapi.IORING_OP_URING_CMD
	return s.start(op, fd) && s.fits(op, "level", level) && s.fits(op, "option", option) && s.fits(op, "the length of value", size)
}

// Siocinq asks how many bytes wait to be received; the result is their number.
//
// IORING_OP_URING_CMD, in this form since Linux 6.6; as SIOCINQ of tcp(7).
func (s *SQE) Siocinq(fd int) {
	if s.start(uapi.IORING_OP_URING_CMD, fd) {
		s.entry.PrepCmdSiocinq(int32(fd))
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}

// Siocoutq asks how many bytes wait to be sent; the result is their number.
//
// IORING_OP_URING_CMD, in this form since Linux 6.6; as SIOCOUTQ of tcp(7).
func (s *SQE) Siocoutq(fd int) {
	if s.start(uapi.IORING_OP_URING_CMD, fd) {
		s.entry.PrepCmdSiocoutq(int32(fd))
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}

// TxTimestamp tells when packets were sent, a completion of 32 bytes for each,
// until the one without More. The socket must have SO_TIMESTAMPING set up, the
// ring IORING_SETUP_CQE32 or IORING_SETUP_CQE_MIXED.
//
// IORING_OP_URING_CMD, in this form since Linux 6.17.
func (s *SQE) TxTimestamp(fd int) {
	if s.start(uapi.IORING_OP_URING_CMD, fd) {
		s.entry.PrepCmdTxTimestamp(int32(fd))
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}

// Getsockname fetches the address of a socket.
//
// IORING_OP_URING_CMD, in this form since Linux 6.19; getsockname(2).
func (s *SQE) Getsockname(fd int, addr *Sockaddr) { s.socketName(fd, addr, 0) }

// Getpeername fetches the address that a socket is connected to.
//
// IORING_OP_URING_CMD, in this form since Linux 6.19; getpeername(2).
func (s *SQE) Getpeername(fd int, addr *Sockaddr) { s.socketName(fd, addr, 1) }

func (s *SQE) socketName(fd int, addr *Sockaddr, peer int32) {
	if s.start(uapi.IORING_OP_URING_CMD, fd) {
		p, n := addr.empty()
		s.entry.PrepCmdGetsockname(int32(fd), p, n, peer)
		s.keep(unsafe.Pointer(addr))
		s.arm(uapi.IORING_OP_URING_CMD)
	}
}
