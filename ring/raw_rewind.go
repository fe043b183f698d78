//go:build linux

package ring

import (
	"errors"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// submitFromFront submits on a ring with IORING_SETUP_SQ_REWIND, whose entries
// the kernel reads from the front each time. What it did not take moves there.
func (q *Raw) submitFromFront() (taken int, err error) {
	q.published = q.tail
	for stuck := 0; q.tail != 0; {
		var n int
		if q.tell {
			n, err = uapi.Enter(q.enterFD, q.tail, 0, 0, nil)
		} else {
			n, err = uapi.EnterRaw(q.enterFD, q.tail, 0)
		}
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return taken, q.enterError(err)
		case n == 0:
			if stuck++; stuck == 3 {
				return taken, q.enterError(syscall.EAGAIN)
			}
		}
		taken += n
		q.moveToFront(uint32(n))
	}
	return taken, q.alive()
}

// moveToFront drops the first n entries.
func (q *Raw) moveToFront(n uint32) {
	all := unsafe.Slice((*byte)(q.sqes), uintptr(q.tail)*q.sqStride)
	copy(all, all[uintptr(n)*q.sqStride:])
	q.tail -= n
	q.published = q.tail
}
