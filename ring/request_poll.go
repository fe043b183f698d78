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
// edge-triggered: no kernel takes IORING_POLL_ADD_LEVEL, though the headers
// have it.
//
// IORING_OP_POLL_ADD, in this form since Linux 5.13.
func (s *SQE) PollMultishot(fd int, events uint32) {
	if !s.start(uapi.IORING_OP_POLL_ADD, fd) {
		return
	}
	s.entry.PrepPollMultishot(int32(fd), events)
	s.arm(uapi.IORING_OP_POLL_ADD)
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

// PollUpdate gives a Poll or PollMultishot other events to wait for. What it is
// otherwise does not change, nor does the UserData of its completions. -ENOENT:
// it is over. -EALREADY: it is completing.
//
// IORING_OP_POLL_REMOVE, in this form since Linux 5.13.
func (s *SQE) PollUpdate(id ID, events uint32) {
	if !s.begin() {
		return
	}
	s.entry.PrepPollUpdate(uint64(id), 0, events, uapi.IORING_POLL_UPDATE_EVENTS)
	s.arm(uapi.IORING_OP_POLL_REMOVE)
}
