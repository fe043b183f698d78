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

// reapUsual is pop for as many as come one after the other, up to where the
// queue wraps.
func (r *Ring) reapUsual(dst []CQE) int {
	q := &r.raw
	at := q.chead & q.cqMask
	n := min(uint64(len(dst)), uint64(q.ctail-q.chead), uint64(q.cqMask+1-at))
	from, stride := unsafe.Add(q.cqes, uintptr(at)*q.cqStride), q.cqStride
	slots, last := unsafe.Pointer(r.slots.first), r.slots.mask
	dst = dst[:n]
	for i := range dst {
		e := (*uapi.IoUringCqe)(unsafe.Add(from, uintptr(i)*stride))
		id := ID(e.UserData)
		s := (*SQE)(unsafe.Add(slots, uintptr(id.slot()&last)*unsafe.Sizeof(SQE{})))
		if s.id != id || s.hold > holdMem || e.Flags&unusual != 0 {
			q.chead += uint32(i)
			return i
		}
		if s.hold != 0 {
			s.hold, s.mem = 0, nil
		}
		s.id = id.successor()
		dst[i] = CQE{UserData: s.data, Res: e.Res, Flags: e.Flags, Op: id.Op()}
	}
	q.chead += uint32(n)
	return int(n)
}
