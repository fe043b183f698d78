//go:build linux

package ring

import (
	"os"
	"runtime"
	"slices"
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
			if cpus := threadCPUs(t); !slices.Contains(cpus, "0") {
				t.Errorf("polling threads may run on %q", cpus)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// threadCPUs is where the polling threads of this process may run: that of an
// earlier ring may still be ending.
func threadCPUs(t *testing.T) (cpus []string) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		status, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/status")
		if !strings.Contains(string(status), "iou-sqp-") {
			continue
		}
		for l := range strings.Lines(string(status)) {
			if v, ok := strings.CutPrefix(l, "Cpus_allowed_list:"); ok {
				cpus = append(cpus, strings.TrimSpace(v))
			}
		}
	}
	return cpus
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
		before := pollers(t)
		o.ShareWorkers = a
		b := newRing(t, 4, &o)
		if n := pollers(t); n != before {
			t.Errorf("%v: %d polling threads, then %d", flags, before, n)
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

func pollers(t *testing.T) (n int) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		if name, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/comm"); strings.HasPrefix(string(name), "iou-sqp-") {
			n++
		}
	}
	return n
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
