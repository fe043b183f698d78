//go:build linux

package ring

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// long is a time that no test waits for.
const long = time.Hour

func TestTimeout(t *testing.T) {
	r := newRing(t, 8, nil)
	before := time.Now()
	refused(t, r, func(s *SQE) { s.Timeout(20*time.Millisecond, 0, 0) }, syscall.ETIME)
	if d := time.Since(before); d < 20*time.Millisecond {
		t.Fatal(d)
	}
	refused(t, r, func(s *SQE) { s.Timeout(0, 0, uapi.IORING_TIMEOUT_ABS) }, syscall.ETIME)
	// Two others end it.
	start(t, r, func(s *SQE) { s.Timeout(long, 2, 0) })
	for range 2 {
		s := r.Next()
		s.Nop()
	}
	for _, want := range []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_NOP, uapi.IORING_OP_TIMEOUT} {
		if c := next(t, r); c.Op != want || c.Res != 0 {
			t.Fatalf("%+v, want %v", c, want)
		}
	}
}

func TestTimeoutAt(t *testing.T) {
	r := newRing(t, 8, nil)
	needForm(t, "clocks of timeouts", "5.15", r, func(s *SQE) { s.TimeoutAt(time.Unix(0, 0), 0) }, syscall.EINVAL)
	at := time.Now().Add(20 * time.Millisecond)
	refused(t, r, func(s *SQE) { s.TimeoutAt(at, 0) }, syscall.ETIME)
	if now := time.Now().Round(0); now.Before(at.Round(0)) { // by the wall clock, which goes at a pace of its own
		t.Fatal(now, at)
	}
}

func TestTimeoutMultishot(t *testing.T) {
	r := newRing(t, 8, nil)
	needForm(t, "repeated timeouts", "6.4", r, func(s *SQE) { s.Timeout(1, 1, uapi.IORING_TIMEOUT_MULTISHOT) }, syscall.EINVAL)
	start(t, r, func(s *SQE) { s.Timeout(time.Millisecond, 3, uapi.IORING_TIMEOUT_MULTISHOT) })
	for i := range 3 {
		if c := next(t, r); !errors.Is(c.Err(), syscall.ETIME) || c.More() != (i < 2) {
			t.Fatalf("%d: %+v", i, c)
		}
	}
}

func TestTimeoutUpdateAndRemove(t *testing.T) {
	r := newRing(t, 8, nil)
	id := start(t, r, func(s *SQE) { s.Timeout(long, 0, 0) })
	s := r.Next()
	s.TimeoutUpdate(id, 0, 0)
	got := map[uapi.Op]error{}
	for range 2 {
		c := next(t, r)
		got[c.Op] = c.Err()
	}
	if !errors.Is(got[uapi.IORING_OP_TIMEOUT], syscall.ETIME) || got[uapi.IORING_OP_TIMEOUT_REMOVE] != nil {
		t.Fatal(got)
	}
	refused(t, r, func(s *SQE) { s.TimeoutRemove(id) }, syscall.ENOENT)
	refused(t, r, func(s *SQE) { s.TimeoutUpdate(id, 0, 0) }, syscall.ENOENT)
	id = start(t, r, func(s *SQE) { s.Timeout(long, 0, 0) })
	s = r.Next()
	s.TimeoutRemove(id)
	for range 2 {
		c := next(t, r)
		got[c.Op] = c.Err()
	}
	if !errors.Is(got[uapi.IORING_OP_TIMEOUT], syscall.ECANCELED) || got[uapi.IORING_OP_TIMEOUT_REMOVE] != nil {
		t.Fatal(got)
	}
}

func TestLinkTimeout(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	buf := make([]byte, 10)
	if read, limit := readWithin(t, r, in, buf, time.Millisecond, 0); !(errors.Is(read, syscall.ECANCELED) || errors.Is(read, syscall.EINTR)) || !errors.Is(limit, syscall.ETIME) {
		t.Fatal(read, limit)
	}
	write(t, out, "in time")
	if read, limit := readWithin(t, r, in, buf, long, 0); read != nil || !errors.Is(limit, syscall.ECANCELED) {
		t.Fatal(read, limit)
	}
}

