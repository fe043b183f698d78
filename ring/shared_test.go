//go:build linux

package ring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// eachShared runs f with a shared ring of either kind, and sees that nothing of
// it is left: no goroutine, no descriptor.
func eachShared(t *testing.T, entries uint32, f func(*testing.T, *Shared)) {
	for _, k := range []struct {
		name string
		o    *Options
	}{{"bound", nil}, {"any thread", &Options{AnyThread: true}}} {
		t.Run(k.name, func(t *testing.T) {
			goroutines, fds := runtime.NumGoroutine(), descriptors(t)
			s, err := NewShared(entries, k.o)
			if err != nil {
				t.Fatal(err)
			}
			f(t, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			for tries := 0; runtime.NumGoroutine() > goroutines; tries++ {
				if tries == 1000 {
					t.Fatalf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
				}
				time.Sleep(time.Millisecond)
			}
			if n := descriptors(t); n > fds {
				t.Errorf("%d descriptors before, %d after", fds, n)
			}
		})
	}
}

// blockable is a pipe for one test's part: closed before descriptors are counted.
func blockable(t *testing.T) (r, w int, done func()) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	return p[0], p[1], func() { _, _ = unix.Close(p[0]), unix.Close(p[1]) }
}

// Thousands of goroutines, each with its own piece of a file.
func TestDoMany(t *testing.T) {
	const n, piece = 4000, 64
	data := make([]byte, n*piece)
	for i := range data {
		data[i] = byte(i / piece * 7)
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	eachShared(t, 64, func(t *testing.T, s *Shared) {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				buf := make([]byte, piece)
				res, err := s.Do(t.Context(), func(e *SQE) { e.Read(int(f.Fd()), buf, int64(i)*piece) })
				if err != nil || res.Res != piece || string(buf) != string(data[i*piece:(i+1)*piece]) {
					t.Errorf("%d: %+v %v", i, res, err)
				}
			})
		}
		all.Wait()
	})
}

// More requests than fit into either queue are blocked at once.
func TestDoManyBlocked(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		const n = 1000
		r, w, done := blockable(t)
		defer done()
		var all sync.WaitGroup
		var sum atomic.Int64
		for range n {
			all.Go(func() {
				buf := make([]byte, 1)
				if res, err := s.Do(t.Context(), func(e *SQE) { e.Read(r, buf, -1) }); err != nil || res.Res != 1 {
					t.Error(res, err)
				}
				sum.Add(int64(buf[0]))
			})
		}
		before := threadCount(t)
		want := int64(0)
		for i := range n {
			put(t, w, []byte{byte(i)})
			want += int64(byte(i))
		}
		all.Wait()
		if got := sum.Load(); got != want {
			t.Errorf("the bytes' sum is %d, not %d", got, want)
		}
		// If a blocked request held a thread, there would be n more. Where system
		// calls are slow, the runtime gives many of them one for a moment: 645 in
		// an emulated s390x under load.
		if after := threadCount(t); after > before+n*9/10 {
			t.Errorf("%d threads before, %d after", before, after)
		}
	})
}

func TestDoContext(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		r, w, done := blockable(t)
		defer done()
		buf := make([]byte, 8)
		read := func(e *SQE) { e.Read(r, buf, -1) }

		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Do(over, func(*SQE) { t.Error("prep was called") }); err != context.Canceled {
			t.Errorf("over before: %v", err)
		}
		soon, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		if _, err := s.Do(soon, read); err != context.DeadlineExceeded {
			t.Errorf("deadline: %v", err)
		}
		cancel()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Millisecond, cancel)
		if _, err := s.Do(ctx, read); err != context.Canceled {
			t.Errorf("canceled: %v", err)
		}

		// The kernel must not know of buf any more, and the byte must not be lost.
		put(t, w, []byte("x"))
		if n, err := unix.Read(r, make([]byte, 8)); n != 1 || err != nil {
			t.Errorf("the canceled reads took the data: %d %v", n, err)
		}
		if buf[0] != 0 {
			t.Error("a canceled read has written")
		}
	})
}

// Cancellation against completion, both ways: whoever wins, the data is either
// in the buffer with a success, or in the pipe still.
func TestDoContextRace(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		const rounds = 3000
		r, w, done := blockable(t)
		defer done()
		kinds := map[string]int{}
		for i := range rounds {
			ctx, cancel := context.WithCancel(t.Context())
			buf := make([]byte, 1)
			go func() {
				if i%2 == 0 {
					runtime.Gosched()
				}
				cancel()
			}()
			go put(t, w, []byte{1})
			res, err := s.Do(ctx, func(e *SQE) { e.Read(r, buf, -1) })
			switch {
			case err == nil && res.Res == 1 && buf[0] == 1:
				kinds["success"]++
			case err == context.Canceled && buf[0] == 0:
				kinds["canceled"]++
				if n, err := unix.Read(r, make([]byte, 1)); n != 1 || err != nil {
					t.Fatal(n, err)
				}
			default:
				t.Fatalf("%+v %v %v", res, err, buf)
			}
		}
		t.Log(kinds)
	})
}

