//go:build linux

package ring

import (
	"errors"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

const every = uapi.IORING_ASYNC_CANCEL_ALL

// victims are three requests that wait: a read and a poll on one pipe, with 1
// and 2 as user data, and a poll on another, with 3.
func victims(t testing.TB, r *Ring, in, in2 int) {
	t.Helper()
	start(t, r, func(s *SQE) { s.Read(in, make([]byte, 5), -1); s.SetUserData(1) })
	start(t, r, func(s *SQE) { s.Poll(in, unix.POLLIN); s.SetUserData(2) })
	start(t, r, func(s *SQE) { s.Poll(in2, unix.POLLIN); s.SetUserData(3) })
}

// canceled submits what must cancel want requests, and tells which they were.
func canceled(t testing.TB, r *Ring, want int, prep func(*SQE)) (list [4]bool) {
	t.Helper()
	s := r.Next()
	prep(s)
	s.SetUserData(9)
	for range want + 1 {
		c := next(t, r)
		switch {
		case c.UserData == 9 && (c.Res == int32(want) || want == 1 && c.Res == 0):
		case c.UserData < 4 && errors.Is(c.Err(), syscall.ECANCELED):
			list[c.UserData] = true
		default:
			t.Fatalf("%+v", c)
		}
	}
	return list
}

func TestCancelFD(t *testing.T) {
	r := newRing(t, 8, nil)
	in, _ := pipe(t)
	in2, _ := pipe(t)
	needForm(t, "canceling by descriptor", "5.19", r, func(s *SQE) { s.CancelFD(in, every) }, syscall.EINVAL)
	victims(t, r, in, in2)
	if got := canceled(t, r, 2, func(s *SQE) { s.CancelFD(in, every) }); got != [4]bool{1: true, 2: true} {
		t.Fatal(got)
	}
	if got := canceled(t, r, 1, func(s *SQE) { s.CancelAny(0) }); got != [4]bool{3: true} {
		t.Fatal(got)
	}
	victims(t, r, in, in2)
	if got := canceled(t, r, 3, func(s *SQE) { s.CancelAny(every) }); got != [4]bool{1: true, 2: true, 3: true} {
		t.Fatal(got)
	}
	refused(t, r, func(s *SQE) { s.CancelFD(in, 0) }, syscall.ENOENT)
}

func TestCancelOp(t *testing.T) {
	r := newRing(t, 8, nil)
	in, _ := pipe(t)
	in2, _ := pipe(t)
	needForm(t, "canceling by operation", "6.6", r, func(s *SQE) { s.CancelOp(uapi.IORING_OP_READ, every) }, syscall.EINVAL)
	victims(t, r, in, in2)
	if got := canceled(t, r, 1, func(s *SQE) { s.CancelOp(uapi.IORING_OP_READ, 0) }); got != [4]bool{1: true} {
		t.Fatal(got)
	}
	if got := canceled(t, r, 2, func(s *SQE) { s.CancelOp(uapi.IORING_OP_POLL_ADD, every) }); got != [4]bool{2: true, 3: true} {
		t.Fatal(got)
	}
}

// TestCancelFixedFile cancels by a slot of the file table.
func TestCancelFixedFile(t *testing.T) {
	r := newRing(t, 8, nil)
	in, _ := pipe(t)
	needForm(t, "canceling by descriptor", "5.19", r, func(s *SQE) { s.CancelFD(in, every) }, syscall.EINVAL)
	if err := uapi.RegisterFiles(r.FD(), []int32{int32(in)}); err != nil {
		t.Fatal(err)
	}
	start(t, r, func(s *SQE) { s.Poll(0, unix.POLLIN); s.SetFlags(uapi.IOSQE_FIXED_FILE); s.SetUserData(1) })
	if got := canceled(t, r, 1, func(s *SQE) { s.CancelFD(0, uapi.IORING_ASYNC_CANCEL_FD_FIXED) }); got != [4]bool{1: true} {
		t.Fatal(got)
	}
}
