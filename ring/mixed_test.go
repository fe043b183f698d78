//go:build linux

package ring

import (
	"fmt"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// nop32 makes a request whose completion has 32 bytes.
func nop32(s *SQE, lo, hi uint64) {
	s.Prepare(func(e *uapi.IoUringSqe) {
		e.PrepNopFlags(0, 0, 0, uapi.IORING_NOP_CQE32)
		e.Off, e.Addr = lo, hi
	})
}

func nop128(s *SQE) {
	s.Prepare128(func(e *uapi.IoUringSqe) {
		e.PrepNop128()
		for i := range e.Cmd(80) {
			e.Cmd(80)[i] = 0xa5 // what is no request must not become one
		}
	})
}

func TestCQE32(t *testing.T) {
	r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_CQE32})
	for range 20 {
		get(t, r).Nop()
		if c := reap(t, r, 1); c[0].Res != 0 {
			t.Errorf("%+v", c)
		}
	}
}

func TestExtra(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_CQE_MIXED) // and with it IORING_NOP_CQE32
	r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_CQE32})
	for i := range uint64(20) {
		nop32(get(t, r), i, ^i)
		get(t, r).Nop()
		if _, err := r.SubmitAndWait(2); err != nil {
			t.Fatal(err)
		}
		n := 0
		for c := range r.Completions() {
			want := [2]uint64{i, ^i}
			if n++; n == 2 {
				want = [2]uint64{}
			}
			if got := r.Extra(); c.Res != 0 || got != want {
				t.Errorf("completion %d: %+v, extra %#x, want %#x", n, c, got, want)
			}
		}
		if n != 2 || r.Extra() != [2]uint64{} {
			t.Errorf("%d completions, extra %#x afterwards", n, r.Extra())
		}
	}
}

// Completions of both sizes in any order, over the end of the queue, where the
// kernel puts a filler before a long one that would not fit.
func TestCQEMixed(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_CQE_MIXED)
	for _, size := range []uint32{16, 8, 4, 2} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			r := newRing(t, size, &Options{Flags: uapi.IORING_SETUP_CQE_MIXED, CQEntries: size})
			cqeMixed(t, r, size, r.SubmitAndWait)
		})
	}
}

// Registered waits are for completions, too, not for places of the queue.
func TestCQEMixedRegisteredWait(t *testing.T) {
	watch(t)
	needSetup(t, uapi.IORING_SETUP_CQE_MIXED)
	for _, size := range []uint32{16, 8, 4, 2} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			r := mixedWaits(t, size)
			cqeMixed(t, r, size, func(want uint32) (int, error) { return r.SubmitAndWaitRegistered(want, 0) })
		})
	}
	r := mixedWaits(t, 16)
	in, out := pipe(t)
	nop32(get(t, r), 1, 2)
	get(t, r).Read(in, make([]byte, 1), -1)
	get(t, r).Read(in, make([]byte, 1), -1)
	for i := range time.Duration(2) {
		timer := time.AfterFunc((20+80*i)*time.Millisecond, func() { put(t, out, []byte("x")) })
		defer timer.Stop()
	}
	if n, err := r.SubmitAndWaitRegistered(3, 0); n != 3 || err != nil {
		t.Error(n, err)
	}
	if got := taken(r); len(got) != 3 {
		t.Errorf("a wait for 3 ended with %+v", got)
	}
}

// mixedWaits is a ring with one registered wait, without limits.
func mixedWaits(t testing.TB, size uint32) *Ring {
	t.Helper()
	r := newRing(t, size, &Options{Flags: uapi.IORING_SETUP_CQE_MIXED | uapi.IORING_SETUP_R_DISABLED, CQEntries: size})
	if err := r.RegisterWaits(1); err != nil {
		t.Fatal(err)
	}
	if err := r.Enable(); err != nil {
		t.Fatal(err)
	}
	return r
}