// The same from many goroutines at once, with memory that is poisoned behind.
func TestDoContextStorm(t *testing.T) {
	eachShared(t, 16, func(t *testing.T, s *Shared) {
		r, w, done := blockable(t)
		defer done()
		var all sync.WaitGroup
		var written atomic.Int64
		stop := make(chan struct{})
		go func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					if i%64 == 0 {
						runtime.GC()
					}
					_, _ = unix.Write(w, []byte{1})
					written.Add(1)
					time.Sleep(20 * time.Microsecond)
				}
			}
		}()
		var got, canceled atomic.Int64
		for g := range 100 {
			all.Go(func() {
				buf := make([]byte, 64)
				for i := range 50 {
					for j := range buf {
						buf[j] = 0xaa
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration((g*i)%700)*time.Microsecond)
					res, err := s.Do(ctx, func(e *SQE) { e.Read(r, buf[:1], -1) })
					cancel()
					switch {
					case err == nil && res.Res == 1 && buf[0] == 1:
						got.Add(1)
					case err == context.DeadlineExceeded && buf[0] == 0xaa:
						canceled.Add(1)
					default:
						t.Errorf("%+v %v %x", res, err, buf[0])
					}
				}
			})
		}
		all.Wait()
		close(stop)
		t.Logf("%d read, %d canceled, %d written", got.Load(), canceled.Load(), written.Load())
	})
}

func TestDoErrors(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		var op *OpError
		res, err := s.Do(t.Context(), func(e *SQE) { e.Read(-1, make([]byte, 1), 0) })
		if !errors.As(err, &op) || op.Op != "IORING_OP_READ" || op.Err != syscall.EBADF || res.Res != -int32(syscall.EBADF) {
			t.Errorf("%+v %v", res, err)
		}
		mine := errors.New("mine")
		multishot := func(op uapi.Op, set func(*uapi.IoUringSqe)) func(*SQE) {
			return func(e *SQE) {
				e.Prepare(func(u *uapi.IoUringSqe) {
					*u = uapi.IoUringSqe{Opcode: op}
					set(u)
				})
			}
		}
		for name, prep := range map[string]func(*SQE){
			"nothing":        func(*SQE) {},
			"twice":          func(e *SQE) { e.Nop(); e.Nop() },
			"link":           func(e *SQE) { e.Nop(); e.SetFlags(uapi.IOSQE_IO_LINK) },
			"hard link":      func(e *SQE) { e.Nop(); e.SetFlags(uapi.IOSQE_IO_HARDLINK) },
			"drain":          func(e *SQE) { e.Nop(); e.SetFlags(uapi.IOSQE_IO_DRAIN) },
			"read multishot": multishot(uapi.IORING_OP_READ_MULTISHOT, func(*uapi.IoUringSqe) {}),
			"accept":         multishot(uapi.IORING_OP_ACCEPT, func(u *uapi.IoUringSqe) { u.Ioprio = uint16(uapi.IORING_ACCEPT_MULTISHOT) }),
			"recv":           multishot(uapi.IORING_OP_RECV, func(u *uapi.IoUringSqe) { u.Ioprio = uint16(uapi.IORING_RECV_MULTISHOT) }),
			"poll":           multishot(uapi.IORING_OP_POLL_ADD, func(u *uapi.IoUringSqe) { u.Len = uint32(uapi.IORING_POLL_ADD_MULTI) }),
			"timeout":        multishot(uapi.IORING_OP_TIMEOUT, func(u *uapi.IoUringSqe) { u.RwFlags = uint32(uapi.IORING_TIMEOUT_MULTISHOT) }),
		} {
			var bad *ArgumentError
			if _, err := s.Do(t.Context(), prep); !errors.As(err, &bad) || bad.Op != "Do" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Do(t.Context(), func(e *SQE) { e.fail(uapi.IORING_OP_READ, mine) }); err != mine {
			t.Errorf("an error of preparation: %v", err)
		}
		if _, err := s.Do(t.Context(), func(e *SQE) { e.Nop(); e.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS) }); err != nil {
			t.Errorf("skip success: %v", err)
		}
		if _, err := s.Do(t.Context(), func(e *SQE) { e.Nop() }); err != nil {
			t.Errorf("behind all of that: %v", err)
		}
	})
}

