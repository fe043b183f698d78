//go:build linux

package ring

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pollFD is struct pollfd of poll(2).
type pollFD struct {
	fd      int32
	events  int16
	revents int16
}

const pollIn = unix.POLLIN

// ppoll is ppoll(2) with a limit of time.
func ppoll(fds []pollFD, limit time.Duration) (int, error) {
	ts := unix.NsecToTimespec(int64(limit))
	n, _, errno := syscall.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fds[0])), uintptr(len(fds)), uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
