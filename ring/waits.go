//go:build linux

package ring

import (
	"errors"
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// RegisterWaits makes room for n registered waits, numbered from 0: limits that
// are written down once, so that the kernel need not copy them for each wait.
// SetWait fills them in, SubmitAndWaitRegistered uses them. They are the ring's
// region. The ring must have been made with IORING_SETUP_R_DISABLED and not be
// enabled yet (EINVAL). Errors are those of RegisterRegion.
//
// IORING_REGISTER_MEM_REGION, since Linux 6.13.
func (r *Ring) RegisterWaits(n int) error {
	const most = maxRegion / int(unsafe.Sizeof(uapi.IoUringRegWait{}))
	if n <= 0 || n > most {
		return &ArgumentError{"RegisterWaits", "n", fmt.Sprintf("is %d", n), fmt.Sprintf("use 1 to %d", most)}
	}
	_, err := r.RegisterRegion(n*int(unsafe.Sizeof(uapi.IoUringRegWait{})), &RegionOptions{Waits: true})
	return err
}

// SetWait says what the registered wait of that index is. It may be changed at
// any time. The zero value of Limits waits for ever.
func (r *Ring) SetWait(index uint32, l Limits) error {
	w, err := r.regWait("SetWait", index)
	if err != nil {
		return err
	}
	if err := r.raw.checkLimits(l); err != nil {
		return err
	}
	*w = uapi.IoUringRegWait{MinWaitUsec: uint32(l.MinWait / time.Microsecond)}
	if l.Timeout > 0 {
		w.Flags = uapi.IORING_REG_WAIT_TS
		w.Ts = uapi.KernelTimespec{TvSec: int64(l.Timeout / time.Second), TvNsec: int64(l.Timeout % time.Second)}
	}
	return nil
}

// SubmitAndWaitRegistered is SubmitAndWaitLimits with the limits of a registered
// wait. ErrTimeout: the time is over. An ArgumentError tells that there is no
// such wait, before anything is submitted.
//
// IORING_ENTER_EXT_ARG_REG, since Linux 6.13.
func (r *Ring) SubmitAndWaitRegistered(want uint32, index uint32) (int, error) {
	w, err := r.regWait("SubmitAndWaitRegistered", index)
	if err != nil {
		return 0, err
	}
	n, err := r.Submit()
	if err != nil {
		return n, err
	}
	l := limitsOf(w)
	var deadline *time.Time
	if l.Timeout > 0 {
		d := time.Now().Add(l.Timeout)
		deadline = &d
	}
	// What ends early, by a signal for one, must go on with what is left of the
	// time, which the registered wait does not have.
	if r.hidden == 0 && !r.raw.mixed && !r.raw.pollsDevices() && r.raw.Ready() < want {
		if done, err := r.raw.enterRegistered(want, index, l.MinWait != 0); done || err != nil {
			return n, err
		}
	}
	return n, r.waitFor(want, deadline, l.MinWait)
}

// limitsOf reads a registered wait, which is memory of the process.
func limitsOf(w *uapi.IoUringRegWait) (l Limits) {
	if w.Flags&uapi.IORING_REG_WAIT_TS != 0 {
		l.Timeout = time.Duration(w.Ts.TvSec)*time.Second + time.Duration(w.Ts.TvNsec)
	}
	l.MinWait = time.Duration(w.MinWaitUsec) * time.Microsecond
	return l
}

// enterRegistered waits once. done tells that the wait is over: its time, or
// that fewer completions will do and there are some.
func (q *Raw) enterRegistered(want, index uint32, fewer bool) (done bool, err error) {
	q.giveBack()
	_, err = uapi.EnterRegWait(q.enterFD, 0, min(want, q.cqMask+1), uapi.IORING_ENTER_GETEVENTS, index)
	switch {
	case errors.Is(err, syscall.ETIME):
		if fewer && q.Ready() > 0 {
			return true, nil
		}
		return true, ErrTimeout
	case errors.Is(err, syscall.EINTR):
		return false, nil
	case err != nil:
		return true, q.enterError(err)
	}
	return q.Ready() >= want || fewer && q.Ready() > 0, nil
}

// regWait finds a registered wait.
func (r *Ring) regWait(call string, index uint32) (*uapi.IoUringRegWait, error) {
	if err := r.raw.alive(); err != nil {
		return nil, err
	}
	var w uapi.IoUringRegWait
	x := r.resources.region
	if x == nil || !x.waits {
		return nil, &ArgumentError{call, "the ring", "has no registered waits", "call RegisterWaits before Enable"}
	}
	memory := x.Bytes()
	if uint64(index)*uint64(unsafe.Sizeof(w)) > uint64(len(memory))-uint64(unsafe.Sizeof(w)) {
		return nil, &ArgumentError{call, "index", fmt.Sprintf("is %d", index), fmt.Sprintf("use one below %d", len(memory)/int(unsafe.Sizeof(w)))}
	}
	return (*uapi.IoUringRegWait)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), uintptr(index)*unsafe.Sizeof(w))), nil
}
