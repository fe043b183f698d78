//go:build linux

package ring

import (
	"fmt"
	"math"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// SetEventfd makes the kernel signal an eventfd (eventfd(2)) for each
// completion; with async only for those that its worker threads post. The
// caller keeps it open until ClearEventfd or Close. A ring has one: EBUSY. On
// rings with IORING_SETUP_DEFER_TASKRUN some kernels signal it milliseconds
// late, and Linux 6.12 may not signal at all.
//
// IORING_REGISTER_EVENTFD since Linux 5.2, IORING_REGISTER_EVENTFD_ASYNC since
// Linux 5.6; io_uring_register(2).
func (r *Ring) SetEventfd(fd int, async bool) error {
	if fd < 0 || fd > math.MaxInt32 {
		return &ArgumentError{"SetEventfd", "fd", fmt.Sprintf("is %d", fd), "make one with eventfd(2)"}
	}
	if err := r.registering("SetEventfd"); err != nil {
		return err
	}
	op, register := uapi.IORING_REGISTER_EVENTFD, uapi.RegisterEventfd
	if async {
		op, register = uapi.IORING_REGISTER_EVENTFD_ASYNC, uapi.RegisterEventfdAsync
	}
	if err := register(r.raw.fd, int32(fd)); err != nil {
		return registerError("SetEventfd", op, err, map[syscall.Errno]string{
			syscall.EBUSY:  "the ring has one already: ClearEventfd first",
			syscall.EINVAL: "the descriptor is no eventfd",
		})
	}
	return nil
}

// ClearEventfd ends the signals that SetEventfd began. ENXIO: there are none.
//
// IORING_UNREGISTER_EVENTFD, since Linux 5.2, io_uring_register(2).
func (r *Ring) ClearEventfd() error {
	if err := r.registering("ClearEventfd"); err != nil {
		return err
	}
	if err := uapi.UnregisterEventfd(r.raw.fd); err != nil {
		return registerError("ClearEventfd", uapi.IORING_UNREGISTER_EVENTFD, err, map[syscall.Errno]string{
			syscall.ENXIO: "SetEventfd was not called",
		})
	}
	return nil
}

// MuteEventfd keeps the kernel from signalling the eventfd, or lets it again.
// Completions that came meanwhile are not signalled afterwards: look for them
// after letting it.
//
// IORING_CQ_EVENTFD_DISABLED, since Linux 5.8.
func (r *Ring) MuteEventfd(mute bool) error {
	if err := r.raw.alive(); err != nil {
		return err
	}
	offset := r.raw.params.CqOff.Flags
	if offset == 0 {
		return &UnsupportedError{Feature: "MuteEventfd", MinKernel: "5.8"}
	}
	flags := (*atomic.Uint32)(unsafe.Pointer(&r.raw.memory.rings[offset]))
	if mute {
		flags.Or(uint32(uapi.IORING_CQ_EVENTFD_DISABLED))
	} else {
		flags.And(^uint32(uapi.IORING_CQ_EVENTFD_DISABLED))
	}
	return nil
}
