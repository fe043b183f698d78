//go:build linux

package ring

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// waitable are the kinds of rings that Wait tells apart. A kernel may lack one.
var waitable = []struct {
	name string
	o    *Options
	need *kernel.Feature
}{
	{"bound", nil, nil},
	{"any thread", &Options{AnyThread: true}, nil},
	{"plain", &Options{Exact: true}, nil},
	{"one issuer", &Options{Flags: uapi.IORING_SETUP_COOP_TASKRUN}, needFlags("COOP_TASKRUN", kernel.Version{Major: 5, Minor: 19}, uapi.IORING_SETUP_COOP_TASKRUN)},
	{"no flag for work", &Options{Exact: true, Flags: uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN}, needFlags("DEFER_TASKRUN", kernel.Version{Major: 6, Minor: 1}, uapi.IORING_SETUP_SINGLE_ISSUER|uapi.IORING_SETUP_DEFER_TASKRUN)},
	{"polling thread", &Options{Flags: uapi.IORING_SETUP_SQPOLL}, nil},
	{"polling thread and devices", &Options{Flags: uapi.IORING_SETUP_SQPOLL | uapi.IORING_SETUP_IOPOLL}, nil},
}

func needFlags(name string, since kernel.Version, f uapi.SetupFlags) *kernel.Feature {
	return &kernel.Feature{Name: "IORING_SETUP_" + name, Since: since, Probe: func() error {
		fd, err := uapi.Setup(1, &uapi.IoUringParams{Flags: f})
		if err == nil {
			_ = syscall.Close(fd)
		}
		return err
	}}
}

func eachWaitable(t *testing.T, f func(t *testing.T, o *Options)) {
	for _, k := range waitable {
		t.Run(k.name, func(t *testing.T) {
			if k.need != nil {
				kernel.Need(t, *k.need)
			}
			f(t, k.o)
		})
	}
}

func submitted(t testing.TB, r *Ring, prep func(*SQE)) {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	prep(s)
	if n, err := r.Submit(); n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

func put(t testing.TB, fd int, b []byte) {
	t.Helper()
	if n, err := unix.Write(fd, b); n != len(b) || err != nil {
		t.Error(n, err)
	}
}

func taken(r *Ring) (all []CQE) {
	for c := range r.Completions() {
		all = append(all, c)
	}
	return all
}

// A completion that comes while the goroutine is parked, and one that comes
// before: the wake-up must not depend on which it is.
func TestWaitRead(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 8, o)
		if r.Info().Flags&uapi.IORING_SETUP_IOPOLL != 0 {
			return // reads no pipes; TestWaitNop waits on it
		}
		in, out := pipe(t)
		buf := make([]byte, 16)
		for round := range 200 {
			submitted(t, r, func(s *SQE) { s.Read(in, buf, -1) })
			delay := time.Duration(round%4) * 30 * time.Microsecond
			go func() {
				time.Sleep(delay)
				put(t, out, []byte("ping"))
			}()
			if err := r.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := taken(r); len(got) != 1 || got[0].Res != 4 || string(buf[:4]) != "ping" {
				t.Fatalf("round %d: %+v %q", round, got, buf)
			}
		}
	})
}

func TestWaitNop(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 8, o)
		for range 100 {
			submitted(t, r, func(s *SQE) { s.Nop() })
			if err := r.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := taken(r); len(got) != 1 {
				t.Fatal(got)
			}
		}
	})
}

func TestWaitContext(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 8, o)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Wait(over); err != context.Canceled {
			t.Errorf("over: %v", err)
		}
		for round := range 20 {
			soon, cancel := context.WithTimeout(t.Context(), time.Duration(round)*50*time.Microsecond)
			if err := r.Wait(soon); err != context.DeadlineExceeded {
				t.Errorf("deadline: %v", err)
			}
			cancel()
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Millisecond, cancel)
		if err := r.Wait(ctx); err != context.Canceled {
			t.Errorf("canceled: %v", err)
		}
		// The end of one context must not reach the next call.
		submitted(t, r, func(s *SQE) { s.Nop() })
		if err := r.Wait(over); err != nil && r.Info().Flags&uapi.IORING_SETUP_SQPOLL == 0 {
			t.Errorf("ready and over: %v", err)
		}
		if err := r.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if got := taken(r); len(got) != 1 {
			t.Error(got)
		}
	})
}

