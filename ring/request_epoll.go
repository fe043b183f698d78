//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// EpollCtl adds, changes or removes fd in an epoll instance; cmd is one of
// EPOLL_CTL_*. event is copied, and may be nil to remove.
//
// IORING_OP_EPOLL_CTL, since Linux 5.6; epoll_ctl(2).
func (s *SQE) EpollCtl(epfd, cmd, fd int, event *unix.EpollEvent) {
	const op = uapi.IORING_OP_EPOLL_CTL
	if !s.start(op, epfd) || !s.fits(op, "cmd", cmd) || !s.fits(op, "fd", fd) {
		return
	}
	var p unsafe.Pointer
	if event != nil {
		a := s.attach()
		a.epoll = *event
		p = unsafe.Pointer(&a.epoll)
	}
	s.entry.PrepEpollCtl(int32(epfd), int32(fd), int32(cmd), p)
	s.arm(op)
}

// EpollWait waits for events of an epoll instance. The result is how many of
// events are filled in.
//
// IORING_OP_EPOLL_WAIT, since Linux 6.15; epoll_wait(2).
func (s *SQE) EpollWait(epfd int, events []unix.EpollEvent) {
	const op = uapi.IORING_OP_EPOLL_WAIT
	if !s.start(op, epfd) || !s.fits(op, "the length of events", len(events)) {
		return
	}
	p := unsafe.Pointer(unsafe.SliceData(events))
	s.entry.PrepEpollWait(int32(epfd), p, int32(len(events)), 0)
	s.keep(p)
	s.arm(op)
}
