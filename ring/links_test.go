//go:build linux

package ring

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

const (
	bad  = -int32(syscall.EBADF)
	gone = -int32(syscall.ECANCELED)
)

// Chains of a request that fails and others that do not: what a link breaks, a
// hard link does not, and what is not told is that a request succeeded.
func TestLinks(t *testing.T) {
	const (
		link = uapi.IOSQE_IO_LINK
		hard = uapi.IOSQE_IO_HARDLINK
		skip = uapi.IOSQE_CQE_SKIP_SUCCESS
	)
	for i, c := range []struct {
		flags []uapi.SQEFlags // of each request
		fails int             // the one that fails, -1 for none
		want  map[uint64]int32
	}{
		{[]uapi.SQEFlags{link, link, 0, 0}, -1, map[uint64]int32{0: 0, 1: 0, 2: 0, 3: 0}},
		{[]uapi.SQEFlags{link, link, 0, 0}, 0, map[uint64]int32{0: bad, 1: gone, 2: gone, 3: 0}},
		{[]uapi.SQEFlags{link, link, 0, 0}, 1, map[uint64]int32{0: 0, 1: bad, 2: gone, 3: 0}},
		{[]uapi.SQEFlags{hard, hard, 0, 0}, 0, map[uint64]int32{0: bad, 1: 0, 2: 0, 3: 0}},
		{[]uapi.SQEFlags{hard, link, link, 0}, 1, map[uint64]int32{0: 0, 1: bad, 2: gone, 3: gone}},
		{[]uapi.SQEFlags{skip, skip, 0, skip}, -1, map[uint64]int32{2: 0}},
		{[]uapi.SQEFlags{skip | link, skip | link, 0, skip}, -1, map[uint64]int32{2: 0}},
		{[]uapi.SQEFlags{skip | link, skip | link, 0, 0}, 1, map[uint64]int32{1: bad, 2: gone, 3: 0}},
		{[]uapi.SQEFlags{skip | link, skip, 0, 0}, 0, map[uint64]int32{0: bad, 1: gone, 2: 0, 3: 0}},
		{[]uapi.SQEFlags{link, uapi.IOSQE_IO_DRAIN, 0, 0}, 0, map[uint64]int32{0: bad, 1: gone, 2: 0, 3: 0}},
	} {
		for _, o := range []*Options{nil, {AnyThread: true}, {Exact: true, Flags: uapi.IORING_SETUP_SUBMIT_ALL}} {
			t.Run(fmt.Sprint(i, o != nil), func(t *testing.T) {
				r := newRing(t, 8, o)
				for round := range 3 {
					for j, f := range c.flags {
						s := get(t, r)
						if j == c.fails {
							s.Read(-1, make([]byte, 1), 0)
						} else {
							s.Nop()
						}
						s.SetFlags(f)
						s.SetUserData(uint64(j))
					}
					// Waits for those that are told, and no more.
					got := reap(t, r, len(c.want))
					for _, g := range got {
						if want, ok := c.want[g.UserData]; !ok || g.Res != want {
							t.Errorf("round %d: %+v, want %v", round, g, c.want)
						}
					}
					for range r.Completions() {
						t.Error("a completion more")
					}
					settled(t, r)
				}
			})
		}
	}
}

// A drained request begins when all before it are over, and those behind it
// wait for it.
func TestDrain(t *testing.T) {
	for _, o := range []*Options{nil, {AnyThread: true}} {
		r := newRing(t, 8, o)
		from, to := filePipe(t)
		buf := make([]byte, 1)
		s := get(t, r)
		s.Read(int(from.Fd()), buf, -1)
		s.SetUserData(1)
		s = get(t, r)
		s.Nop()
		s.SetFlags(uapi.IOSQE_IO_DRAIN)
		s.SetUserData(2)
		s = get(t, r)
		s.Nop()
		s.SetUserData(3)
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		for c := range r.Completions() {
			t.Errorf("before the first was over: %+v", c)
		}
		if _, err := to.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		for i, c := range reap(t, r, 3) {
			if c.UserData != uint64(i+1) || c.Res < 0 {
				t.Errorf("completion %d: %+v", i, c)
			}
		}
	}
}

// A chain of links goes through files: what the first wrote the second reads.
func TestLinkedWriteAndRead(t *testing.T) {
	r := newRing(t, 8, nil)
	from, to := filePipe(t)
	buf := make([]byte, 8)
	s := get(t, r)
	s.Write(int(to.Fd()), []byte("through"), -1)
	s.SetFlags(uapi.IOSQE_IO_LINK | uapi.IOSQE_CQE_SKIP_SUCCESS)
	s = get(t, r)
	s.Read(int(from.Fd()), buf, -1)
	if c := reap(t, r, 1)[0]; c.Op != uapi.IORING_OP_READ || string(buf[:c.Res]) != "through" {
		t.Errorf("%+v, %q", c, buf)
	}
}
