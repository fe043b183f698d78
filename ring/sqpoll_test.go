//go:build linux

package ring

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// asleep waits until the polling thread sleeps.
func asleep(t *testing.T, r *Ring) {
	t.Helper()
	for range 2000 {
		if r.raw.wakeup() != 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the polling thread does not sleep")
}

func TestSQPollSleepsAndWakes(t *testing.T) {
	for _, o := range []*Options{
		{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: time.Millisecond},
		{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: time.Millisecond, AnyThread: true, SQThreadCPU: 1},
	} {
		r := newRing(t, 8, o)
		if r.Info().Flags&taskrun != 0 {
			t.Errorf("a ring with %v", r.Info().Flags)
		}
		for round := range 3 {
			asleep(t, r)
			for i := range 3 {
				s := get(t, r)
				s.Nop()
				s.SetUserData(uint64(10*round + i))
			}
			for i, c := range reap(t, r, 3) {
				if c.Res != 0 || c.UserData != uint64(10*round+i) {
					t.Errorf("round %d: %+v", round, c)
				}
			}
		}
		if o.SQThreadCPU == 1 {
			status := "/proc/self/task/" + sqThread(t, r) + "/status"
			if cpus := field(t, status, "Cpus_allowed_list:"); cpus != "0" {
				t.Errorf("the polling thread may run on %q", cpus)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// sqThread is the polling thread of a ring.
func sqThread(t *testing.T, r *Ring) string {
	t.Helper()
	for range 1000 {
		// The kernel says -1 while it is busy with the ring.
		if id := field(t, fmt.Sprintf("/proc/self/fdinfo/%d", r.FD()), "SqThread:"); id != "" && id != "-1" {
			return id
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the ring has no polling thread")
	return ""
}

// field is the value behind a name in a file of /proc.
func field(t *testing.T, path, name string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(l, name); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// More requests than the queue holds: Get waits until the thread has made room.
func TestSQPollFull(t *testing.T) {
	r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: time.Millisecond, CQEntries: 1024})
	asleep(t, r)
	for i := range 500 {
		s := get(t, r)
		s.Nop()
		s.SetUserData(uint64(i))
	}
	for i, c := range reap(t, r, 500) {
		if c.UserData != uint64(i) {
			t.Fatalf("completion %d is %+v", i, c)
		}
	}
}

func TestShareWorkers(t *testing.T) {
	for _, flags := range []uapi.SetupFlags{0, uapi.IORING_SETUP_SQPOLL} {
		o := Options{Flags: flags, SQThreadIdle: time.Second}
		a := newRing(t, 4, &o)
		o.ShareWorkers = a
		b := newRing(t, 4, &o)
		if flags != 0 && sqThread(t, a) != sqThread(t, b) {
			t.Error("two polling threads")
		}
		get(t, a).Nop()
		get(t, b).Nop()
		reap(t, a, 1)
		reap(t, b, 1)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		get(t, b).Nop() // the thread lives on
		reap(t, b, 1)
		_, err := New(4, &o)
		argument(t, err)
	}
}

func TestSQThreadArguments(t *testing.T) {
	for _, o := range []*Options{
		{SQThreadCPU: 1},
		{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadCPU: -1},
		{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: -1},
		{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: 50 * 24 * time.Hour},
	} {
		_, err := New(4, o)
		argument(t, err)
	}
	if _, err := New(4, &Options{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadCPU: 5000 + runtime.NumCPU()}); err == nil {
		t.Error("a polling thread on a processor that is not there")
	} else {
		t.Log(err)
	}
}
