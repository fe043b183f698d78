//go:build linux

package ring

import (
	"errors"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

func TestEpoll(t *testing.T) {
	r := newRing(t, 8, nil)
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(epfd)
	in, out := pipe(t)
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: 1234, Pad: 5678}
	ok(t, r, func(s *SQE) { s.EpollCtl(epfd, unix.EPOLL_CTL_ADD, in, &event) })
	refused(t, r, func(s *SQE) { s.EpollCtl(epfd, unix.EPOLL_CTL_ADD, in, &event) }, syscall.EEXIST)
	write(t, out, "x")
	events := make([]unix.EpollEvent, 3)
	if n, err := unix.EpollWait(epfd, events, 0); n != 1 || err != nil || events[0] != event {
		t.Fatal(n, err, events)
	}
	ok(t, r, func(s *SQE) { s.EpollCtl(epfd, unix.EPOLL_CTL_DEL, in, nil) })
	if n, err := unix.EpollWait(epfd, events, 0); n != 0 || err != nil {
		t.Fatal(n, err, events)
	}
}

func TestEpollWait(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_EPOLL_WAIT)
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(epfd)
	in, out := pipe(t)
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: 1234, Pad: 5678}
	ok(t, r, func(s *SQE) { s.EpollCtl(epfd, unix.EPOLL_CTL_ADD, in, &event) })
	events := make([]unix.EpollEvent, 3)
	start(t, r, func(s *SQE) { s.EpollWait(epfd, events) })
	write(t, out, "x")
	if c := next(t, r); c.Res != 1 || events[0] != event {
		t.Fatal(c, events)
	}
	refused(t, r, func(s *SQE) { s.EpollWait(epfd, nil) }, syscall.EINVAL)
}

func TestFutex(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_FUTEX_WAIT, uapi.IORING_OP_FUTEX_WAKE, uapi.IORING_OP_FUTEX_WAITV)
	words := make([]uint32, 3)
	refused(t, r, func(s *SQE) { s.FutexWait(&words[0], 1, FutexAny, 0) }, syscall.EAGAIN)
	for _, flags := range []uint32{0, uapi.FUTEX2_PRIVATE} {
		id := start(t, r, func(s *SQE) { s.FutexWait(&words[0], 0, 0b100, flags) })
		if n := ok(t, r, func(s *SQE) { s.FutexWake(&words[0], 1, 0b011, flags) }); n != 0 {
			t.Fatal("woken in spite of the mask")
		}
		atomic.StoreUint32(&words[0], 7)
		s := r.Next()
		s.FutexWake(&words[0], 5, 0b110, flags)
		woken := map[uapi.Op]int32{}
		for range 2 {
			c := next(t, r)
			woken[c.Op] = c.Res
		}
		if woken[uapi.IORING_OP_FUTEX_WAKE] != 1 || woken[id.Op()] != 0 {
			t.Fatal(woken)
		}
		words[0] = 0
	}
	list := []Futex{{Word: &words[1]}, {Word: &words[2], Flags: uapi.FUTEX2_PRIVATE}}
	start(t, r, func(s *SQE) { s.FutexWaitv(list) })
	clear(list) // it was copied
	s := r.Next()
	s.FutexWake(&words[2], 1, FutexAny, uapi.FUTEX2_PRIVATE)
	for range 2 {
		if c := next(t, r); c.Res != 1 { // one woken, and the second of the list
			t.Fatalf("%+v", c)
		}
	}
}

func TestWaitid(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_WAITID)
	var child ChildInfo
	refused(t, r, func(s *SQE) { s.Waitid(unix.P_PID, os.Getpid(), &child, unix.WEXITED) }, syscall.ECHILD)
	cmd := exec.Command("/proc/self/exe", "-test.no-such-flag")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	ok(t, r, func(s *SQE) { s.Waitid(unix.P_PID, pid, &child, unix.WEXITED|unix.WNOWAIT) })
	const exited = 1 // CLD_EXITED
	if child.Pid() != pid || child.Code() != exited || child.Status() != 2 || child.UID() != os.Getuid() {
		t.Fatalf("%d %d %d %d", child.Pid(), child.Code(), child.Status(), child.UID())
	}
	ok(t, r, func(s *SQE) { s.Waitid(unix.P_PID, pid, nil, unix.WEXITED) })
	if err := cmd.Wait(); !errors.Is(err, syscall.ECHILD) {
		t.Fatal(err)
	}
}
