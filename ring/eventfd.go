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

// eventfdUse is who has the ring's eventfd: there is but one.
type eventfdUse uint8

const (
	eventfdFree  eventfdUse = iota
	eventfdUsers            // SetEventfd
	eventfdWaits            // the ring's own, for goroutines that wait
)

// SetEventfd makes the kernel signal an eventfd (eventfd(2)) for each
// completion; with async only for those that did not come at once, while the
// request was submitted. The caller keeps it open until ClearEventfd or Close.
// The eventfd of a ring is one: it excludes Wait on rings that need it for that
// (EBUSY), and a second SetEventfd.
//
// IORING_REGISTER_EVENTFD since Linux 5.2, IORING_REGISTER_EVENTFD_ASYNC since
// Linux 5.6; io_uring_register(2).
func (r *Ring) SetEventfd(fd int, async bool) error {
	if fd < 0 || fd > math.MaxInt32 {
		return &ArgumentError{"SetEventfd", "fd", fmt.Sprintf("is %d", fd), "make one with eventfd(2)"}
	}
	return r.takeEventfd(eventfdUsers, fd, async)
}

// takeEventfd registers an eventfd on somebody's behalf.
func (r *Ring) takeEventfd(by eventfdUse, fd int, async bool) error {
	if err := r.registering("SetEventfd"); err != nil {
		return err
	}
	switch {
	case r.eventfd == eventfdWaits:
		return &OpError{"SetEventfd", syscall.EBUSY, "Wait uses the ring's eventfd"}
	case r.eventfd == eventfdUsers && by == eventfdWaits:
		return &OpError{"Wait", syscall.EBUSY, "give the ring's eventfd back with ClearEventfd"}
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
	r.eventfd = by
	return nil
}

// ClearEventfd ends the signals that SetEventfd began. ENXIO: there are none.
//
// IORING_UNREGISTER_EVENTFD, since Linux 5.2, io_uring_register(2).
func (r *Ring) ClearEventfd() error {
	if err := r.registering("ClearEventfd"); err != nil {
		return err
	}
	if r.eventfd == eventfdWaits {
		return &OpError{"ClearEventfd", syscall.ENXIO, "the ring's eventfd is that of Wait"}
	}
	if err := uapi.UnregisterEventfd(r.raw.fd); err != nil {
		return registerError("ClearEventfd", uapi.IORING_UNREGISTER_EVENTFD, err, map[syscall.Errno]string{
			syscall.ENXIO: "SetEventfd was not called",
		})
	}
	r.eventfd = eventfdFree
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
	if r.eventfd == eventfdWaits {
		return &OpError{"MuteEventfd", syscall.EBUSY, "Wait uses the ring's eventfd"}
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
