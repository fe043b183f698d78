//go:build linux

package semantics

import (
	"fmt"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// What is armed goes on; what is to be armed is denied.
func TestDeniedMultishot(t *testing.T) {
	kernel.Need(t, filters)
	from, to := pipe(t)
	listener, connect := listen(t)
	for _, c := range []struct {
		name  string
		op    uapi.Op
		arm   prep
		event func() error
		takes func(res int32) error
	}{
		{"poll", uapi.IORING_OP_POLL_ADD, func(s *uapi.IoUringSqe) { s.PrepPollMultishot(int32(from), unix.POLLIN) },
			func() error { _, err := syscall.Write(to, []byte("x")); return err },
			func(res int32) error {
				_, err := syscall.Read(from, make([]byte, 8))
				if err == nil && res != unix.POLLIN {
					err = fmt.Errorf("events %#x", res)
				}
				return err
			}},
		{"accept", uapi.IORING_OP_ACCEPT, func(s *uapi.IoUringSqe) { s.PrepMultishotAccept(int32(listener), nil, nil, 0) },
			connect, func(res int32) error { return syscall.Close(int(res)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRing(t, 0)
			put(r, 1, c.arm)
			_, err := r.Submit()
			must(t, err)
			must(t, filter(r.FD(), c.op, deny))
			for i := range 3 {
				must(t, c.event())
				got, err := next(r, patience)
				must(t, err)
				if got.UserData != 1 || got.Flags&uapi.IORING_CQE_F_MORE == 0 {
					t.Fatalf("event %d: %+v", i, got)
				}
				must(t, c.takes(got.Res))
			}
			wants(t, "a new one", ask(r, c.arm), denied)
		})
	}
}

// A filter is asked once, when a request is submitted: what waits by then for
// others goes on.
func TestDeniedLater(t *testing.T) {
	kernel.Need(t, filters)
	for name, f := range map[string][2]uapi.SQEFlags{"linked": {uapi.IOSQE_IO_LINK, 0}, "draining": {0, uapi.IOSQE_IO_DRAIN}} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t, 0)
			from, to := pipe(t)
			put(r, 1, flagged(func(s *uapi.IoUringSqe) { s.PrepPollAdd(int32(from), unix.POLLIN) }, f[0]))
			put(r, 2, flagged(nop, f[1]))
			_, err := r.Submit()
			must(t, err)
			must(t, filter(r.FD(), opNop, deny))
			_, err = syscall.Write(to, []byte("x"))
			must(t, err)
			wants(t, "completions", results(r, 2), fmt.Sprintf("1=%d 2=0", unix.POLLIN))
			wants(t, "a new one", ask(r, nop), denied)
		})
	}
}

// listen makes a socket that listens, and what connects to it.
func listen(t *testing.T) (fd int, connect func() error) {
	t.Helper()
	socket := func() (int, error) {
		return syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	}
	fd, err := socket()
	must(t, err)
	t.Cleanup(func() { syscall.Close(fd) })
	must(t, syscall.Bind(fd, &syscall.SockaddrUnix{})) // the kernel chooses an abstract name
	must(t, syscall.Listen(fd, 8))
	addr, err := syscall.Getsockname(fd)
	must(t, err)
	return fd, func() error {
		c, err := socket()
		if err != nil {
			return err
		}
		defer syscall.Close(c)
		return syscall.Connect(c, addr)
	}
}
