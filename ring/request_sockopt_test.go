//go:build linux

package ring

import (
	"encoding/binary"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

func TestSocketOptions(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_URING_CMD)
	_, addr := listener(t)
	fd := dial(t, addr)
	var typ int32
	needForm(t, "options of sockets", "6.7", r, func(s *SQE) { s.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE, &typ) }, syscall.EOPNOTSUPP)
	if typ != unix.SOCK_STREAM {
		t.Fatal(typ)
	}
	ok(t, r, func(s *SQE) { s.SetsockoptInt(fd, unix.SOL_TCP, unix.TCP_KEEPIDLE, 77) })
	if v, err := unix.GetsockoptInt(fd, unix.SOL_TCP, unix.TCP_KEEPIDLE); err != nil || v != 77 {
		t.Fatal(v, err)
	}
	linger := make([]byte, 8)
	binary.NativeEndian.PutUint32(linger, 1)
	binary.NativeEndian.PutUint32(linger[4:], 5)
	ok(t, r, func(s *SQE) { s.Setsockopt(fd, unix.SOL_SOCKET, unix.SO_LINGER, linger) })
	clear(linger)
	if n := ok(t, r, func(s *SQE) { s.Getsockopt(fd, unix.SOL_SOCKET, unix.SO_LINGER, linger) }); n != 8 || linger[0]|linger[3] != 1 || linger[4]|linger[7] != 5 {
		t.Fatal(n, linger)
	}
	refused(t, r, func(s *SQE) { s.GetsockoptInt(fd, unix.SOL_TCP, unix.TCP_KEEPIDLE, &typ) }, syscall.EOPNOTSUPP)
	refused(t, r, func(s *SQE) { s.SetsockoptInt(fd, unix.SOL_TCP, 9999, 1) }, syscall.ENOPROTOOPT)
}

func TestBytesInSockets(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_URING_CMD)
	fd, conn := connection(t)
	write(t, conn, "seven b")
	if n, _, err := unix.Recvfrom(fd, make([]byte, 7), unix.MSG_PEEK|unix.MSG_WAITALL); n != 7 || err != nil {
		t.Fatal(n, err)
	}
	needForm(t, "asking how much waits in sockets", "6.6", r, func(s *SQE) { s.Siocinq(fd) }, syscall.EOPNOTSUPP)
	if n := ok(t, r, func(s *SQE) { s.Siocinq(fd) }); n != 7 {
		t.Fatal(n)
	}
	if n := ok(t, r, func(s *SQE) { s.UringCmd(fd, uint32(uapi.SOCKET_URING_OP_SIOCINQ), 0, nil) }); n != 7 {
		t.Fatal(n)
	}
	// What a peer that does not read leaves unsent stays to be counted.
	big := make([]byte, 8<<20)
	if err := unix.SetNonblock(conn, true); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := unix.Write(conn, big); err != nil {
			break
		}
	}
	queued32, err := unix.IoctlGetUint32(conn, unix.SIOCOUTQ) // an int of C, which IoctlGetInt is not on big-endian machines
	queued := int(queued32)
	if n := ok(t, r, func(s *SQE) { s.Siocoutq(conn) }); err != nil || n == 0 || n != queued {
		t.Fatal(n, queued, err)
	}
}

// TestUringCmd hands a command with a payload to a socket.
func TestUringCmd(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_URING_CMD)
	_, fd := tempFile(t, "")
	refused(t, r, func(s *SQE) { s.UringCmd(fd, 1, 0, []byte{1, 2, 3}) }, syscall.EOPNOTSUPP, syscall.ENOTTY)
	a, _ := pair(t, unix.SOCK_STREAM)
	refused(t, r, func(s *SQE) { s.UringCmd(a, 12345, 0, nil) }, syscall.EOPNOTSUPP)
	refused(t, r, func(s *SQE) { s.UringCmd(a, 0, 1<<30, nil) }, syscall.EINVAL)
}

// TestDiscard has no block device that it could discard a part of.
func TestDiscard(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_URING_CMD)
	_, fd := tempFile(t, "content")
	refused(t, r, func(s *SQE) { s.Discard(fd, 0, 4096) }, syscall.EOPNOTSUPP, syscall.ENOTTY)
}

func TestWideRequests(t *testing.T) {
	_, r := formRings(t)
	needOps(t, r, uapi.IORING_OP_NOP128, uapi.IORING_OP_URING_CMD128)
	if n := ok(t, r, func(s *SQE) { s.Nop128() }); n != 0 {
		t.Fatal(n)
	}
	a, b := connection(t)
	write(t, b, "waiting")
	if n, _, err := unix.Recvfrom(a, make([]byte, 7), unix.MSG_PEEK|unix.MSG_WAITALL); n != 7 || err != nil {
		t.Fatal(n, err)
	}
	if n := ok(t, r, func(s *SQE) { s.UringCmd128(a, uint32(uapi.SOCKET_URING_OP_SIOCINQ), 0, nil) }); n != 7 {
		t.Fatal(n)
	}
	refused(t, r, func(s *SQE) { s.UringCmd128(a, 12345, 0, make([]byte, 80)) }, syscall.EOPNOTSUPP)
	refused(t, r, func(s *SQE) { s.UringCmd128(-1, 0, 0, nil) }, syscall.EBADF)
}