func cqeMixed(t *testing.T, r *Ring, size uint32, wait func(uint32) (int, error)) {
	for round := range uint64(200) {
		want := int(1 + round%4)
		long := func(i int) bool { return (round>>uint(i)^round/7)&1 == 1 }
		for i := range want {
			s := get(t, r)
			if long(i) {
				nop32(s, round, uint64(i))
			} else {
				s.Nop()
			}
			s.SetUserData(round<<8 | uint64(i))
		}
		// Long completions count as one, fillers as none. A short queue takes
		// them one after the other.
		if _, err := wait(uint32(want)); err != nil {
			t.Fatal(err)
		}
		n, seen := 0, map[int]bool{}
		for c := range r.Completions() {
			// A long one that does not fit is overtaken by short ones that do.
			i := n
			if size < 8 {
				i = int(c.UserData & 0xff)
			}
			n++
			var extra [2]uint64
			if long(i) {
				extra = [2]uint64{round, uint64(i)}
			}
			if seen[i] || c.UserData != round<<8|uint64(i) || c.Res != 0 || r.Extra() != extra || long(i) != (c.Flags&uapi.IORING_CQE_F_32 != 0) {
				t.Fatalf("round %d, completion %d: %+v, extra %#x, want %#x", round, i, c, r.Extra(), extra)
			}
			seen[i] = true
		}
		if n != want {
			t.Fatalf("round %d: %d completions, want %d", round, n, want)
		}
	}
}

func TestRawCQEMixed(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_CQE_MIXED)
	q, err := NewRaw(4, &Options{Flags: uapi.IORING_SETUP_CQE_MIXED, CQEntries: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	for i := range uint64(50) {
		s := q.Next()
		s.PrepNop()
		s.UserData = i
		s = q.Next()
		s.PrepNopFlags(0, 0, 0, uapi.IORING_NOP_CQE32)
		s.UserData, s.Off, s.Addr = ^i, i, 3
		if _, err := q.SubmitAndWait(3); err != nil {
			t.Fatal(err)
		}
		if c := q.Pop(); c == nil || c.UserData != i {
			t.Fatalf("%d: %+v", i, c)
		}
		c := q.Pop()
		if c == nil || c.UserData != ^i {
			t.Fatalf("%d: long %+v", i, c)
		}
		if x := c.BigCqe(2); x[0] != i || x[1] != 3 {
			t.Fatalf("%d: extra %#x", i, x)
		}
		if c := q.Pop(); c != nil {
			t.Fatalf("%d: third %+v", i, c)
		}
	}
}

func TestRawSQEMixed(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_SQE_MIXED)
	q, err := NewRaw(4, &Options{Flags: uapi.IORING_SETUP_SQE_MIXED})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	for round := range uint64(60) {
		var want []uint64
		for i := range uint64(3) {
			var s *uapi.IoUringSqe
			if long := (round>>i)&1 == 1; long {
				if s = q.Next128(); s == nil {
					break
				}
				s.PrepNop128()
				for j := range s.Cmd(80) {
					s.Cmd(80)[j] = byte(j)
				}
				s.RwFlags = 0
			} else if s = q.Next(); s != nil {
				s.PrepNop()
			} else {
				break
			}
			s.UserData = round<<8 | i
			want = append(want, s.UserData)
		}
		if _, err := q.SubmitAndWait(uint32(len(want))); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if c := q.Pop(); c == nil || c.UserData != w || c.Res != 0 {
				t.Fatalf("round %d: %+v, want %#x", round, c, w)
			}
		}
		if c := q.Pop(); c != nil {
			t.Fatalf("round %d: one more, %+v", round, c)
		}
	}
	plain, err := NewRaw(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if plain.Next128() != nil {
		t.Error("a ring without long entries gave one out")
	}
}

// Each entry of an SQE128 ring has its second half cleared before it is used.
func TestSQE128(t *testing.T) {
	r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQE128})
	for range 10 {
		s, err := r.Get128()
		if err != nil {
			t.Fatal(err)
		}
		s.Prepare128(func(e *uapi.IoUringSqe) {
			for i, b := range e.Cmd(80)[16:] {
				if b != 0 {
					t.Fatalf("byte %d of the second half is %#x", i, b)
				}
			}
			e.PrepNop()
			clear(e.Cmd(80)[16:])
			e.Cmd(80)[79] = 1
		})
		get(t, r).Nop()
		for _, c := range reap(t, r, 2) {
			if c.Res != 0 {
				t.Errorf("%+v", c)
			}
		}
	}
	plain := newRing(t, 4, nil)
	_, err := plain.Get128()
	argument(t, err)
	if plain.Next128() != nil {
		t.Error("a ring without long entries gave one out")
	}
}

