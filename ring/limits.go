//go:build linux

package ring

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// checkLimits tells whether the kernel can keep to l.
func (q *Raw) checkLimits(l Limits) error {
	switch {
	case l.MinWait < 0 || l.MinWait > math.MaxUint32*time.Microsecond:
		return &ArgumentError{"SubmitAndWaitLimits", "MinWait", "is " + l.MinWait.String(), "use a duration from 0 to 71 minutes"}
	case l.MinWait > 0 && q.info.Features&uapi.IORING_FEAT_MIN_TIMEOUT == 0:
		return &UnsupportedError{Feature: "a minimum wait", MinKernel: "6.12"}
	case l.MinWait > 0 && q.info.Flags&uapi.IORING_SETUP_IOPOLL != 0:
		return &ArgumentError{"SubmitAndWaitLimits", "MinWait", "is set on a ring that polls devices", "leave it 0"}
	}
	return nil
}

// pollUntil waits for completions with poll(2) on the ring, for kernels before
// 5.11, whose io_uring_enter(2) takes no limit of time. It says ETIME as that
// does.
func (q *Raw) pollUntil(deadline *time.Time) error {
	left := max(time.Until(*deadline), 0)
	if q.Ready() > 0 { // poll would return at once: look now and then
		time.Sleep(min(left, time.Millisecond))
		return nil
	}
	fds := []pollFD{{fd: int32(q.fd), events: pollIn}}
	n, err := ppoll(fds, left)
	switch {
	case err != nil:
		return err
	case n == 0:
		return syscall.ETIME
	}
	return nil
}

// pollsDevices tells whether only entering the kernel finds completions.
func (q *Raw) pollsDevices() bool {
	const polls = uapi.IORING_SETUP_IOPOLL | uapi.IORING_SETUP_SQPOLL
	return q.info.Flags&polls == uapi.IORING_SETUP_IOPOLL
}

// pollDevices looks once for completions of polled devices: the kernel would
// not look at a limit of time there.
func (q *Raw) pollDevices() error {
	runtime.Gosched()
	_, err := uapi.Enter(q.enterFD, 0, 0, uapi.IORING_ENTER_GETEVENTS, nil)
	return err
}

// waitForRoom waits until the submission queue has room, which a ring has at
// once after a submission, but for the polling thread.
func (q *Raw) waitForRoom() error {
	if err := q.alive(); err != nil {
		return err
	}
	if !q.sqpoll {
		return &OpError{"enter", syscall.EAGAIN, fmt.Sprintf("the queue of %d entries stays full", q.sqSize)}
	}
	_, err := uapi.Enter(q.enterFD, 0, 0, uapi.IORING_ENTER_SQ_WAIT|q.wakeup(), nil)
	q.seeHead()
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return q.enterError(err)
	}
	return nil
}

// wakeup is the flag that wakes the polling thread, if it sleeps.
func (q *Raw) wakeup() uapi.EnterFlags {
	if uapi.SQRingFlags(q.kflags.Load())&uapi.IORING_SQ_NEED_WAKEUP != 0 {
		return uapi.IORING_ENTER_SQ_WAKEUP
	}
	return 0
}
