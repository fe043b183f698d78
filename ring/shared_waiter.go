//go:build linux

package ring

import (
	"syscall"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// waiter is one call of Do: its request until the owner takes that, and then
// its result. The request is prepared in an SQE of the waiter's own, on the
// caller's goroutine, and moved into the queue by the owner.
type waiter struct {
	sqe   SQE
	entry [2]uapi.IoUringSqe // of 64 or 128 bytes
	ring  Ring               // was never open; for what methods of SQE look at and count
	done  chan struct{}      // a value: the owner is through

	result Result
	err    error // instead of a result

	// What follows is the owner's.
	id       ID     // the request's, while the kernel has it
	number   uint64 // its user data; 0 before and after
	partial  bool   // there is a result, and a further completion to come
	canceled bool
	refused  error // it must end, and this is why
	retry    time.Duration
}

// newWaiter has what the SQE's methods ask about a ring from staging.
func newWaiter(staging *Ring) *waiter {
	w := &waiter{ring: *staging, done: make(chan struct{}, 1)}
	w.sqe.ring, w.sqe.entry = &w.ring, &w.entry[0]
	w.sqe.id = idMark | stateIdle
	return w
}

// stage has the request prepared.
func (w *waiter) stage(prep func(*SQE)) error {
	w.ring.misused = 0
	w.entry = [2]uapi.IoUringSqe{}
	w.sqe.id = idMark | stateTaken
	w.entry[0].UserData = uint64(w.sqe.id)
	prep(&w.sqe)
	switch {
	case w.sqe.Err() != nil:
		return w.sqe.Err()
	case w.ring.misused != 0:
		return &ArgumentError{"Do", "the SQE", "was prepared twice, or used before", "prepare one request with it, once"}
	case w.sqe.id&stateMask == stateTaken:
		return &ArgumentError{"Do", "the SQE", "was not prepared", "call one of the methods that are named after operations"}
	}
	return onItsOwn(&w.entry[0])
}

// onItsOwn refuses requests that others depend on, or that complete more than
// once.
func onItsOwn(e *uapi.IoUringSqe) error {
	const bound = uapi.IOSQE_IO_LINK | uapi.IOSQE_IO_HARDLINK | uapi.IOSQE_IO_DRAIN
	if f := e.Flags & bound; f != 0 {
		return &ArgumentError{"Do", e.Opcode.String(), "has " + f.String(), "its neighbors are requests of others: use a Ring for sequences"}
	}
	if completesOften(e) {
		return errCompletesOften(e.Opcode)
	}
	return nil
}

// completesOften knows the operations that can. Those of later kernels are
// noticed by their first completion.
func completesOften(e *uapi.IoUringSqe) bool {
	switch e.Opcode {
	case uapi.IORING_OP_READ_MULTISHOT, uapi.IORING_OP_RECV_ZC:
		return true
	case uapi.IORING_OP_ACCEPT:
		return e.Ioprio&uint16(uapi.IORING_ACCEPT_MULTISHOT) != 0
	case uapi.IORING_OP_RECV, uapi.IORING_OP_RECVMSG:
		return e.Ioprio&uint16(uapi.IORING_RECV_MULTISHOT) != 0
	case uapi.IORING_OP_POLL_ADD:
		return e.Len&uint32(uapi.IORING_POLL_ADD_MULTI) != 0
	case uapi.IORING_OP_TIMEOUT:
		return e.RwFlags&uint32(uapi.IORING_TIMEOUT_MULTISHOT) != 0
	case uapi.IORING_OP_URING_CMD:
		return e.RwFlags&uint32(uapi.IORING_URING_CMD_MULTISHOT) != 0
	}
	return false
}

func errCompletesOften(op uapi.Op) error {
	return &ArgumentError{"Do", op.String(), "completes more than once", "use a Ring"}
}

// adopt makes s the request that was prepared in from, which keeps nothing.
func (s *SQE) adopt(from *SQE) {
	size := s.ring.raw.sqStride
	copy(unsafe.Slice((*byte)(unsafe.Pointer(s.entry)), size), unsafe.Slice((*byte)(unsafe.Pointer(from.entry)), size))
	s.mem, from.mem = from.mem, nil
	s.more, from.more = from.more, s.more
	s.hold, from.hold = s.hold|from.hold&^holdHidden, 0
	for p := range from.ring.slots.provided {
		s.ring.slots.provide(p)
	}
	from.ring.slots.provided = nil
	s.arm(from.id.Op())
}

// drop lets go of a request that the owner has not taken.
func (w *waiter) drop() { w.sqe.release() }

// interrupted are the results of a request that was canceled.
func interrupted(res int32) bool {
	return res == -int32(syscall.ECANCELED) || res == -int32(syscall.EINTR)
}

// outcome is what Do returns. canceled is why it has given up, nil if it has
// not.
func (w *waiter) outcome(canceled error) (Result, error) {
	switch {
	case w.err != nil:
		return Result{}, w.err
	case w.result.Res >= 0:
		return w.result, nil
	case canceled != nil && interrupted(w.result.Res):
		return w.result, canceled
	}
	return w.result, &OpError{w.sqe.id.Op().String(), syscall.Errno(-w.result.Res), ""}
}
