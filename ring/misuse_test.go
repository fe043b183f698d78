//go:build linux

package ring

import (
	"errors"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// An entry that nothing was prepared in fails, whatever was there before, and
// takes nothing along.
func TestUnprepared(t *testing.T) {
	watch(t)
	r := newRing(t, 4, nil)
	rd, _ := pipe(t)
	buf := make([]byte, 8)
	start(t, r, func(s *SQE) { s.Read(rd, buf, -1); s.SetUserData(1) })
	for i := range 6 { // entries with and without something from before
		first, second := r.Next(), r.Next()
		second.Nop()
		second.SetUserData(uint64(10 + i))
		list := all(t, r, 2)
		if c := list[0]; c.Res != -int32(syscall.EINVAL) || c.Op != opNone || c.UserData != 0 {
			t.Fatalf("the empty one completed as %+v", c)
		}
		if c := list[1]; c.Res != 0 || c.UserData != uint64(10+i) {
			t.Fatalf("the one behind it completed as %+v", c)
		}
		if first.Nop(); first.Err() != nil {
			t.Fatal(first.Err())
		}
		_, err := r.Submit()
		wantArgument(t, "Submit after use of a submitted SQE", err)
	}
	quickClose(t, r)
}

// Modifiers that come too early make the request fail, and keep the ring in
// order: the entry may hold a request of before.
func TestModifierFirst(t *testing.T) {
	watch(t)
	for name, modify := range map[string]func(*SQE){
		"SetFlags":       func(s *SQE) { s.SetFlags(uapi.IOSQE_IO_LINK) },
		"SetDirect":      func(s *SQE) { s.SetDirect(0) },
		"SetBufferGroup": func(s *SQE) { s.SetBufferGroup(0) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t, 2, nil)
			for range 5 {
				s, err := r.Get()
				if err != nil {
					t.Fatal(err)
				}
				modify(s)
				wantArgument(t, "Err", s.Err())
				c := next(t, r)
				if c.Res != -int32(syscall.EINVAL) || c.Op != opNone {
					t.Fatalf("%+v", c)
				}
				one(t, r, func(s *SQE) { s.Nop(); s.SetFlags(uapi.IOSQE_ASYNC) }) // flags to be left behind
			}
			idle(t, r)
		})
	}
}

// A request that fails has no links of the one that had its entry before.
func TestFailedHasNoOldLink(t *testing.T) {
	watch(t)
	r := newRing(t, 2, nil)
	r.Next().Nop()
	s := r.Next()
	s.Nop()
	s.SetFlags(uapi.IOSQE_IO_LINK) // ends with the batch
	all(t, r, 2)
	r.Next().Nop()
	all(t, r, 1) // the next is the linked one's
	bad := r.Next()
	bad.Openat(CWD, "a\x00b", 0, 0)
	wantArgument(t, "Openat of a path with a zero byte", bad.Err())
	r.Next().Nop()
	if list := all(t, r, 2); list[1].Res != 0 || list[0].Res != -int32(syscall.EINVAL) || list[0].Op != uapi.IORING_OP_OPENAT {
		t.Fatalf("%+v", list)
	}
}

// A failed request breaks the chain that it is in.
func TestFailedBreaksChain(t *testing.T) {
	watch(t)
	r := newRing(t, 4, nil)
	bad := r.Next()
	bad.Timeout(-1, 0, 0)
	bad.SetFlags(uapi.IOSQE_IO_LINK)
	r.Next().Nop()
	list := all(t, r, 2)
	if list[0].Res != -int32(syscall.EINVAL) || list[1].Res != -int32(syscall.ECANCELED) {
		t.Fatalf("%+v", list)
	}
	idle(t, r)
}

