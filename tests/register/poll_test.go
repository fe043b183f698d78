package register

import (
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// The kernel reads the mask of a poll with its halves swapped on big-endian
// machines. With the wrong order nothing is asked for, and nothing comes.
func TestPollMask(t *testing.T) {
	const pollIn, pollOut = 0x1, 0x4
	r := newRing(t, 0)
	in, out := pipe(t)
	if n := r.do(func(s *uapi.IoUringSqe) { s.PrepPollAdd(out, pollOut) }); n&pollOut == 0 {
		t.Errorf("an empty pipe polls as %#x, want it writable", n)
	}
	if _, err := syscall.Write(int(out), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if n := r.do(func(s *uapi.IoUringSqe) { s.PrepPollAdd(in, pollIn) }); n&pollIn == 0 {
		t.Errorf("a pipe with a byte in it polls as %#x, want it readable", n)
	}
}
