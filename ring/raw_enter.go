//go:build linux

package ring

import (
	"errors"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Submit hands all entries to the kernel and returns how many it took. It
// waits for nothing. On an error the entries that were not taken stay in the
// queue and go with the next call. EBUSY: completions must be reaped first,
// EAGAIN: the kernel is short of memory, EBADFD: the ring is disabled, EEXIST:
// another thread owns it.
//
// With IORING_SETUP_SQPOLL the entries are the polling thread's to take, which
// is woken if need be.
func (q *Raw) Submit() (int, error) {
	if q.detour {
		return q.submitDetour()
	}
	n := q.publish()
	if n == 0 {
		return 0, q.alive()
	}
	var err error
	if q.tell {
		_, err = uapi.Enter(q.enterFD, n, 0, 0, nil)
	} else {
		_, err = uapi.EnterRaw(q.enterFD, n, 0)
	}
	from := q.head
	q.seeHead()
	if err == nil && q.head == q.tail {
		return int(n), nil
	}
	return q.submitRest(from, err)
}

// publish shows all entries to the kernel, and returns how many it has not
// taken: those of a call that failed are among them.
func (q *Raw) publish() uint32 {
	q.ktail.Store(q.tail)
	q.published = q.tail
	return q.tail - q.head
}

// submitRest goes on where the kernel stopped: at a signal, or behind an entry
// that it refused. from is the head before the first call.
func (q *Raw) submitRest(from uint32, err error) (int, error) {
	for stuck := 0; q.head != q.tail; {
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return int(q.head - from), q.enterError(err)
		}
		before := q.head
		_, err = uapi.Enter(q.enterFD, q.tail-q.head, 0, 0, nil)
		q.seeHead()
		if err == nil && q.head == before {
			if stuck++; stuck == 3 {
				return int(q.head - from), q.enterError(syscall.EAGAIN)
			}
		}
	}
	return int(q.head - from), nil
}

// submitDetour submits on the kinds of rings that have a way of their own.
func (q *Raw) submitDetour() (int, error) {
	if q.sqpoll {
		return q.publishToThread()
	}
	return q.submitFromFront()
}

// publishToThread leaves the entries to the kernel's polling thread.
func (q *Raw) publishToThread() (int, error) {
	if err := q.alive(); err != nil {
		return 0, err
	}
	n := int(q.tail - q.published)
	q.publish() // a full barrier lies in its store: the flags are read after it
	q.seeHead()
	if uapi.SQRingFlags(q.kflags.Load())&uapi.IORING_SQ_NEED_WAKEUP == 0 || q.head == q.tail {
		return n, nil
	}
	for {
		_, err := uapi.Enter(q.enterFD, q.tail-q.head, 0, uapi.IORING_ENTER_SQ_WAKEUP, nil)
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return n, q.enterError(err)
		}
	}
}

// SubmitAndWait submits as Submit does, and waits until at least want
// completions are ready, or as many as the queue holds. It waits for ever if
// fewer requests are in flight.
func (q *Raw) SubmitAndWait(want uint32) (int, error) {
	n, err := q.Submit()
	if err != nil || q.Ready() >= want {
		return n, err
	}
	return n, q.wait(want, nil, 0)
}

// wait waits until want completions are ready. A deadline that is not nil
// limits it: ErrTimeout. With a minWait fewer will do after that time.
func (q *Raw) wait(want uint32, deadline *time.Time, minWait time.Duration) error {
	want = min(want, q.mostReady())
	q.giveBack()
	var few time.Time // when fewer will do
	if minWait != 0 {
		few = time.Now().Add(minWait)
	}
	for q.Ready() < want {
		var err error
		if deadline == nil && minWait == 0 {
			_, err = uapi.Enter(q.enterFD, 0, want, uapi.IORING_ENTER_GETEVENTS, nil)
		} else {
			left := minWait
			if left != 0 { // a signal must not begin it anew; 0 would be none
				left = max(time.Until(few), time.Microsecond)
			}
			err = q.enterUntil(want, deadline, left)
		}
		ready := q.Ready()
		switch {
		case err != nil && !errors.Is(err, syscall.ETIME) && !errors.Is(err, syscall.EINTR):
			return q.enterError(err)
		case ready >= want:
			return nil
		case minWait != 0 && ready > 0 && !time.Now().Before(few):
			return nil
		case errors.Is(err, syscall.ETIME), deadline != nil && !time.Now().Before(*deadline):
			// With something ready the kernel does not say that the time is over.
			return ErrTimeout
		}
	}
	return nil
}

