//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Reap takes completions that are ready out of the queue, as many as dst has
// room for, and returns how many. It does not wait. It does what Completions
// does, at less cost for each.
func (r *Ring) Reap(dst []CQE) int {
	n := 0
	for n < len(dst) && (r.raw.chead != r.raw.ctail || r.more()) {
		if usual := r.reapUsual(dst[n:]); usual > 0 {
			n += usual
			continue
		}
		c, told := r.popUnusual()
		if told {
			dst[n] = c
			n++
		}
	}
	return n
}

// reapUsual is pop for as many as come one after the other.
func (r *Ring) reapUsual(dst []CQE) int {
	q := &r.raw
	head, tail := q.chead, q.ctail
	cqes, mask, stride := q.cqes, q.cqMask, q.cqStride
	slots, last := unsafe.Pointer(r.slots.first), r.slots.mask
	for i := range dst {
		if head == tail {
			q.chead = head
			return i
		}
		e := (*uapi.IoUringCqe)(unsafe.Add(cqes, uintptr(head&mask)*stride))
		id := ID(e.UserData)
		s := (*SQE)(unsafe.Add(slots, uintptr(id.slot()&last)*unsafe.Sizeof(SQE{})))
		if s.id != id || s.hold > holdMem || e.Flags&unusual != 0 {
			q.chead = head
			return i
		}
		if s.hold != 0 {
			s.hold, s.mem = 0, nil
		}
		s.id = id.successor()
		dst[i] = CQE{UserData: s.data, Res: e.Res, Flags: e.Flags, Op: id.Op()}
		head++
	}
	q.chead = head
	return len(dst)
}