// The end of the context and the completion at the same time, thousands of
// times: either may win, nothing may be lost, and no interruption may leak.
func TestWaitContextRace(t *testing.T) {
	for _, o := range []*Options{nil, {AnyThread: true}} {
		r := newRing(t, 8, o)
		in, out := pipe(t)
		buf := make([]byte, 1)
		kinds := map[bool]int{}
		for range 2000 {
			submitted(t, r, func(s *SQE) { s.Read(in, buf, -1) })
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			go put(t, out, []byte{1})
			err := r.Wait(ctx)
			if err != nil && err != context.Canceled {
				t.Fatal(err)
			}
			kinds[err == nil]++
			for len(taken(r)) == 0 {
				if err := r.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			cancel()
		}
		t.Logf("completion first, context first: %v", kinds)
	}
}

// Completions that are not told are none to wait for.
func TestWaitHidden(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 8, o)
		for range 40 { // more than the completion queue holds
			submitted(t, r, func(s *SQE) {
				s.Nop()
				s.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS)
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := r.Wait(ctx); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		submitted(t, r, func(s *SQE) { s.Nop() })
		if err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := taken(r); len(got) != 1 {
			t.Fatal(got)
		}
	})
}

// Completions that wait outside of a full queue are ready, too.
func TestWaitOverflow(t *testing.T) {
	for _, o := range []*Options{nil, {AnyThread: true}} {
		r := newRing(t, 4, o)
		in, out := pipe(t)
		const n = 20
		bufs := make([]byte, n)
		for i := range n {
			submitted(t, r, func(s *SQE) { s.Read(in, bufs[i:i+1], -1) })
		}
		put(t, out, make([]byte, n))
		for got := 0; got < n; got += len(taken(r)) {
			if err := r.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What wakes all of the reads is gone when the kernel comes to them: work that
// gives no completion, more than it does with one entry. One completion is
// behind all of that.
func TestWaitWorkWithoutCompletions(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 64, o)
		if r.Info().Flags&uapi.IORING_SETUP_IOPOLL != 0 {
			return
		}
		in, out := pipe(t)
		last, lastOut := pipe(t)
		const n = 400
		bufs := make([]byte, n+1)
		for i := range n {
			submitted(t, r, func(s *SQE) { s.Read(in, bufs[i:i+1], -1) })
		}
		submitted(t, r, func(s *SQE) { s.Read(last, bufs[n:], -1) })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for got := 0; got == 0; {
			put(t, out, []byte{1})
			if unix.SetNonblock(in, true) == nil {
				_, _ = unix.Read(in, make([]byte, 1)) // unless a request was faster
			}
			_ = unix.SetNonblock(in, false)
			put(t, lastOut, []byte{1})
			if err := r.Wait(ctx); err != nil {
				t.Fatal(err)
			}
			got = len(taken(r))
		}
	})
}

// The ring's own request is not one that a restriction must allow, and is made
// again when somebody cancels everything.
func TestWaitRestricted(t *testing.T) {
	for name, o := range disabled {
		t.Run(name, func(t *testing.T) {
			r := restricted(t, o, Restrictions{Ops: []uapi.Op{uapi.IORING_OP_READ}})
			in, out := pipe(t)
			for range 3 {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
				if err := r.Wait(ctx); err != context.DeadlineExceeded {
					t.Error(err)
				}
				cancel()
				submitted(t, r, func(s *SQE) { s.Read(in, make([]byte, 1), -1) })
				time.AfterFunc(time.Millisecond, func() { put(t, out, []byte{1}) })
				if err := r.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				if got := taken(r); len(got) != 1 || got[0].Res != 1 {
					t.Error(got)
				}
			}
		})
	}
}

func TestWaitBehindCancelAll(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 8, o)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			if err := r.Wait(ctx); err != context.DeadlineExceeded {
				t.Error(err)
			}
			cancel()
			r.cancelAll()
			if got := taken(r); len(got) != 0 {
				t.Error(got)
			}
		}
	})
}

