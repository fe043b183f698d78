//go:build linux

package semantics

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// Answers are texts: "0" or a number, or an errno as "EACCES", or what went
// wrong on the way. Failures then need no path of their own: they are no answer
// that any test wants.

const (
	ok      = "0"
	denied  = "EACCES"
	invalid = "EINVAL"
)

// answer is what a call said.
func answer(err error) string {
	if err == nil {
		return ok
	}
	if e, is := err.(syscall.Errno); is {
		return errno(e)
	}
	return err.Error()
}

func errno(e syscall.Errno) string {
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}

// result is what a request completed with.
func result(res int32) string {
	if res < 0 {
		return errno(syscall.Errno(-res))
	}
	return fmt.Sprint(res)
}

// wants compares an answer.
func wants(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// open makes a ring with these flags alone.
func open(flags uapi.SetupFlags) (*ring.Raw, error) {
	return ring.NewRaw(8, &ring.Options{Exact: true, Flags: flags})
}

// newRing is open for the length of a test.
func newRing(t *testing.T, flags uapi.SetupFlags) *ring.Raw {
	t.Helper()
	r, err := open(flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// prep fills in a request. Memory that it names is the test's to keep.
type prep func(*uapi.IoUringSqe)

// The operations of most tests.
const (
	opNop    = uapi.IORING_OP_NOP
	opClose  = uapi.IORING_OP_CLOSE
	opSocket = uapi.IORING_OP_SOCKET
)

func nop(s *uapi.IoUringSqe) { s.PrepNop() }

// shut closes what is not open: EBADF, unless it is denied.
func shut(s *uapi.IoUringSqe) { s.PrepClose(1 << 20) }

// socket asks for what no kernel has: EAFNOSUPPORT, unless it is denied.
func socket(s *uapi.IoUringSqe) { s.PrepSocket(1<<20, syscall.SOCK_STREAM, 0, 0) }

// flagged adds flags to a request.
func flagged(p prep, f uapi.SQEFlags) prep {
	return func(s *uapi.IoUringSqe) { p(s); s.Flags |= f }
}

// put queues a request.
func put(r *ring.Raw, userData uint64, p prep) {
	s := r.Next()
	p(s)
	s.UserData = userData
}

// patience is how long to wait for what must come.
const patience = 20 * time.Second

// complete submits one request and returns its completion.
func complete(r *ring.Raw, p prep) (uapi.IoUringCqe, error) {
	return completeAs(r, 7, p)
}

func completeAs(r *ring.Raw, userData uint64, p prep) (uapi.IoUringCqe, error) {
	put(r, userData, p)
	if _, err := r.Submit(); err != nil {
		return uapi.IoUringCqe{}, err
	}
	c, err := next(r, patience)
	if err == nil && c.UserData != userData {
		err = fmt.Errorf("a completion of %#x, want %#x", c.UserData, userData)
	}
	return c, err
}

// next takes a completion, waiting for it if need be.
func next(r *ring.Raw, limit time.Duration) (uapi.IoUringCqe, error) {
	for end := time.Now().Add(limit); r.Ready() == 0; {
		left := time.Until(end)
		if left <= 0 {
			return uapi.IoUringCqe{}, errors.New("no completion")
		}
		ts := &uapi.KernelTimespec{TvSec: int64(left / time.Second), TvNsec: int64(left % time.Second)}
		_, err := uapi.EnterTimeout(r.FD(), 0, 1, uapi.IORING_ENTER_GETEVENTS, ts, 0, nil)
		if err != nil && err != syscall.EINTR && err != syscall.ETIME {
			return uapi.IoUringCqe{}, fmt.Errorf("waiting: %w", err)
		}
	}
	c := *r.CQE(0)
	r.Advance(1)
	return c, nil
}

// ask is the answer to one request.
func ask(r *ring.Raw, p prep) string {
	c, err := complete(r, p)
	if err != nil {
		return err.Error()
	}
	return result(c.Res)
}

// askNew is the answer to one request on a ring that the calling thread makes
// for it.
func askNew(p prep) string {
	r, err := open(0)
	if err != nil {
		return err.Error()
	}
	defer r.Close()
	return ask(r, p)
}