// readWithin reads with a limit of time, and tells how both requests end.
func readWithin(t testing.TB, r *Ring, fd int, buf []byte, d time.Duration, flags uapi.TimeoutFlags) (read, limit error) {
	t.Helper()
	a, b := r.Next(), r.Next()
	a.Read(fd, buf, -1)
	a.SetFlags(uapi.IOSQE_IO_LINK)
	b.LinkTimeout(d, flags)
	for range 2 {
		c := next(t, r)
		if c.Op == uapi.IORING_OP_READ {
			read = c.Err()
		} else {
			limit = c.Err()
		}
	}
	return read, limit
}

func TestTimesInEntries(t *testing.T) {
	r := newRing(t, 8, nil)
	in, _ := pipe(t)
	needForm(t, "times in entries", "7.1", r, func(s *SQE) { s.Timeout(1, 0, uapi.IORING_TIMEOUT_IMMEDIATE_ARG) }, syscall.EINVAL)
	refused(t, r, func(s *SQE) { s.Timeout(time.Microsecond, 0, uapi.IORING_TIMEOUT_IMMEDIATE_ARG) }, syscall.ETIME)
	if read, limit := readWithin(t, r, in, make([]byte, 10), time.Millisecond, uapi.IORING_TIMEOUT_IMMEDIATE_ARG); !errors.Is(read, syscall.ECANCELED) || !errors.Is(limit, syscall.ETIME) {
		t.Fatal(read, limit)
	}
}

func TestPoll(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	start(t, r, func(s *SQE) { s.Poll(in, unix.POLLIN) })
	write(t, out, "x")
	if c := next(t, r); c.Res != unix.POLLIN {
		t.Fatalf("%+v", c)
	}
	read(t, in)
	id := start(t, r, func(s *SQE) { s.Poll(in, unix.POLLIN) })
	s := r.Next()
	s.PollRemove(id)
	got := map[uapi.Op]error{}
	for range 2 {
		c := next(t, r)
		got[c.Op] = c.Err()
	}
	if !errors.Is(got[uapi.IORING_OP_POLL_ADD], syscall.ECANCELED) || got[uapi.IORING_OP_POLL_REMOVE] != nil {
		t.Fatal(got)
	}
	refused(t, r, func(s *SQE) { s.PollRemove(id) }, syscall.ENOENT)
}

func TestPollMultishot(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	needForm(t, "polling again and again", "5.13", r, func(s *SQE) { s.PollMultishot(-1, unix.POLLIN) }, syscall.EINVAL)
	id := start(t, r, func(s *SQE) { s.PollMultishot(in, unix.POLLIN) })
	for range 3 {
		write(t, out, "x")
		if c := next(t, r); c.Res != unix.POLLIN || !c.More() {
			t.Fatalf("%+v", c)
		}
	}
	// Other events, still again and again.
	s := r.Next()
	s.PollUpdate(id, unix.POLLHUP)
	if c := next(t, r); c.Op != uapi.IORING_OP_POLL_REMOVE || c.Err() != nil {
		t.Fatalf("%+v", c)
	}
	write(t, out, "x")
	unix.Close(out)
	if c := next(t, r); c.Res&unix.POLLHUP == 0 || !c.More() {
		t.Fatalf("%+v", c)
	}
	cancel(t, r, id)
	refused(t, r, func(s *SQE) { s.PollUpdate(id, unix.POLLIN) }, syscall.ENOENT)
}

// TestPollByLevel will fail with the first kernel that has what the headers
// promise; then PollMultishot should have it, too.
func TestPollByLevel(t *testing.T) {
	r := newRing(t, 8, nil)
	in, _ := pipe(t)
	refused(t, r, func(s *SQE) {
		s.Prepare(func(e *uapi.IoUringSqe) {
			e.PrepPollMultishot(int32(in), unix.POLLIN)
			e.Len |= uint32(uapi.IORING_POLL_ADD_LEVEL)
		})
	}, syscall.EINVAL)
}