// Whatever f does in Prepare, the kernel gets nothing of a request of before,
// and each request completes once.
func TestPrepareMisused(t *testing.T) {
	watch(t)
	for name, f := range map[string]func(*SQE, *uapi.IoUringSqe){
		"nothing":      func(*SQE, *uapi.IoUringSqe) {},
		"free":         func(_ *SQE, e *uapi.IoUringSqe) { e.Opcode = uapi.Op(stateIdle) },
		"taken":        func(_ *SQE, e *uapi.IoUringSqe) { e.Opcode = uapi.Op(stateTaken) },
		"void":         func(_ *SQE, e *uapi.IoUringSqe) { e.Opcode = uapi.Op(stateVoid) },
		"no operation": func(_ *SQE, e *uapi.IoUringSqe) { e.Opcode = uapi.Op(stateVoid - 1) },
		"user data":    func(_ *SQE, e *uapi.IoUringSqe) { e.PrepNop(); e.UserData = 77 },
		"prepared":     func(s *SQE, e *uapi.IoUringSqe) { s.Nop() },
		"submitted":    func(s *SQE, e *uapi.IoUringSqe) { e.PrepNop(); _, _ = s.ring.Submit() },
		"panic":        func(s *SQE, e *uapi.IoUringSqe) { e.PrepNop(); panic("in f") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t, 2, nil)
			rd, wr := pipe(t)
			old := make([]byte, 8)
			for range 2 { // leave reads in both entries
				write(t, wr, "x")
				ok(t, r, func(s *SQE) { s.Read(rd, old, -1) })
			}
			old[0] = 0
			write(t, wr, "y")
			s := r.Next()
			s.SetUserData(5)
			func() {
				defer func() { _ = recover() }()
				s.Prepare(func(e *uapi.IoUringSqe) { f(s, e) })
			}()
			_, err := r.SubmitAndWait(1)
			if a := (*ArgumentError)(nil); errors.As(err, &a) {
				_, err = r.SubmitAndWait(1)
			}
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for c := range r.Completions() {
				if n++; c.UserData != 5 {
					t.Errorf("%+v", c)
				}
			}
			if n != 1 || old[0] != 0 {
				t.Errorf("%d completions, buffer of before: %q", n, old[0])
			}
			var b [1]byte
			_, _ = syscall.Read(rd, b[:])
			idle(t, r)
		})
	}
}

// An SQE must not be used again. The ring says so, and other requests go on.
func TestUsedAgain(t *testing.T) {
	watch(t)
	r := newRing(t, 2, nil)
	rd, wr := pipe(t)
	s := r.Next()
	s.Nop()
	s.Nop() // twice
	_, err := r.Submit()
	wantArgument(t, "Submit", err)
	if all(t, r, 1)[0].Res != 0 {
		t.Error("the request was harmed")
	}
	for name, use := range map[string]func(*SQE){
		"Nop":       func(s *SQE) { s.Nop() },
		"Read":      func(s *SQE) { s.Read(0, nil, 0) },
		"SetFlags":  func(s *SQE) { s.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS) },
		"SetDirect": func(s *SQE) { s.SetDirect(1) },
		"Prepare":   func(s *SQE) { s.Prepare(func(e *uapi.IoUringSqe) { e.PrepNop() }) },
	} {
		buf := make([]byte, 1)
		old := r.Next()
		old.Nop()
		all(t, r, 1)
		use(old) // over
		s := r.Next()
		s.Read(rd, buf, -1)
		s.SetUserData(3)
		id := s.ID()
		_, err := r.Submit()
		wantArgument(t, name+" of an SQE that is over", err)
		if r.slots.find(id.slot()).id != id {
			t.Fatal(name, "changed another request")
		}
		write(t, wr, "z")
		if c := all(t, r, 1)[0]; c.UserData != 3 || c.Res != 1 || buf[0] != 'z' {
			t.Errorf("%s: %+v", name, c)
		}
	}
	idle(t, r)
}

// IDs of one ring name nothing on another.
func TestIDOfAnotherRing(t *testing.T) {
	watch(t)
	a, b := newRing(t, 4, nil), newRing(t, 4, nil)
	rd, wr := pipe(t)
	buf := make([]byte, 1)
	id := start(t, a, func(s *SQE) { s.Read(rd, buf, -1) })
	start(t, b, func(s *SQE) { s.Read(rd, make([]byte, 1), -1); s.SetUserData(9) })
	if c := one(t, b, func(s *SQE) { s.Cancel(id) }); c.Res != -int32(syscall.ENOENT) || c.Op != uapi.IORING_OP_ASYNC_CANCEL {
		t.Errorf("%+v", c)
	}
	write(t, wr, "ab")
	all(t, a, 1)
	if c := all(t, b, 1)[0]; c.UserData != 9 || c.Res != 1 {
		t.Errorf("%+v", c)
	}
}

// Data that a request would give to another's completions is the ring's.
func TestUserDataIsNotForTheTaking(t *testing.T) {
	watch(t)
	r := newRing(t, 4, nil)
	in, _ := pipe(t)
	s := get(t, r)
	s.Poll(in, 1)
	id := s.ID()
	s = get(t, r)
	s.Prepare(func(e *uapi.IoUringSqe) {
		e.PrepPollUpdate(uint64(id), 1, 0, uapi.IORING_POLL_UPDATE_USER_DATA)
	})
	wantArgument(t, "Err", s.Err())
	if c := next(t, r); c.Res != -int32(syscall.EINVAL) || c.Op != uapi.IORING_OP_POLL_REMOVE {
		t.Errorf("%+v", c)
	}
	quickClose(t, r)
}
