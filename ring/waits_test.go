//go:build linux

package ring

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// filePipe is both ends of a pipe.
func filePipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// get is an entry.
func get(t testing.TB, r *Ring) *SQE {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A limit of time must end a wait for more than there is, too: the kernel says
// nothing of the time then, since something is ready.
func TestTimeoutWithSomethingReady(t *testing.T) {
	r := newRing(t, 8, nil)
	from, _ := filePipe(t)
	get(t, r).Nop()
	get(t, r).Read(int(from.Fd()), make([]byte, 1), -1)
	start := time.Now()
	n, err := r.SubmitAndWaitLimits(2, Limits{Timeout: 30 * time.Millisecond})
	if n != 2 || !errors.Is(err, ErrTimeout) {
		t.Errorf("submitted %d, %v", n, err)
	}
	if d := time.Since(start); d < 30*time.Millisecond {
		t.Errorf("waited %v only", d)
	}
}

// signals sends a signal to the thread every few milliseconds until stop.
func signals(t testing.TB) (stop func()) {
	t.Helper()
	got := make(chan os.Signal, 100)
	signal.Notify(got, syscall.SIGUSR2)
	tid, end, ended := syscall.Gettid(), make(chan bool), make(chan bool)
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			case <-time.After(2 * time.Millisecond):
				_ = unix.Tgkill(os.Getpid(), tid, syscall.SIGUSR2)
			}
		}
	}()
	return func() {
		close(end)
		<-ended
		signal.Stop(got)
		if len(got) == 0 {
			t.Error("no signal came")
		}
	}
}

// Signals neither end a wait nor prolong it.
func TestWaitsGoOnAfterSignals(t *testing.T) {
	for _, old := range []bool{false, true} {
		r := newRing(t, 8, &Options{AnyThread: old})
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if old { // as before Linux 5.11
			r.raw.info.Features &^= uapi.IORING_FEAT_EXT_ARG
		}
		stop := signals(t)
		start := time.Now()
		_, err := r.SubmitAndWaitLimits(1, Limits{Timeout: 50 * time.Millisecond})
		fails(t, err, ErrTimeout)
		if d := time.Since(start); d < 50*time.Millisecond || d > 5*time.Second {
			t.Errorf("a wait of %v", d)
		}
		from, to := filePipe(t)
		get(t, r).Read(int(from.Fd()), make([]byte, 1), -1)
		time.AfterFunc(30*time.Millisecond, func() { _, _ = to.Write([]byte("x")) })
		if c := reap(t, r, 1)[0]; c.Res != 1 {
			t.Errorf("%+v", c)
		}
		stop()
	}
}

// The wait of kernels before 5.11, by poll(2) on the ring.
func TestPollUntil(t *testing.T) {
	r := newRing(t, 8, &Options{AnyThread: true})
	r.raw.info.Features &^= uapi.IORING_FEAT_EXT_ARG
	from, to := filePipe(t)
	get(t, r).Nop()
	get(t, r).Read(int(from.Fd()), make([]byte, 1), -1)
	start := time.Now()
	_, err := r.SubmitAndWaitLimits(2, Limits{Timeout: 30 * time.Millisecond}) // one is ready
	if fails(t, err, ErrTimeout); time.Since(start) < 30*time.Millisecond {
		t.Errorf("a wait of %v", time.Since(start))
	}
	time.AfterFunc(20*time.Millisecond, func() { _, _ = to.Write([]byte("x")) })
	if _, err := r.SubmitAndWaitLimits(2, Limits{Timeout: 10 * time.Second}); err != nil {
		t.Error(err)
	}
	reap(t, r, 2)
}

// After the minimum wait one completion will do; with none the wait goes on.
func TestMinWait(t *testing.T) {
	r := newRing(t, 8, nil)
	if r.Features()&uapi.IORING_FEAT_MIN_TIMEOUT == 0 {
		_, err := r.SubmitAndWaitLimits(2, Limits{MinWait: time.Millisecond})
		fails(t, err, ErrNotSupported)
	}
	needFeature(t, uapi.IORING_FEAT_MIN_TIMEOUT)
	from, to := filePipe(t)
	for _, hidden := range []bool{false, true} {
		if hidden {
			s := get(t, r)
			s.Read(int(from.Fd()), make([]byte, 1), -1)
			s.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS)
		}
		get(t, r).Nop()
		start := time.Now()
		if _, err := r.SubmitAndWaitLimits(4, Limits{MinWait: 30 * time.Millisecond, Timeout: 20 * time.Second}); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 30*time.Millisecond || d > 10*time.Second {
			t.Errorf("hidden %v: a wait of %v", hidden, d)
		}
		n := 0
		for range r.Completions() {
			n++
		}
		if n != 1 {
			t.Errorf("hidden %v: %d completions", hidden, n)
		}
	}
	if _, err := to.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	_, err := r.SubmitAndWaitLimits(1, Limits{MinWait: 10 * time.Millisecond, Timeout: 30 * time.Millisecond})
	fails(t, err, ErrTimeout) // its success is not told
	stop := signals(t)
	defer stop()
	get(t, r).Nop()
	start := time.Now()
	if _, err := r.SubmitAndWaitLimits(2, Limits{MinWait: 50 * time.Millisecond, Timeout: 20 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d < 50*time.Millisecond || d > 10*time.Second {
		t.Errorf("with signals: a wait of %v", d)
	}
	reap(t, r, 1)
	for _, l := range []Limits{{MinWait: -1}, {MinWait: 2 * time.Hour}} {
		_, err := r.SubmitAndWaitLimits(1, l)
		argument(t, err)
	}
}
