//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Next hands out the next entry of the submission queue, nil if the queue is
// full (submit, then try again) or the ring is closed. The entry holds what
// was there before: prepare it with a Prep method, which writes all of it, and
// then set UserData and Flags. It goes to the kernel with the next Submit.
func (q *Raw) Next() *uapi.IoUringSqe {
	t := q.tail
	if t == q.limit {
		return nil
	}
	q.tail = t + 1
	return (*uapi.IoUringSqe)(unsafe.Add(q.sqes, uintptr(t&q.sqMask)*q.sqStride))
}

// seeHead notes how far the kernel has taken entries.
func (q *Raw) seeHead() {
	q.head = q.khead.Load()
	q.limit = q.head + q.sqSize
}

// Ready is the number of completions that can be read without a system call.
func (q *Raw) Ready() uint32 { return q.cktail.Load() - q.chead }

// CQEs is the completions that are ready and lie behind each other; where the
// queue wraps, the rest comes with the next call. They are valid until Advance.
// Only for rings without IORING_SETUP_CQE32 and CQE_MIXED; others use CQE.
func (q *Raw) CQEs() []uapi.IoUringCqe {
	i := q.chead & q.cqMask
	n := min(q.cktail.Load()-q.chead, q.cqMask+1-i)
	return unsafe.Slice((*uapi.IoUringCqe)(unsafe.Add(q.cqes, uintptr(i)*16)), n)
}

// CQE is the i-th completion that is ready, i < Ready. It is valid until
// Advance.
func (q *Raw) CQE(i uint32) *uapi.IoUringCqe {
	return (*uapi.IoUringCqe)(unsafe.Add(q.cqes, uintptr((q.chead+i)&q.cqMask)*q.cqStride))
}

// Advance gives the first n completions back to the kernel.
func (q *Raw) Advance(n uint32) {
	q.chead += n
	q.giveBack()
}

// giveBack tells the kernel which completions were read. It must know before
// it is asked to wait for more.
func (q *Raw) giveBack() {
	if q.cgiven != q.chead {
		q.cgiven = q.chead
		q.ckhead.Store(q.chead)
	}
}
