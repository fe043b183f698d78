//go:build linux

package ring

import (
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Next hands out the next entry of the submission queue, nil if the queue is
// full (submit, then try again) or the ring is closed. It goes to the kernel
// with the next Submit; one that no request was prepared in completes with
// -EINVAL.
func (r *Ring) Next() *SQE {
	t := r.raw.tail
	if t == r.raw.limit {
		return nil
	}
	s := r.slots.at(t)
	if s.id&stateMask != stateIdle {
		if s = r.slots.spare; s == nil {
			return nil // Submit makes more
		}
		r.slots.spare = s.next
		s.entry = r.raw.entry(t)
	}
	r.raw.tail = t + 1
	s.id--
	s.data = 0
	return s
}

// Get is Next that submits when the queue is full. It does not return nil
// without an error.
func (r *Ring) Get() (*SQE, error) {
	if s := r.Next(); s != nil {
		return s, nil
	}
	return r.get(r.Next)
}

// get submits and takes the next entry once there is room.
func (r *Ring) get(next func() *SQE) (*SQE, error) {
	if s := next(); s != nil {
		return s, nil
	}
	if _, err := r.Submit(); err != nil {
		return nil, err
	}
	if r.slots.spare == nil {
		return nil, &OpError{"Get", syscall.EAGAIN, "too many requests are in flight: reap completions first"}
	}
	for {
		if s := next(); s != nil {
			return s, nil
		}
		if err := r.raw.waitForRoom(); err != nil {
			return nil, err
		}
	}
}

// Submit hands all requests to the kernel and returns how many it took. It
// waits for nothing. On an error those that were not taken stay in the queue
// and go with the next call. EBUSY: completions must be reaped first, EAGAIN:
// the kernel is short of memory, EBADFD: the ring is disabled, EEXIST: the
// goroutine is not on the ring's thread.
func (r *Ring) Submit() (int, error) {
	if r.prepared != r.raw.tail-r.raw.published || r.misused != 0 || r.slots.spare == nil {
		if err := r.settle(); err != nil {
			return 0, err
		}
	}
	r.prepared = 0
	return r.raw.Submit()
}

// SubmitAndWait submits as Submit does, and waits until Completions has at
// least want to give, or as many as the completion queue holds. It waits for
// ever if fewer requests are in flight. Other goroutines run meanwhile, but the
// thread is taken; see Wait.
func (r *Ring) SubmitAndWait(want uint32) (int, error) {
	n, err := r.Submit()
	if err != nil {
		return n, err
	}
	return n, r.waitFor(want, nil, 0)
}

// Limits bound a wait. The zero value does not.
type Limits struct {
	// Timeout ends the wait with ErrTimeout; 0 or less waits for ever.
	Timeout time.Duration
	// MinWait is the time after which one completion will do instead of all
	// that are waited for, in microseconds, at most 71 minutes. 0 has none.
	// Since Linux 6.12: see IORING_FEAT_MIN_TIMEOUT.
	MinWait time.Duration
}

// SubmitAndWaitLimits is SubmitAndWait with limits.
func (r *Ring) SubmitAndWaitLimits(want uint32, l Limits) (int, error) {
	var deadline *time.Time
	if l.Timeout > 0 {
		d := time.Now().Add(l.Timeout)
		deadline = &d
	}
	if err := r.raw.checkLimits(l); err != nil {
		return 0, err
	}
	n, err := r.Submit()
	if err != nil {
		return n, err
	}
	return n, r.waitFor(want, deadline, l.MinWait)
}

// waitFor waits until want completions can be given out. Those whose success
// is not told do not count.
func (r *Ring) waitFor(want uint32, deadline *time.Time, minWait time.Duration) error {
	if r.hidden == 0 && !r.raw.mixed {
		if r.raw.Ready() >= want {
			return nil
		}
		return r.raw.wait(want, deadline, minWait)
	}
	start := time.Now()
	for {
		r.dropUntold()
		ready := r.raw.Ready()
		told := r.countTold(ready)
		if told >= want || ready >= r.raw.mostReady() {
			return nil
		}
		left := minWait
		if minWait > 0 {
			left = max(minWait-time.Since(start), time.Microsecond)
			if told > 0 && left == time.Microsecond {
				return nil
			}
		}
		more := min(want-told, r.raw.mostReady()) // so few at least
		if err := r.raw.wait(ready+more, deadline, left); err != nil {
			return err
		}
	}
}

// dropUntold takes completions that will not be given out from the front of
// the queue, so that they do not fill it.
func (r *Ring) dropUntold() {
	for r.raw.Ready() > 0 {
		if !r.keeps(r.raw.CQE(0)) {
			return
		}
		r.raw.ctail = r.raw.cktail.Load() // never behind chead
		r.popUnusual()
	}
}

// countTold is how many completions will be given out of those in the first n
// places of the queue.
func (r *Ring) countTold(n uint32) (told uint32) {
	for i := uint32(0); i < n; i++ {
		c := r.raw.CQE(i)
		if !r.keeps(c) {
			told++
		}
		if r.raw.mixed && c.Flags&uapi.IORING_CQE_F_32 != 0 && !r.noise(c) {
			i++
		}
	}
	return told
}

// keeps tells whether a completion is one that the ring keeps to itself.
func (r *Ring) keeps(c *uapi.IoUringCqe) bool {
	if r.raw.mixed && r.noise(c) || ID(c.UserData) == wakeID {
		return true
	}
	s := r.slots.find(ID(c.UserData).slot())
	return s != nil && uint64(s.id) == c.UserData && c.Flags&uapi.IORING_CQE_F_MORE == 0 &&
		s.hold&holdHidden != 0 && (c.Res >= 0 || s.hold&holdFiller != 0)
}

var errUnprepared = &ArgumentError{"Submit", "the entry", "has no request", "call a method that is named after an operation"}

// settle makes entries that were handed out without a request fail, for good:
// preparing one later would write into another's entry. It reports SQEs that
// were used when they must not be; the requests in the queue are not concerned.
func (r *Ring) settle() error {
	if err := r.raw.alive(); err != nil {
		return err
	}
	if r.slots.spare == nil {
		r.slots.grow()
	}
	if r.misused != 0 {
		r.misused = 0
		return &ArgumentError{"Submit", "an SQE", "was used after its request had been prepared or submitted", "take another one with Next for each request"}
	}
	if r.prepared+r.fillers != r.raw.tail-r.raw.published {
		r.failUnprepared()
	}
	if r.fillers != 0 {
		r.linkFillers()
	}
	return nil
}

func (r *Ring) failUnprepared() {
	r.slots.busy(func(s *SQE) {
		if s.id&stateMask == stateTaken {
			s.fail(opNone, errUnprepared)
		}
	})
}