// What prep does to its goroutine concerns nobody else.
func TestDoPrepEnds(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		func() {
			defer func() {
				if v := recover(); v != "mine" {
					t.Errorf("recovered %v", v)
				}
			}()
			_, _ = s.Do(t.Context(), func(e *SQE) { e.Nop(); panic("mine") })
		}()
		gone := make(chan bool)
		go func() {
			defer close(gone)
			_, _ = s.Do(t.Context(), func(*SQE) { runtime.Goexit() })
		}()
		<-gone
		// Do within prep waits for nobody.
		if _, err := s.Do(t.Context(), func(e *SQE) {
			e.Nop()
			if _, err := s.Do(t.Context(), func(e *SQE) { e.Nop() }); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestSharedWith(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		mine := errors.New("mine")
		if err := s.With(func(r *Ring) error {
			if r.FD() < 0 {
				t.Error("no descriptor")
			}
			return mine
		}); err != mine {
			t.Error(err)
		}
		for range 3 {
			func() {
				defer func() {
					if v := recover(); v != "mine" {
						t.Errorf("recovered %v", v)
					}
				}()
				_ = s.With(func(*Ring) error { panic("mine") })
			}()
			gone := make(chan bool)
			go func() {
				defer close(gone)
				_ = s.With(func(*Ring) error { runtime.Goexit(); return nil })
				t.Error("returned")
			}()
			<-gone
			if _, err := s.Do(t.Context(), func(e *SQE) { e.Nop() }); err != nil {
				t.Error(err)
			}
		}
	})
}

// A disabled ring refuses, and takes requests once With has enabled it.
func TestSharedDisabled(t *testing.T) {
	s, err := NewShared(8, &Options{Flags: uapi.IORING_SETUP_R_DISABLED})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	nop := func(e *SQE) { e.Nop() }
	if _, err := s.Do(t.Context(), nop); !errors.Is(err, syscall.EBADFD) {
		t.Error(err)
	}
	if err := s.With((*Ring).Enable); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(t.Context(), nop); err != nil {
		t.Error(err)
	}
}

func TestSharedClose(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		const n = 200
		r, w, done := blockable(t)
		defer done()
		errs := make(chan error, n)
		bufs := make([][]byte, n)
		for i := range n {
			bufs[i] = make([]byte, 1)
			go func() {
				_, err := s.Do(t.Context(), func(e *SQE) { e.Read(r, bufs[i], -1) })
				errs <- err
			}()
		}
		time.Sleep(5 * time.Millisecond) // some are in flight, perhaps not all
		var closers sync.WaitGroup
		for range 3 {
			closers.Go(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		for range n {
			if err := <-errs; err != ErrClosed {
				t.Error(err)
			}
		}
		closers.Wait()
		put(t, w, make([]byte, n))
		if got, err := unix.Read(r, make([]byte, 2*n)); got != n || err != nil {
			t.Errorf("a read went on: %d bytes of %d are left, %v", got, n, err)
		}
		if _, err := s.Do(t.Context(), func(e *SQE) { e.Nop() }); err != ErrClosed {
			t.Errorf("Do: %v", err)
		}
		if err := s.With(func(*Ring) error { return nil }); err != ErrClosed {
			t.Errorf("With: %v", err)
		}
	})
}

// The thread of a bound ring ends with it.
func TestSharedThreadEnds(t *testing.T) {
	s, err := NewShared(8, nil)
	if err != nil {
		t.Fatal(err)
	}
	tid := 0
	if err := s.With(func(r *Ring) error { tid = r.raw.tid; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if tid == 0 || tid == os.Getpid() { // a kernel without such rings, or a thread that Go keeps
		return
	}
	for range 1000 {
		if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid)); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the thread goes on")
}

func TestNewSharedRefused(t *testing.T) {
	var bad *ArgumentError
	if _, err := NewShared(0, nil); !errors.As(err, &bad) {
		t.Errorf("no entries: %v", err)
	}
	before := descriptors(t)
	if _, err := NewShared(8, &Options{Flags: uapi.IORING_SETUP_IOPOLL}); !errors.As(err, &bad) {
		t.Errorf("polled devices: %v", err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestDoAllocs(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		buf := make([]byte, 8)
		f, err := os.Open("/dev/zero")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fd := int(f.Fd())
		n := testing.AllocsPerRun(200, func() {
			if _, err := s.Do(ctx, func(e *SQE) { e.Read(fd, buf, 0) }); err != nil {
				t.Error(err)
			}
		})
		if n >= 1 {
			t.Errorf("%v allocations", n)
		}
	})
}

// A zero-copy send has two completions: the result, and the kernel's word that
// it is done with the memory.
func TestDoZeroCopy(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		kernel.Need(t, sendZC(s))
		out, in, done := connected(t)
		defer done()
		for round := range 5 { // each takes as long as an acknowledgment is put off
			buf := []byte(fmt.Sprintf("round %02d", round))
			res, err := s.Do(t.Context(), func(e *SQE) { e.SendZC(out, buf, 0) })
			if err != nil || int(res.Res) != len(buf) || res.Flags&uapi.IORING_CQE_F_NOTIF != 0 {
				t.Fatalf("%+v %v", res, err)
			}
			for i := range buf {
				buf[i] = '!' // the kernel must have no use for it any more
			}
			got := make([]byte, 64)
			n, err := unix.Read(in, got)
			if want := fmt.Sprintf("round %02d", round); string(got[:max(n, 0)]) != want {
				t.Fatalf("%q %v, not %q", got[:max(n, 0)], err, want)
			}
		}
		// An error may have one completion, or two.
		if _, err := s.Do(t.Context(), func(e *SQE) { e.SendZC(-1, make([]byte, 1), 0) }); !errors.Is(err, syscall.EBADF) {
			t.Error(err)
		}
	})
}

func sendZC(s *Shared) kernel.Feature {
	return kernel.Feature{
		Name: "zero-copy sends", Since: kernel.Version{Major: 6, Minor: 0},
		Probe: func() error {
			_, err := s.Do(context.Background(), func(e *SQE) { e.SendZC(-1, make([]byte, 1), 0) })
			if errors.Is(err, syscall.EBADF) {
				return nil
			}
			return err
		},
	}
}

// connected is two ends of a TCP connection through the loopback.
func connected(t *testing.T) (a, b int, done func()) {
	t.Helper()
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l)
	local := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if err := errors.Join(unix.Bind(l, local), unix.Listen(l, 1)); err != nil {
		t.Fatal(err)
	}
	to, err := unix.Getsockname(l)
	if err != nil {
		t.Fatal(err)
	}
	a, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(a, to); err != nil {
		t.Fatal(err)
	}
	b, _, err = unix.Accept(l)
	if err != nil {
		t.Fatal(err)
	}
	return a, b, func() { _, _ = unix.Close(a), unix.Close(b) }
}

