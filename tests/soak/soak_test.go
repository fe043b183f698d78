//go:build linux

package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/need"
)

// kinds are rings that a worker can have.
var kinds = map[string]*ring.Options{
	"one thread":       nil,
	"any thread":       {AnyThread: true},
	"small queue":      {CQEntries: 16},
	"polling thread":   {Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: 2 * time.Millisecond},
	"no fallback":      {Exact: true},
	"with the runtime": {SubmitWithScheduler: true},
}

func duration(t *testing.T) time.Duration {
	text := os.Getenv("URINGGEN_SOAK")
	if text == "" {
		if testing.Short() {
			return time.Second
		}
		return 20 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("URINGGEN_SOAK: %v", err)
	}
	return d
}

func seed(t *testing.T) uint64 {
	text := os.Getenv("URINGGEN_SEED")
	if text == "" {
		return uint64(time.Now().UnixNano())
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("URINGGEN_SEED: %v", err)
	}
	return n
}

func TestSoak(t *testing.T) {
	r, err := ring.New(1, nil)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, ring.ErrNotSupported) {
		need.Missing(t, "io_uring: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	d, s := duration(t), seed(t)
	t.Logf("%v, URINGGEN_SEED=%d", d, s)
	before := descriptors(t)
	end := time.Now().Add(d)
	var done atomic.Bool
	var collector sync.WaitGroup
	collector.Go(func() {
		for !done.Load() {
			runtime.GC()
			churn()
		}
	})
	var all sync.WaitGroup
	var total atomic.Uint64
	i := uint64(0)
	for name, o := range kinds {
		i++
		r := rand.New(rand.NewPCG(s, i))
		all.Go(func() {
			n, err := work(r, t.TempDir(), o, end)
			total.Add(n)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Go(func() {
		n, err := share(rand.New(rand.NewPCG(s, 0)), end)
		total.Add(n)
		if err != nil {
			t.Errorf("shared: %v", err)
		}
	})
	all.Wait()
	done.Store(true)
	collector.Wait()
	t.Logf("%d operations", total.Load())
	if total.Load() == 0 {
		t.Error("nothing was done")
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// churn takes the memory that a collection has freed, and writes all over it.
func churn() {
	for size := 64; size <= 64<<10; size *= 4 {
		b := make([]byte, size)
		for i := range b {
			b[i] = 0xdb
		}
		runtime.KeepAlive(b)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// work makes rings one after the other, and runs each for a while.
func work(r *rand.Rand, dir string, o *ring.Options, end time.Time) (n uint64, err error) {
	for err == nil && time.Now().Before(end) {
		var w *worker
		if w, err = newWorker(r, dir, o); err != nil {
			return n, err
		}
		until := time.Now().Add(time.Duration(100+r.IntN(900)) * time.Millisecond)
		if until.After(end) {
			until = end
		}
		for err == nil && time.Now().Before(until) {
			err = w.round()
		}
		n += w.done
		err = errors.Join(err, w.close())
	}
	return n, err
}

func (w *worker) close() error {
	if w.err == nil && w.rand.IntN(2) == 0 {
		w.leave()
	}
	err := errors.Join(w.err, w.r.Close())
	for _, fd := range w.fds {
		err = errors.Join(err, syscall.Close(fd))
	}
	if err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}
