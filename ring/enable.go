//go:build linux

package ring

import (
	"errors"
	"runtime"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Enable starts a ring that was made with IORING_SETUP_R_DISABLED. Unless the
// ring was made with AnyThread, it belongs to the calling thread from then on,
// to which Enable locks the goroutine until Close. EBADFD: the ring is enabled.
//
// IORING_REGISTER_ENABLE_RINGS, since Linux 5.10, io_uring_register(2).
func (r *Ring) Enable() error { return r.raw.Enable() }

// Enable is as Enable of Ring.
func (q *Raw) Enable() error {
	if q.fd == -1 {
		return ErrClosed
	}
	if err := q.onThread("enable"); err != nil {
		return err
	}
	runtime.LockOSThread() // before: the kernel binds the ring to the thread that enables it
	if err := uapi.RegisterEnableRings(q.fd); err != nil {
		runtime.UnlockOSThread()
		remedy := ""
		if errors.Is(err, syscall.EBADFD) {
			remedy = "the ring was not made with IORING_SETUP_R_DISABLED, or is enabled already"
		}
		return &OpError{"enable", err, remedy}
	}
	q.enabled = true
	if q.tid == 0 && q.bound() {
		q.bind()
	} else {
		runtime.UnlockOSThread()
	}
	return nil
}

// bound tells whether the ring belongs to a thread by now: one with a single
// issuer once it is enabled, one without a descriptor from the start.
func (q *Raw) bound() bool {
	f := q.info.Flags
	if f&uapi.IORING_SETUP_REGISTERED_FD_ONLY != 0 {
		return true
	}
	return f&uapi.IORING_SETUP_SINGLE_ISSUER != 0 && (f&uapi.IORING_SETUP_R_DISABLED == 0 || q.enabled)
}

// bind notes the calling thread, which is locked, as the ring's, and gets an
// index there that spares the kernel looking up the descriptor.
func (q *Raw) bind() {
	q.tid = syscall.Gettid()
	if q.fd < 0 {
		q.info.Registered = true
		return
	}
	if index, err := uapi.RegisterRingFd(q.fd); err == nil {
		q.enterFD = uapi.RegisteredRing(int(index))
		q.info.Registered = true
	}
}

// registeredIndex undoes uapi.RegisteredRing.
func registeredIndex(fd int) uint32 { return uint32(-2 - fd) }

// closeRing gives a ring back that nothing is mapped of any more, or that the
// kernel keeps for what is mapped.
func closeRing(fd int) error {
	if fd < -1 {
		return uapi.UnregisterRingFd(fd, registeredIndex(fd))
	}
	return syscall.Close(fd)
}
