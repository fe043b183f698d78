//go:build linux

package ring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watch ends the process, with the stacks of all goroutines, if the test takes
// longer than a minute: what hangs in the kernel cannot be ended otherwise.
func watch(t testing.TB) {
	t.Helper()
	name := t.Name()
	timer := time.AfterFunc(time.Minute, func() {
		debug.SetTraceback("all")
		panic(name + " hangs")
	})
	t.Cleanup(func() { timer.Stop() })
}

// fileWith is a file that has this content.
func fileWith(t testing.TB, content []byte) int {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	return int(f.Fd())
}

// all waits for n completions and returns them in order.
func all(t testing.TB, r *Ring, n int) []CQE {
	t.Helper()
	if _, err := r.SubmitAndWait(uint32(n)); err != nil {
		t.Fatal(err)
	}
	var list []CQE
	for c := range r.Completions() {
		list = append(list, c)
	}
	if len(list) != n {
		t.Fatalf("%d completions, want %d: %+v", len(list), n, list)
	}
	return list
}

// idle fails the test if a slot is not free, or holds anything.
func idle(t testing.TB, r *Ring) {
	t.Helper()
	r.slots.each(func(s *SQE) {
		if s.id&stateMask != stateIdle || s.hold != 0 || s.mem != nil {
			t.Errorf("slot %d is not free: id %#x, hold %b, mem %p", s.id.slot(), uint64(s.id), s.hold, s.mem)
		}
	})
	spare, extra := 0, len(r.slots.chunks)*chunkSize
	for s := r.slots.spare; s != nil && spare <= extra; s = s.next {
		spare++
	}
	if len(r.slots.former) == 0 && spare != extra {
		t.Errorf("%d of %d spare slots are free", spare, extra)
	}
	if r.hidden != 0 {
		t.Errorf("%d requests hidden", r.hidden)
	}
}

// quickClose closes a ring that must not have to wait for its requests.
func quickClose(t testing.TB, r *Ring) {
	t.Helper()
	slots := r.slots
	begin := time.Now()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(begin); d > max(closeLimit/2, time.Second) {
		t.Errorf("Close took %v", d)
	}
	slots.each(func(s *SQE) {
		if s.hold != 0 || s.mem != nil {
			t.Errorf("slot %d holds memory after Close", s.id.slot())
		}
	})
}

// wantErr fails the test if err is not want.
func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// wantArgument fails the test if err does not tell of a bad argument.
func wantArgument(t testing.TB, what string, err error) {
	t.Helper()
	if a := (*ArgumentError)(nil); !errors.As(err, &a) {
		t.Errorf("%s: %v, want an ArgumentError", what, err)
	}
}

// starve leaves the process so many bytes more than it has, until free. It is
// for children, in which nothing else goes on.
func starve(t testing.TB, spare uint64) (free func()) {
	t.Helper()
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var pages uint64
	if _, err := fmt.Sscan(string(text), &pages); err != nil {
		t.Fatal(err)
	}
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &before); err != nil {
		t.Fatal(err)
	}
	set := func(l unix.Rlimit) {
		if err := unix.Setrlimit(unix.RLIMIT_AS, &l); err != nil {
			t.Fatal(err)
		}
	}
	set(unix.Rlimit{Cur: pages*uint64(os.Getpagesize()) + spare, Max: before.Max})
	return func() { set(before) }
}
