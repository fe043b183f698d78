//go:build linux

package ring

import (
	"fmt"
	"math"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Message is a completion that is sent to another ring. A Ring gives it out
// with Op 0xff.
type Message struct {
	UserData uint64 // bit 63 is clear: with it set a Ring takes the completion for that of a request of its own
	Res      int32
	// Flags are the completion's, since Linux 6.3. Those that tell the size of a
	// completion are refused: the receiver would lose its place in the queue.
	Flags uapi.CQEFlags
}

// messageMark is what user data of messages must not have.
const messageMark = uint64(idMark)

// check tells what is wrong with the message or its receiver.
func (m Message) check(call string, fd int) error {
	const sizes = uapi.IORING_CQE_F_32 | uapi.IORING_CQE_F_SKIP
	switch {
	case fd < 0 || fd > math.MaxInt32:
		return &ArgumentError{call, "fd", fmt.Sprintf("is %d", fd), "use the FD of a ring that has a descriptor and is open"}
	case m.UserData&messageMark != 0:
		return &ArgumentError{call, "UserData", fmt.Sprintf("is %#x", m.UserData), "leave bit 63 clear: it is what a Ring tells its own requests by"}
	case m.Flags&sizes != 0:
		return &ArgumentError{call, "Flags", "has " + (m.Flags & sizes).String(), "leave it out: it tells the size of a completion"}
	}
	return nil
}

// Message posts a completion to the ring that has the descriptor fd. It
// completes with 0, -EOVERFLOW if the other queue is full and the kernel out of
// memory, -EBADFD if fd is no ring or a disabled one.
//
// IORING_OP_MSG_RING, since Linux 5.18.
func (s *SQE) Message(fd int, m Message) {
	if !s.begin() {
		return
	}
	if err := m.check("IORING_OP_MSG_RING", fd); err != nil {
		s.fail(uapi.IORING_OP_MSG_RING, err)
		return
	}
	m.prepare(s.entry, fd)
	s.arm(uapi.IORING_OP_MSG_RING)
}

// checkUserData refuses entries that were prepared by hand and would have
// completions come with user data that a ring gives its requests.
func checkUserData(e *uapi.IoUringSqe) error {
	switch {
	case e.Opcode == uapi.IORING_OP_POLL_REMOVE && uapi.PollFlags(e.Len)&uapi.IORING_POLL_UPDATE_USER_DATA != 0:
		return &ArgumentError{"Prepare", "the entry", "has IORING_POLL_UPDATE_USER_DATA", "leave it out: the ring tells its requests by user data"}
	case e.Opcode != uapi.IORING_OP_MSG_RING:
		return nil
	}
	m := Message{UserData: e.Off}
	if e.MsgRingFlags()&uapi.IORING_MSG_RING_FLAGS_PASS != 0 {
		m.Flags = uapi.CQEFlags(e.FileIndex())
	}
	return m.check("Prepare", int(e.Fd))
}

func (m Message) prepare(e *uapi.IoUringSqe, fd int) {
	if m.Flags != 0 {
		e.PrepMsgRingCqeFlags(int32(fd), uint32(m.Res), m.UserData, 0, uint32(m.Flags))
	} else {
		e.PrepMsgRing(int32(fd), uint32(m.Res), m.UserData, 0)
	}
}

// MessageFile puts the registered file of slot from into the table of the ring
// that has the descriptor fd, at slot to or, with AnySlot, at a free one. The
// other ring gets a completion with userData, whose bit 63 is clear, and Res 0,
// unless flags have IORING_MSG_RING_CQE_SKIP. The request completes with 0 or
// the slot that was taken; -EBADF if there is no such file, -ENXIO or -EINVAL
// if a table or slot is missing, -ENFILE if no slot is free. The other ring is
// not this one.
//
// IORING_OP_MSG_RING, in this form since Linux 6.0.
func (s *SQE) MessageFile(fd int, from, to uint32, userData uint64, flags uapi.MsgRingFlags) {
	if !s.begin() {
		return
	}
	err := Message{UserData: userData}.check("IORING_OP_MSG_RING", fd)
	switch {
	case err != nil:
	case from > math.MaxInt32:
		err = &ArgumentError{"IORING_OP_MSG_RING", "from", fmt.Sprintf("is %d", from), "use the index of a registered file"}
	case flags&^uapi.IORING_MSG_RING_CQE_SKIP != 0:
		err = &ArgumentError{"IORING_OP_MSG_RING", "flags", "has " + flags.String(), "only IORING_MSG_RING_CQE_SKIP goes with files"}
	}
	if err != nil {
		s.fail(uapi.IORING_OP_MSG_RING, err)
		return
	}
	if to == AnySlot {
		s.entry.PrepMsgRingFdAlloc(int32(fd), int32(from), userData, flags)
	} else {
		s.entry.PrepMsgRingFd(int32(fd), int32(from), to, userData, flags)
	}
	s.arm(uapi.IORING_OP_MSG_RING)
}

// SendMessage posts a completion to the ring that has the descriptor fd, from
// a thread that has no ring. It does not wait. EBADFD: fd is no ring, or a
// disabled one. EOVERFLOW: its queue is full and the kernel out of memory.
//
// IORING_REGISTER_SEND_MSG_RING, since Linux 6.13, io_uring_register(2).
func SendMessage(fd int, m Message) error {
	if err := m.check("SendMessage", fd); err != nil {
		return err
	}
	var e uapi.IoUringSqe
	m.prepare(&e, fd)
	if err := uapi.RegisterSendMsgRing(&e); err != nil {
		return registerError("SendMessage", uapi.IORING_REGISTER_SEND_MSG_RING, err, map[syscall.Errno]string{
			syscall.EBADFD:    "fd is no ring, or one that is disabled",
			syscall.EBADF:     "fd is not open",
			syscall.EOVERFLOW: "let the other ring reap completions first",
		})
	}
	return nil
}
