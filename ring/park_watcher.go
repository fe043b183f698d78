//go:build linux

package ring

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watcher is a parker in the poller of the Go runtime, which watches the ring's
// descriptor.
//
// No wake-up can be lost: the poller is edge-triggered, and an edge since it was
// last armed ends the next wait. The runtime arms it before it calls look, and
// the kernel posts a completion before it wakes pollers.
type watcher struct {
	file *os.File // a copy of the ring's descriptor
	conn syscall.RawConn
	look func(fd uintptr) bool
}

func newWatcher(r *Ring) (parker, error) {
	fd, err := unix.FcntlInt(uintptr(r.raw.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &OpError{"copy of the ring's descriptor", err, ""}
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, &OpError{"copy of the ring's descriptor", err, ""}
	}
	w := &watcher{file: os.NewFile(uintptr(fd), "io_uring")}
	w.look = func(uintptr) bool { return r.ready() }
	if w.conn, err = w.file.SyscallConn(); err == nil && w.file.SetReadDeadline(time.Time{}) != nil {
		err = &OpError{"wait", watchError(fd), "Go's poller does not watch the ring; see /proc/sys/fs/epoll/max_user_watches"}
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// watchError is why a descriptor cannot be watched, which package os keeps to
// itself.
func watchError(fd int) error {
	e, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(e)
	if err := unix.EpollCtl(e, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN}); err != nil {
		return err
	}
	return syscall.ENOSPC
}

func (w *watcher) park(bool) error { return w.conn.Read(w.look) }

// longAgo, as a deadline, ends a read at once.
var longAgo = time.Unix(1, 0)

func (w *watcher) interrupt() { _ = w.file.SetReadDeadline(longAgo) }

func (w *watcher) rearm() { _ = w.file.SetReadDeadline(time.Time{}) }

func (w *watcher) close() { _ = w.file.Close() }
