//go:build linux

package ring

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

func TestMessage(t *testing.T) {
	needOp(t, uapi.IORING_OP_MSG_RING)
	a, b := newRing(t, 4, nil), newRing(t, 4, nil)
	s := get(t, a)
	s.Message(b.FD(), Message{UserData: 1<<63 - 1, Res: -7})
	s.SetUserData(5)
	if c := reap(t, a, 1)[0]; c.Res != 0 || c.UserData != 5 || c.Op != uapi.IORING_OP_MSG_RING {
		t.Errorf("the sender got %+v", c)
	}
	if c := reap(t, b, 1)[0]; c != (CQE{UserData: 1<<63 - 1, Res: -7, Op: opNone}) {
		t.Errorf("the receiver got %+v", c)
	}
	// To itself, too.
	get(t, a).Message(a.FD(), Message{UserData: 9})
	if got := reap(t, a, 2); got[0].UserData+got[1].UserData != 9 {
		t.Errorf("%+v", got)
	}
}

// A message cannot end a request of the receiver's, whatever it says.
func TestMessageLeavesRequestsAlone(t *testing.T) {
	needOp(t, uapi.IORING_OP_MSG_RING)
	a, b := newRing(t, 4, nil), newRing(t, 4, nil)
	from, to := filePipe(t)
	buf := make([]byte, 1)
	s := get(t, b)
	s.Read(int(from.Fd()), buf, -1)
	id := s.ID()
	if _, err := b.Submit(); err != nil {
		t.Fatal(err)
	}
	s = get(t, a)
	s.Message(b.FD(), Message{UserData: uint64(id)})
	argument(t, s.Err())
	argument(t, SendMessage(b.FD(), Message{UserData: uint64(id)}))
	s = get(t, a)
	s.MessageFile(b.FD(), 0, 0, uint64(id), 0)
	argument(t, s.Err())
	s = get(t, a)
	s.Prepare(func(e *uapi.IoUringSqe) { e.PrepMsgRing(int32(b.FD()), 0, uint64(id), 0) })
	argument(t, s.Err())
	s = get(t, a)
	s.Prepare(func(e *uapi.IoUringSqe) {
		e.PrepMsgRingCqeFlags(int32(b.FD()), 0, 1, 0, uint32(uapi.IORING_CQE_F_32))
	})
	argument(t, s.Err())
	for _, c := range reap(t, a, 4) {
		fails(t, c.Err(), syscall.EINVAL)
	}
	if _, err := to.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if c := reap(t, b, 1)[0]; c.Res != 1 || buf[0] != 'x' {
		t.Errorf("%+v", c)
	}
}

func TestMessageFlags(t *testing.T) {
	needOp(t, uapi.IORING_OP_MSG_RING)
	needFeature(t, uapi.IORING_FEAT_REG_REG_RING) // of Linux 6.3, as the flags
	a, b := newRing(t, 4, nil), newRing(t, 4, nil)
	const flags = uapi.IORING_CQE_F_MORE | uapi.IORING_CQE_F_SOCK_NONEMPTY
	get(t, a).Message(b.FD(), Message{UserData: 1, Flags: flags})
	reap(t, a, 1)
	if c := reap(t, b, 1)[0]; c.Flags != flags {
		t.Errorf("%+v", c)
	}
	for _, size := range []uapi.CQEFlags{uapi.IORING_CQE_F_32, uapi.IORING_CQE_F_SKIP} {
		s := get(t, a)
		s.Message(b.FD(), Message{Flags: size})
		argument(t, s.Err())
	}
	reap(t, a, 2)
}

func TestMessageRefused(t *testing.T) {
	needOp(t, uapi.IORING_OP_MSG_RING)
	a := newRing(t, 4, nil)
	from, _ := filePipe(t)
	off := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_R_DISABLED})
	for _, fd := range []int{int(from.Fd()), off.FD()} {
		get(t, a).Message(fd, Message{})
		fails(t, reap(t, a, 1)[0].Err(), syscall.EBADFD)
	}
	for _, fd := range []int{-1, -9} {
		s := get(t, a)
		s.Message(fd, Message{})
		argument(t, s.Err())
		reap(t, a, 1)
	}
}

func TestMessageFile(t *testing.T) {
	needOp(t, uapi.IORING_OP_SEND_ZC) // of Linux 6.0, as this form
	a, b := newRing(t, 8, nil), newRing(t, 8, nil)
	from, to := filePipe(t)
	if err := uapi.RegisterFiles(a.FD(), []int32{-1, int32(to.Fd())}); err != nil {
		t.Fatal(err)
	}
	if err := uapi.RegisterFilesSparse(b.FD(), 3); err != nil {
		t.Fatal(err)
	}
	for i, send := range []func(*SQE){
		func(s *SQE) { s.MessageFile(b.FD(), 1, 2, 77, 0) },
		func(s *SQE) { s.MessageFile(b.FD(), 1, AnySlot, 78, uapi.IORING_MSG_RING_CQE_SKIP) },
		func(s *SQE) { s.MessageFile(b.FD(), 0, 1, 79, 0) },
	} {
		send(get(t, a))
		if c := reap(t, a, 1)[0]; (c.Res == 0) != (i < 2) {
			t.Errorf("sending %d: %+v", i, c)
		}
	}
	if c := reap(t, b, 1)[0]; c.UserData != 77 || c.Res != 0 || c.Op != opNone {
		t.Errorf("told: %+v", c)
	}
	for _, slot := range []int{0, 2} {
		s := get(t, b)
		s.Write(slot, []byte("hi"), -1)
		s.SetFlags(uapi.IOSQE_FIXED_FILE)
		if c := reap(t, b, 1)[0]; c.Res != 2 {
			t.Errorf("slot %d: %+v", slot, c)
		}
		var buf [4]byte
		if n, err := from.Read(buf[:]); n != 2 || err != nil {
			t.Error(n, err)
		}
	}
	s := get(t, a)
	s.MessageFile(b.FD(), 1, 0, 0, uapi.IORING_MSG_RING_FLAGS_PASS)
	argument(t, s.Err())
	reap(t, a, 1)
}

func TestSendMessage(t *testing.T) {
	r := newRing(t, 4, nil)
	if !registers(uapi.IORING_REGISTER_SEND_MSG_RING) {
		fails(t, SendMessage(r.FD(), Message{}), ErrNotSupported)
	}
	needRegister(t, uapi.IORING_REGISTER_SEND_MSG_RING)
	sent := make(chan error)
	go func() { sent <- SendMessage(r.FD(), Message{UserData: 3, Res: 4}) }()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if c := reap(t, r, 1)[0]; c != (CQE{UserData: 3, Res: 4, Op: opNone}) {
		t.Errorf("%+v", c)
	}
	f, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var refused *OpError
	err = SendMessage(int(f.Fd()), Message{})
	if fails(t, err, syscall.EBADFD); !errors.As(err, &refused) || refused.Remedy == "" {
		t.Error(err)
	}
	argument(t, SendMessage(-1, Message{}))
	fails(t, SendMessage(1<<20, Message{}), syscall.EBADF)
}
