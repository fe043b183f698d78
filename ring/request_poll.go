//go:build linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// Poll waits once for one of the POLL* events of poll(2) on fd. The result is
// the events that came.
//
// IORING_OP_POLL_ADD, since Linux 5.1.
func (s *SQE) Poll(fd int, events uint32) {
	if !s.start(uapi.IORING_OP_POLL_ADD, fd) {
		return
	}
	s.entry.PrepPollAdd(int32(fd), events)
	s.arm(uapi.IORING_OP_POLL_ADD)
}

// PollMultishot reports events on fd until the completion without More. It is
// edge-triggered, unless flags has IORING_POLL_ADD_LEVEL, the only flag that
// there is for it, since Linux 6.0.
//
// IORING_OP_POLL_ADD, in this form since Linux 5.13.
func (s *SQE) PollMultishot(fd int, events uint32, flags uapi.PollFlags) {
	const op = uapi.IORING_OP_POLL_ADD
	if !s.start(op, fd) {
		return
	}
	if flags&^uapi.IORING_POLL_ADD_LEVEL != 0 {
		s.wrong(op, "flags", "is "+flags.String(), "use 0 or IORING_POLL_ADD_LEVEL")
		return
	}
	s.entry.PrepPollMultishot(int32(fd), events)
	s.entry.Len |= uint32(flags)
	s.arm(op)
}

// PollRemove ends a Poll or PollMultishot, which completes with -ECANCELED.
// -ENOENT: it is over.
//
// IORING_OP_POLL_REMOVE, since Linux 5.1.
func (s *SQE) PollRemove(id ID) {
	if !s.begin() {
		return
	}
	s.entry.PrepPollRemove(uint64(id))
	s.arm(uapi.IORING_OP_POLL_REMOVE)
}

// PollUpdate gives a Poll other events to wait for; flags 0 waits once,
// IORING_POLL_ADD_MULTI until it ends. -ENOENT: it is over. What completions of
// the poll have as UserData does not change.
//
// IORING_OP_POLL_REMOVE, in this form since Linux 5.13.
func (s *SQE) PollUpdate(id ID, events uint32, flags uapi.PollFlags) {
	const op = uapi.IORING_OP_POLL_REMOVE
	if !s.begin() {
		return
	}
	if flags&^uapi.IORING_POLL_ADD_MULTI != 0 {
		s.wrong(op, "flags", "is "+flags.String(), "use 0 or IORING_POLL_ADD_MULTI")
		return
	}
	s.entry.PrepPollUpdate(uint64(id), 0, events, flags|uapi.IORING_POLL_UPDATE_EVENTS)
	s.arm(op)
}
