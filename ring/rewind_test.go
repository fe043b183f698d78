//go:build linux

package ring

import (
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Entries begin at the front with each submission, whatever is in flight.
func TestRewind(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_SQ_REWIND)
	for _, o := range []Options{{}, {AnyThread: true}, {SubmitWithScheduler: true}, {Flags: uapi.IORING_SETUP_SQE_MIXED}} {
		o.Flags |= uapi.IORING_SETUP_SQ_REWIND
		r := newRing(t, 8, &o)
		from, to := filePipe(t)
		for round := range 50 {
			buf := make([]byte, 1)
			s := get(t, r)
			s.Read(int(from.Fd()), buf, -1)
			s.SetUserData(1000)
			if _, err := r.Submit(); err != nil {
				t.Fatal(err)
			}
			n := 1 + round%7
			for i := range n {
				s := get(t, r)
				s.Nop()
				s.SetUserData(uint64(i))
			}
			for i, c := range reap(t, r, n) {
				if c.UserData != uint64(i) || c.Res != 0 {
					t.Fatalf("round %d: completion %d is %+v", round, i, c)
				}
			}
			if _, err := to.Write([]byte{byte(round)}); err != nil {
				t.Fatal(err)
			}
			if c := reap(t, r, 1)[0]; c.UserData != 1000 || c.Res != 1 || buf[0] != byte(round) {
				t.Fatalf("round %d: %+v, %d", round, c, buf[0])
			}
		}
		settled(t, r)
		get(t, r).Nop() // never submitted
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Without SUBMIT_ALL the kernel stops behind an entry that it refuses: the
// rest moves to the front and goes with it.
func TestRewindPartial(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_SQ_REWIND)
	r := newRing(t, 8, &Options{Exact: true, Flags: uapi.IORING_SETUP_SQ_REWIND | uapi.IORING_SETUP_NO_SQARRAY})
	for round := range 20 {
		bad := round % 8
		for i := range 8 {
			s := get(t, r)
			if i == bad {
				s.Prepare(func(e *uapi.IoUringSqe) { e.PrepNop(); e.Opcode = opNone })
			} else {
				s.Nop()
			}
			s.SetUserData(uint64(i))
		}
		n, err := r.Submit()
		if n != 8 || err != nil {
			t.Fatal(n, err)
		}
		for i, c := range reap(t, r, 8) {
			if c.UserData != uint64(i) || (c.Res == -int32(syscall.EINVAL)) != (i == bad) {
				t.Errorf("round %d: completion %d is %+v", round, i, c)
			}
		}
		settled(t, r)
	}
}

// moveToFront keeps what was not taken, in order.
func TestMoveToFront(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_SQ_REWIND)
	q, err := NewRaw(8, &Options{Flags: uapi.IORING_SETUP_SQ_REWIND})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	for i := range uint64(8) {
		s := q.Next()
		s.PrepNop()
		s.UserData = i
	}
	q.moveToFront(3)
	if q.tail != 5 {
		t.Fatalf("%d entries are left", q.tail)
	}
	for i := range uint32(5) {
		if u := q.entry(i).UserData; u != uint64(i+3) {
			t.Errorf("entry %d is %d", i, u)
		}
	}
	if n, err := q.SubmitAndWait(5); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	for i := range uint64(5) {
		if c := q.Pop(); c == nil || c.UserData != i+3 {
			t.Errorf("completion %d: %+v", i, c)
		}
	}
}