// mostReady is for how many places of the completion queue one may wait. In a
// mixed queue a long completion needs three, with a filler before it: waiting
// for one of the last two while it does not fit, the kernel (Linux 6.18) goes
// round in circles and cannot be killed.
func (q *Raw) mostReady() uint32 {
	if q.mixed && q.cqMask > 2 {
		return q.cqMask - 1
	}
	if q.mixed {
		return 1
	}
	return q.cqMask + 1
}

// enterUntil waits once, at most until the deadline: the rest of the time is
// worked out anew for each call, so that signals do not prolong it.
func (q *Raw) enterUntil(want uint32, deadline *time.Time, minWait time.Duration) error {
	if q.pollsDevices() {
		return q.pollDevices()
	}
	if q.info.Features&uapi.IORING_FEAT_EXT_ARG == 0 {
		return q.pollUntil(deadline)
	}
	var ts *uapi.KernelTimespec
	if deadline != nil {
		left := max(time.Until(*deadline), 0)
		ts = &uapi.KernelTimespec{TvSec: int64(left / time.Second), TvNsec: int64(left % time.Second)}
	}
	_, err := uapi.EnterTimeout(q.enterFD, 0, want, uapi.IORING_ENTER_GETEVENTS, ts, uint32(minWait/time.Microsecond), nil)
	return err
}

// Flush runs completion work that waits for the thread to enter the kernel,
// and brings completions that did not fit into the queue, if there are any. It
// does not wait.
func (q *Raw) Flush() error {
	const pending = uapi.IORING_SQ_CQ_OVERFLOW | uapi.IORING_SQ_TASKRUN
	if uapi.SQRingFlags(q.kflags.Load())&pending == 0 && !q.mustEnter() {
		return nil
	}
	q.giveBack()
	_, err := uapi.EnterRaw(q.enterFD, 0, uapi.IORING_ENTER_GETEVENTS)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return q.enterError(err)
	}
	return nil
}

// mustEnter tells whether only entering the kernel shows if there is something
// to reap: polled devices, and deferred work that sets no flag.
func (q *Raw) mustEnter() bool {
	f := q.info.Flags
	return f&uapi.IORING_SETUP_IOPOLL != 0 ||
		f&(uapi.IORING_SETUP_DEFER_TASKRUN|uapi.IORING_SETUP_TASKRUN_FLAG) == uapi.IORING_SETUP_DEFER_TASKRUN
}

func (q *Raw) alive() error {
	if q.fd == -1 {
		return ErrClosed
	}
	return nil
}

// remedies are what can be done about an errno of io_uring_enter(2).
var remedies = map[syscall.Errno]string{
	syscall.EBUSY:  "reap completions first",
	syscall.EAGAIN: "the kernel is short of memory for requests: reap completions and try again",
	syscall.EBADFD: "the ring is disabled: call Enable first",
	syscall.EEXIST: remedyThread,
}

func (q *Raw) enterError(err error) error {
	if q.fd == -1 {
		return ErrClosed
	}
	if err := q.onThread("enter"); err != nil {
		return err // a registered index means another ring there, or none
	}
	var errno syscall.Errno
	errors.As(err, &errno)
	return &OpError{"enter", err, remedies[errno]}
}