// Long and short entries in any order, over the end of the queue.
func TestSQEMixed(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_SQE_MIXED)
	for _, flags := range []uapi.SetupFlags{0, uapi.IORING_SETUP_CQE_MIXED, uapi.IORING_SETUP_SQPOLL} {
		r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQE_MIXED | flags, CQEntries: 16})
		for round := range 300 {
			n := 1 + round%5
			for i := range n {
				var s *SQE
				var err error
				if (round>>i^round/5)&1 == 1 {
					if s, err = r.Get128(); err == nil {
						nop128(s)
					}
				} else if s, err = r.Get(); err == nil {
					s.Nop()
				}
				if err != nil {
					t.Fatal(err)
				}
				s.SetUserData(uint64(round<<8 | i))
			}
			for i, c := range reap(t, r, n) {
				if c.Res != 0 || c.UserData != uint64(round<<8|i) {
					t.Fatalf("%v: round %d, completion %d: %+v", flags, round, i, c)
				}
			}
			settled(t, r)
		}
	}
}

// settled wants a ring that has nothing to do any more.
func settled(t testing.TB, r *Ring) {
	t.Helper()
	busy := 0
	r.slots.busy(func(*SQE) { busy++ })
	if busy != 0 || r.hidden != 0 || r.fillers != 0 || r.prepared != 0 || r.misused != 0 {
		t.Fatalf("left over: %d slots, hidden %d, fillers %d, prepared %d, misused %d", busy, r.hidden, r.fillers, r.prepared, r.misused)
	}
}

// What is done wrong with a long entry fails alone.
func TestSQEMixedMisuse(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_SQE_MIXED)
	for name, use := range map[string]func(*Ring) error{
		"never prepared": func(r *Ring) error { r.Next128(); return nil },
		"short operation": func(r *Ring) error {
			s := r.Next128()
			s.Nop()
			s.SetUserData(1)
			return nil
		},
		"short operation in all of it": func(r *Ring) error {
			s := r.Next128()
			s.Prepare128(func(e *uapi.IoUringSqe) { e.PrepNop() })
			s.SetUserData(1)
			return s.Err()
		},
		"long operation in a short entry": func(r *Ring) error {
			s := r.Next()
			s.Prepare(func(e *uapi.IoUringSqe) { e.PrepNop128() })
			s.SetUserData(1)
			return s.Err()
		},
		"long operation by Prepare": func(r *Ring) error {
			s := r.Next128()
			s.Prepare(func(e *uapi.IoUringSqe) { e.PrepNop128() })
			s.SetUserData(1)
			return s.Err()
		},
		"flags first": func(r *Ring) error {
			s := r.Next128()
			s.SetFlags(uapi.IOSQE_ASYNC)
			s.SetUserData(1)
			return s.Err()
		},
		"failed afterwards": func(r *Ring) error {
			s := r.Next128()
			nop128(s)
			s.SetUserData(1)
			s.fail(opNone, &ArgumentError{"x", "y", "z", ""})
			return s.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t, 8, &Options{Flags: uapi.IORING_SETUP_SQE_MIXED})
			for round := range 10 {
				a := get(t, r)
				a.Nop()
				a.SetUserData(100)
				reason := use(r)
				b := get(t, r)
				b.Nop()
				b.SetUserData(200)
				got := reap(t, r, 3)
				if got[0].UserData != 100 || got[0].Res != 0 || got[2].UserData != 200 || got[2].Res != 0 {
					t.Fatalf("round %d: %+v", round, got)
				}
				if wrong := got[1].Res < 0; wrong != (name != "short operation") || wrong && name != "never prepared" && reason == nil {
					t.Fatalf("round %d: %+v, reason %v", round, got[1], reason)
				}
				settled(t, r)
			}
		})
	}
}

// A chain of links holds over the filler at the end of the queue, and breaks
// where one of its requests fails.
func TestSQEMixedLinks(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_SQE_MIXED)
	for _, broken := range []bool{false, true} {
		for lead := range 4 {
			t.Run(fmt.Sprint(broken, lead), func(t *testing.T) {
				r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQE_MIXED, CQEntries: 16})
				for range lead {
					get(t, r).Nop()
					reap(t, r, 1)
				}
				a, b := r.Next(), r.Next128()
				if b == nil {
					// One place, a filler and a pair need four.
					t.Fatal("no room")
				}
				a.Prepare(func(e *uapi.IoUringSqe) {
					if broken {
						e.PrepNopFlags(0, ^uint32(4), 0, uapi.IORING_NOP_INJECT_RESULT)
					} else {
						e.PrepNop()
					}
				})
				a.SetFlags(uapi.IOSQE_IO_LINK)
				nop128(b)
				got := reap(t, r, 2)
				if failed := got[1].Res == -125; failed != broken || broken && got[0].Res != -5 {
					t.Errorf("%+v", got)
				}
				settled(t, r)
			})
		}
	}
}