// A multishot request that nobody knew to be one ends with its first completion.
func TestDoUnknownMultishot(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		r, w, done := blockable(t)
		defer done()
		poll := func(e *SQE) { e.PollMultishot(r, unix.POLLIN) }
		var bad *ArgumentError
		if _, err := s.Do(t.Context(), poll); !errors.As(err, &bad) {
			t.Fatal(err)
		}
		put(t, w, []byte("x"))
		x := s.pool.Get().(*waiter) // what Do does, without its refusal
		_ = x.stage(poll)
		if err := s.send(x); err != nil {
			t.Fatal(err)
		}
		<-x.done
		if _, err := x.outcome(nil); !errors.As(err, &bad) {
			t.Error(err)
		}
		if _, err := s.Do(t.Context(), func(e *SQE) { e.Nop() }); err != nil {
			t.Error(err)
		}
	})
}

// Memory that a request leaves with the kernel is kept by the ring, not by the
// call of Do.
func TestDoProvide(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		freed := make(chan bool, 1)
		func() {
			mem := make([]byte, 1<<16)
			runtime.AddCleanup(&mem[0], func(int) { freed <- true }, 0)
			if _, err := s.Do(t.Context(), func(e *SQE) { e.ProvideBuffers(mem, 4096, 7, 0) }); err != nil {
				t.Fatal(err)
			}
		}()
		for range 5 {
			runtime.GC() // also empties the pool of waiters
		}
		select {
		case <-freed:
			t.Error("collected while the kernel may write to it")
		default:
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Requests whose first cancellation the kernel refused are canceled again.
func TestDoCancelWorker(t *testing.T) {
	eachShared(t, 8, func(t *testing.T, s *Shared) {
		r, w, done := blockable(t)
		defer done()
		for i := range 200 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*5*time.Microsecond)
			buf := make([]byte, 1)
			_, err := s.Do(ctx, func(e *SQE) {
				e.Read(r, buf, -1)
				e.SetFlags(uapi.IOSQE_ASYNC) // blocks a worker
			})
			cancel()
			if err != context.DeadlineExceeded {
				t.Fatal(err)
			}
		}
		put(t, w, []byte("x"))
		if n, err := unix.Read(r, make([]byte, 2)); n != 1 || err != nil {
			t.Errorf("a worker took the byte: %d %v", n, err)
		}
	})
}