// Wait submits, and its own request does not become part of a chain.
func TestWaitSubmits(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 8, o)
		if r.Info().Flags&uapi.IORING_SETUP_IOPOLL != 0 {
			return
		}
		in, out := pipe(t)
		buf := make([]byte, 1)
		for range 3 {
			s := r.Next()
			s.Read(in, buf, -1)
			s.SetFlags(uapi.IOSQE_IO_LINK) // open: nothing follows
			time.AfterFunc(time.Millisecond, func() { put(t, out, []byte{1}) })
			if err := r.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := taken(r); len(got) != 1 || got[0].Res != 1 {
				t.Fatal(got)
			}
		}
	})
}

// An interruption that came too late for Wait does not count where completions
// are counted.
func TestWaitLateInterruption(t *testing.T) {
	eachWaitable(t, func(t *testing.T, o *Options) {
		r := newRing(t, 8, o)
		if r.Info().Flags&uapi.IORING_SETUP_IOPOLL != 0 {
			return
		}
		in, out := pipe(t)
		p, err := r.parking()
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			read := func(s *SQE) { s.Read(in, make([]byte, 1), -1) }
			submitted(t, r, read)
			time.AfterFunc(time.Millisecond, func() { put(t, out, []byte{1}) })
			if err := r.Wait(ctx); err != nil {
				t.Fatal(err)
			}
			cancel()
			if got := taken(r); len(got) != 1 {
				t.Fatal(got)
			}
			p.interrupt()
			p.rearm()
			submitted(t, r, read)
			time.AfterFunc(time.Millisecond, func() { put(t, out, []byte{1}) })
			if _, err := r.SubmitAndWait(1); err != nil {
				t.Fatal(err)
			}
			if got := taken(r); len(got) != 1 {
				t.Fatal(got)
			}
		}
	})
}

func TestWaitRefused(t *testing.T) {
	r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_IOPOLL})
	var bad *ArgumentError
	if err := r.Wait(t.Context()); !errors.As(err, &bad) {
		t.Errorf("polled devices: %v", err)
	}

	r = newRing(t, 4, nil)
	if r.raw.tid != 0 {
		errs := make(chan error)
		go func() { errs <- r.Wait(t.Context()) }()
		if err := <-errs; !errors.Is(err, syscall.EEXIST) {
			t.Errorf("other thread: %v", err)
		}
	}
	_ = r.Close()
	if err := r.Wait(t.Context()); err != ErrClosed {
		t.Errorf("closed: %v", err)
	}
}

// Goroutines that wait on rings for any thread hold no thread.
func TestWaitHoldsNoThread(t *testing.T) {
	const n = 1000
	var limit unix.Rlimit
	_ = unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	if limit.Cur < 2*n+100 {
		t.Fatalf("%d open files are allowed; raise the limit", limit.Cur)
	}
	rings := make([]*Ring, n)
	bufs := make([]byte, n)
	in, out := pipe(t)
	for i := range rings {
		rings[i] = newRing(t, 1, &Options{AnyThread: true})
		submitted(t, rings[i], func(s *SQE) { s.Read(in, bufs[i:i+1], -1) })
		if _, err := rings[i].parking(); err != nil { // its system calls may start threads
			t.Fatal(err)
		}
	}
	before := threadCount(t)
	var all sync.WaitGroup
	for _, r := range rings {
		all.Go(func() {
			if err := r.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if got := taken(r); len(got) != 1 || got[0].Res != 1 {
				t.Error(got)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // few may not be parked yet, which makes the test easier, not wrong
	during := threadCount(t)
	put(t, out, make([]byte, n))
	all.Wait()
	t.Logf("%d threads before, %d while %d goroutines wait", before, during, n)
	if during > before+n/100 {
		t.Errorf("%d threads while %d goroutines wait, %d before", during, n, before)
	}
}

func threadCount(t testing.TB) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

// What Wait opened goes with the ring.
func TestWaitLeavesNoDescriptor(t *testing.T) {
	for _, o := range []*Options{nil, {AnyThread: true}} {
		before := descriptors(t)
		for range 10 {
			r, err := New(4, o)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_ = r.Wait(ctx)
			cancel()
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	}
}
