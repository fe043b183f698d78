//go:build linux

package ring

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// waitsRing is a ring with registered waits.
func waitsRing(t testing.TB, n int) *Ring {
	t.Helper()
	needRegister(t, uapi.IORING_REGISTER_MEM_REGION)
	r := newRing(t, 8, &Options{Flags: uapi.IORING_SETUP_R_DISABLED})
	if err := r.RegisterWaits(n); err != nil {
		t.Fatal(err)
	}
	if err := r.Enable(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRegisteredWaits(t *testing.T) {
	r := waitsRing(t, 3)
	in, out := pipe(t)
	if err := r.SetWait(1, Limits{Timeout: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if err := r.SetWait(2, Limits{Timeout: time.Hour, MinWait: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	s := r.Next()
	s.Read(in, make([]byte, 8), -1)
	began := time.Now()
	n, err := r.SubmitAndWaitRegistered(1, 1)
	if n != 1 || !errors.Is(err, ErrTimeout) || time.Since(began) < 20*time.Millisecond {
		t.Errorf("%d %v after %v", n, err, time.Since(began))
	}
	write(t, out, "hello")
	if n, err := r.SubmitAndWaitRegistered(5, 2); n != 0 || err != nil { // one of five will do after a while
		t.Error(n, err)
	}
	for c := range r.Completions() {
		if c.Res != 5 {
			t.Errorf("%+v", c)
		}
	}
	s = r.Next()
	s.Nop()
	if n, err := r.SubmitAndWaitRegistered(1, 0); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// Go's signals cut waits short, and the time must not begin anew each time.
func TestRegisteredWaitIsInterrupted(t *testing.T) {
	r := waitsRing(t, 1)
	if err := r.SetWait(0, Limits{Timeout: 100 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	tid, stop := unix.Gettid(), make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				_ = unix.Tgkill(os.Getpid(), tid, unix.SIGURG)
			}
		}
	}()
	defer close(stop)
	if _, err := r.SubmitAndWaitRegistered(1, 0); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

func TestRegisteredWaitsBadArguments(t *testing.T) {
	r := newRing(t, 8, nil)
	refuses(t, r.RegisterWaits(0), "n")
	refuses(t, r.RegisterWaits(-1), "n")
	refuses(t, r.RegisterWaits(1<<30), "n")
	refuses(t, r.SetWait(0, Limits{}), "the ring")
	_, err := r.SubmitAndWaitRegistered(1, 0)
	refuses(t, err, "the ring")
	w := waitsRing(t, 1)
	last := uint32(os.Getpagesize()/64 - 1) // a page has room for more
	if err := w.SetWait(last, Limits{}); err != nil {
		t.Error(err)
	}
	for _, bad := range []uint32{last + 1, 1 << 26, 1<<32 - 1} {
		refuses(t, w.SetWait(bad, Limits{}), "index")
		_, err := w.SubmitAndWaitRegistered(1, bad)
		refuses(t, err, "index")
	}
	refuses(t, w.SetWait(0, Limits{MinWait: -1}), "MinWait")
	w.Close()
	if err := w.SetWait(0, Limits{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestRegion(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_MEM_REGION)
	page := os.Getpagesize()
	users, err := anonymous(2 * page)
	if err != nil {
		t.Fatal(err)
	}
	defer users.unmap()
	for name, c := range map[string]struct {
		size int
		o    *RegionOptions
		len  int
	}{
		"ring":   {1, nil, page},
		"kernel": {page + 1, &RegionOptions{KernelMemory: true}, 2 * page},
		"user":   {0, &RegionOptions{Memory: users}, 2 * page},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t, 8, nil)
			_, err := r.RegisterRegion(page, &RegionOptions{Waits: true})
			denies(t, err, syscall.EINVAL) // the ring is enabled
			x, err := r.RegisterRegion(c.size, c.o)
			if err != nil {
				t.Fatal(err)
			}
			mem := x.Bytes()
			if len(mem) != c.len {
				t.Fatalf("%d bytes", len(mem))
			}
			mem[len(mem)-1] = 7
			_, err = r.RegisterRegion(page, nil)
			denies(t, err, syscall.EBUSY)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			mem[0] = mem[len(mem)-1] // must not fault
			if mine := c.o != nil && c.o.Memory != nil; mine != (mem[0] == 7) {
				t.Errorf("%d behind Close", mem[0])
			}
		})
	}
}

func TestRegionBadArguments(t *testing.T) {
	r := newRing(t, 8, nil)
	page := os.Getpagesize()
	mem := make([]byte, 3*page)
	for arg, c := range map[string]struct {
		size int
		o    RegionOptions
	}{
		"size":         {0, RegionOptions{}},
		"KernelMemory": {0, RegionOptions{Memory: mem, KernelMemory: true}},
		"Memory":       {0, RegionOptions{Memory: mem[1:][:page-1]}},
	} {
		_, err := r.RegisterRegion(c.size, &c.o)
		refuses(t, err, arg)
	}
	for _, size := range []int{-1, 1<<31 - 1} {
		_, err := r.RegisterRegion(size, nil)
		refuses(t, err, "size")
	}
	_, err := r.RegisterRegion(1, &RegionOptions{Memory: mem})
	refuses(t, err, "size")
}
