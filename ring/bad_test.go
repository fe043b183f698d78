//go:build linux

package ring

import (
	"errors"
	"math"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// typed tells whether err is one that a program can tell from others.
func typed(err error) bool {
	var argument *ArgumentError
	var op *OpError
	var unsupported *UnsupportedError
	return errors.As(err, &argument) || errors.As(err, &op) || errors.As(err, &unsupported)
}

// What no ring can be made of is refused for a reason, and leaves nothing
// behind, not even a locked thread.
func TestNewRefuses(t *testing.T) {
	watch(t)
	closed := newRing(t, 1, nil)
	closed.Close()
	before := inventory()
	for name, c := range map[string]struct {
		entries uint32
		o       Options
	}{
		"no entries":            {0, Options{}},
		"no entries, clamped":   {0, Options{Flags: uapi.IORING_SETUP_CLAMP}},
		"too many":              {32769, Options{}},
		"far too many":          {math.MaxUint32, Options{}},
		"too many completions":  {1, Options{CQEntries: 65537}},
		"far too many of them":  {1, Options{CQEntries: math.MaxUint32}},
		"too few of them":       {8, Options{CQEntries: 4}},
		"too few, clamped":      {8, Options{CQEntries: 4, Flags: uapi.IORING_SETUP_CLAMP}},
		"CQSIZE without a size": {1, Options{Flags: uapi.IORING_SETUP_CQSIZE}},
		"flag of no kernel":     {1, Options{Flags: 1 << 31}},
		"the same, exact":       {1, Options{Flags: 1 << 30, Exact: true}},
		"flags that exclude":    {1, Options{Flags: uapi.IORING_SETUP_SQPOLL | uapi.IORING_SETUP_DEFER_TASKRUN, Exact: true}},
		"negative idle":         {1, Options{SQThreadIdle: -1}},
		"endless idle":          {1, Options{SQThreadIdle: math.MaxInt64}},
		"negative processor":    {1, Options{SQThreadCPU: -1, Flags: uapi.IORING_SETUP_SQPOLL}},
		"no such processor":     {1, Options{SQThreadCPU: 1 << 20, Flags: uapi.IORING_SETUP_SQPOLL}},
		"processor, no thread":  {1, Options{SQThreadCPU: 1}},
		"shares with closed":    {1, Options{ShareWorkers: closed}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := New(c.entries, &c.o)
			if err == nil {
				r.Close()
			}
			if !typed(err) {
				t.Errorf("New: %v", err)
			}
			if _, err := NewRaw(c.entries, &c.o); !typed(err) {
				t.Errorf("NewRaw: %v", err)
			}
		})
	}
	if left := leaked(before); left != "" {
		t.Error("left behind:", left)
	}
}

// The largest rings work.
func TestLargest(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 15 MiB")
	}
	watch(t)
	for _, entries := range []uint32{maxEntries, math.MaxUint32} {
		r := newRing(t, entries, &Options{CQEntries: maxCQEntries, Flags: uapi.IORING_SETUP_CLAMP})
		if i := r.Info(); i.SQEntries != maxEntries || i.CQEntries != maxCQEntries {
			t.Errorf("%+v", i)
		}
		for range maxEntries {
			r.Next().Nop()
		}
		if len(all(t, r, maxEntries)) != maxEntries {
			t.Error("completions are missing")
		}
		r.Close()
	}
}

// Descriptors that are closed, of the wrong kind, or none.
func TestBadDescriptors(t *testing.T) {
	watch(t)
	r := newRing(t, 8, nil)
	rd, wr := pipe(t)
	file := fileWith(t, []byte("x"))
	closed, err := syscall.Dup(rd)
	if err != nil {
		t.Fatal(err)
	}
	syscall.Close(closed)
	buf := make([]byte, 1)
	for name, c := range map[string]struct {
		prepare func(*SQE)
		want    syscall.Errno
	}{
		"closed":          {func(s *SQE) { s.Read(closed, buf, 0) }, syscall.EBADF},
		"none":            {func(s *SQE) { s.Read(-1, buf, 0) }, syscall.EBADF},
		"least":           {func(s *SQE) { s.Read(math.MinInt32, buf, 0) }, syscall.EBADF},
		"largest":         {func(s *SQE) { s.Write(math.MaxInt32, buf, 0) }, syscall.EBADF},
		"more than 32":    {func(s *SQE) { s.Read(math.MaxInt, buf, 0) }, syscall.EINVAL},
		"write end":       {func(s *SQE) { s.Read(wr, buf, -1) }, syscall.EBADF},
		"no socket":       {func(s *SQE) { s.Recv(file, buf, 0) }, syscall.ENOTSOCK},
		"negative offset": {func(s *SQE) { s.Read(file, buf, -2) }, syscall.EINVAL},
		"least offset":    {func(s *SQE) { s.Write(file, buf, math.MinInt64) }, syscall.EINVAL},
		"largest offset":  {func(s *SQE) { s.Write(file, buf, math.MaxInt64) }, syscall.EINVAL},
		"no file table":   {func(s *SQE) { s.Read(0, buf, 0); s.SetFlags(uapi.IOSQE_FIXED_FILE) }, syscall.EBADF},
		"unknown flags":   {func(s *SQE) { s.Nop(); s.SetFlags(0x80) }, syscall.EINVAL},
	} {
		c0 := one(t, r, c.prepare)
		if int64(math.MaxInt) == math.MaxInt32 && name == "more than 32" {
			c.want = syscall.EBADF
		}
		wantErr(t, name, c0.Err(), c.want)
		if !typed(c0.Err()) {
			t.Errorf("%s: %v", name, c0.Err())
		}
	}
	for name, n := range map[string]int{
		"nil":   ok(t, r, func(s *SQE) { s.Read(file, nil, 0) }),
		"empty": ok(t, r, func(s *SQE) { s.Read(file, buf[:0], 0) }),
		"none":  ok(t, r, func(s *SQE) { s.Readv(file, nil, 0) }),
		"zero":  ok(t, r, func(s *SQE) { s.Write(file, []byte{}, 0) }),
	} {
		if n != 0 {
			t.Errorf("%s: %d", name, n)
		}
	}
	idle(t, r)
}

// A ring whose descriptor somebody has closed fails, and Close still ends.
func TestDescriptorTaken(t *testing.T) {
	watch(t)
	closeSoon(t)
	for kind, o := range kinds {
		r, err := New(4, o)
		if err != nil {
			t.Fatal(err)
		}
		syscall.Close(r.FD())
		r.Next().Nop()
		if _, err := r.SubmitAndWaitLimits(1, Limits{Timeout: 20 * time.Millisecond}); err != nil && !typed(err) && !errors.Is(err, ErrTimeout) {
			t.Errorf("%s: %v", kind, err)
		}
		err = r.Close()
		if err == nil {
			t.Errorf("%s: Close of what is closed succeeded", kind)
		}
		alive.Lock()
		alive.orphans = nil
		alive.Unlock()
	}
}
