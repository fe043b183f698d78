package register

import (
	"fmt"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// txTimestamps is a probe of its own kind: a socket that can be asked at all.
var txTimestamps = kernel.Feature{
	Name: "timestamps of sent packets", Since: kernel.Version{Major: 6, Minor: 17},
	Probe: func() error {
		r, err := openRing(uapi.IORING_SETUP_CQE32)
		if err != nil {
			return err
		}
		defer r.close()
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		r.push(func(s *uapi.IoUringSqe) { s.PrepCmdTxTimestamp(int32(fd)) })
		if _, err := uapi.Enter(r.fd, 1, 0, 0, nil); err != nil {
			return err
		}
		for _, c := range r.reap() {
			return fmt.Errorf("a request on a socket without packets ends with %w", syscall.Errno(-c.Res))
		}
		return nil
	},
}

// A request without any flag or buffer group reports every packet.
func TestTxTimestamp(t *testing.T) {
	kernel.Need(t, txTimestamps)
	const (
		soTimestamping = 37 // SO_TIMESTAMPING_OLD, but on sparc and parisc
		txSoftware     = 1<<1 | 1<<4
		idsOnly        = 1<<7 | 1<<11
		packets        = 3
	)
	r := newRing(t, uapi.IORING_SETUP_CQE32)
	var fds [2]int
	for i := range fds {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fd)
		fds[i] = fd
	}
	from, to := fds[0], fds[1]
	if err := syscall.Bind(to, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	address, err := syscall.Getsockname(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.SetsockoptInt(from, syscall.SOL_SOCKET, soTimestamping, txSoftware|idsOnly); err != nil {
		t.Fatal(err)
	}
	r.push(func(s *uapi.IoUringSqe) { s.PrepCmdTxTimestamp(int32(from)); s.UserData = 7 })
	if n, err := uapi.Enter(r.fd, 1, 0, 0, nil); err != nil || n != 1 {
		t.Fatalf("enter: %d, %v", n, err)
	}
	for range packets {
		if err := syscall.Sendto(from, []byte("x"), 0, address); err != nil {
			t.Fatal(err)
		}
	}
	r.wait(packets)
	for i := range uint32(packets) {
		at := r.params.CqOff.Cqes + 32*i
		c := (*uapi.IoUringCqe)(unsafe.Pointer(&r.cq[at]))
		ts := (*uapi.IoTimespec)(unsafe.Pointer(&c.BigCqe(2)[0]))
		if c.UserData != 7 || c.Res != int32(i) || c.Flags&uapi.IORING_CQE_F_MORE == 0 || ts.TvSec == 0 {
			t.Errorf("packet %d: user data %d, result %d, %v, %+v", i, c.UserData, c.Res, c.Flags, ts)
		}
	}
}
