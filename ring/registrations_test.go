//go:build linux

package ring

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/reexec"
	"golang.org/x/sys/unix"
)

func TestProbe(t *testing.T) {
	r := newRing(t, 4, nil)
	p, err := r.Probe()
	if err != nil {
		t.Fatal(err)
	}
	if !p.Supports(uapi.IORING_OP_NOP) || p.Supports(0xff) || p.Supports(uapi.Op(p.Len())) || p.Len() < int(uapi.IORING_OP_UNLINKAT) {
		t.Errorf("a probe of %d operations", p.Len())
	}
	// It agrees with what the kernel does.
	for op := uapi.IORING_OP_NOP; int(op) < p.Len()+2; op++ {
		if op != uapi.IORING_OP_NOP && p.Supports(op) {
			continue
		}
		get(t, r).Prepare(func(e *uapi.IoUringSqe) { e.PrepNop(); e.Opcode = op })
		c := reap(t, r, 1)[0]
		if (c.Res == 0) != p.Supports(op) {
			t.Errorf("%v: %+v", op, c)
		}
	}
}

func TestAsk(t *testing.T) {
	q, err := Ask()
	if !registers(uapi.IORING_REGISTER_QUERY) {
		fails(t, err, ErrNotSupported)
	}
	needRegister(t, uapi.IORING_REGISTER_QUERY)
	if err != nil {
		t.Fatal(err)
	}
	r := newRing(t, 4, nil)
	p, err := r.Probe()
	if err != nil {
		t.Fatal(err)
	}
	if int(q.Opcodes.NrRequestOpcodes) != p.Len() || q.Opcodes.FeatureFlags&uint64(r.Features()) != uint64(r.Features()) {
		t.Errorf("%+v, a probe of %d", q.Opcodes, p.Len())
	}
	for bit := uapi.SetupFlags(1); bit.Since() != ""; bit <<= 1 {
		if takes := q.Opcodes.RingSetupFlags&uint64(bit) != 0; takes != kernelTakes(bit) {
			t.Errorf("%v: the kernel says %v, a trial %v", bit, takes, !takes)
		}
	}
	asked := q.Opcodes.NrQueryOpcodes
	if (q.Zcrx != nil) != (asked > 1) || (q.Queues != nil) != (asked > 2) || (q.Events != nil) != (asked > 3) {
		t.Errorf("%d questions: %+v", asked, q)
	}
	if q.Queues != nil && q.Queues.HdrSize == 0 {
		t.Errorf("%+v", q.Queues)
	}
}

// What trials say about register operations is what the kernel says that can
// be asked.
func TestRegisterTrials(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_QUERY)
	for op, try := range registerTrials {
		fd, err := uapi.Setup(1, &uapi.IoUringParams{Flags: try.ring})
		if err != nil {
			t.Fatal(err)
		}
		if err := try.call(fd); errors.Is(err, syscall.EINVAL) {
			t.Errorf("%v: %v", op, err)
		}
		syscall.Close(fd)
	}
}

func TestPersonality(t *testing.T) {
	r := newRing(t, 4, nil)
	p, err := r.KeepPersonality()
	if err != nil || p == 0 {
		t.Fatal(p, err)
	}
	s := get(t, r)
	s.Nop()
	s.SetPersonality(p)
	if c := reap(t, r, 1)[0]; c.Res != 0 {
		t.Errorf("%+v", c)
	}
	s = get(t, r)
	s.SetPersonality(p) // before the request
	if c := reap(t, r, 1)[0]; c.Res != -int32(syscall.EINVAL) {
		t.Errorf("%+v", c)
	}
	if err := r.DropPersonality(p); err != nil {
		t.Error(err)
	}
	fails(t, r.DropPersonality(p), syscall.EINVAL)
	s = get(t, r)
	s.Nop()
	s.SetPersonality(p)
	fails(t, reap(t, r, 1)[0].Err(), syscall.EINVAL)
}

// A request runs with the credentials that were kept, not with those of the
// thread that submits it.
func TestPersonalityActs(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to become somebody else")
	}
	reexec.Run(t, func(t *testing.T) {
		path := t.TempDir() + "/secret"
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := newRing(t, 4, nil)
		root, err := r.KeepPersonality()
		if err != nil {
			t.Fatal(err)
		}
		// The thread's own: the process's other threads stay as they are.
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETFSUID, 65534, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
		for _, as := range []Personality{0, root} {
			s := get(t, r)
			s.Openat(CWD, path, syscall.O_RDONLY, 0)
			s.SetPersonality(as)
			c := reap(t, r, 1)[0]
			if as == 0 {
				fails(t, c.Err(), syscall.EACCES)
			} else if c.Err() != nil {
				t.Error(c.Err())
			} else {
				syscall.Close(int(c.Res))
			}
		}
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETFSUID, 0, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
	})
}

func TestNAPI(t *testing.T) {
	r := newRing(t, 4, nil)
	argument(t, func() error { _, err := r.SetNAPI(NAPI{BusyPoll: -1}); return err }())
	argument(t, func() error { _, err := r.SetNAPI(NAPI{BusyPoll: time.Hour * 2}); return err }())
	argument(t, func() error { _, err := r.SetNAPI(NAPI{Tracking: uapi.IO_URING_NAPI_TRACKING_INACTIVE}); return err }())
	set := NAPI{BusyPoll: 50 * time.Microsecond, Prefer: true}
	_, err := r.SetNAPI(set)
	if !registers(uapi.IORING_REGISTER_NAPI) || errors.Is(err, syscall.EOPNOTSUPP) {
		fails(t, err, ErrNotSupported)
		t.Log(err)
		_, err = r.ClearNAPI()
		fails(t, err, ErrNotSupported)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if before, err := r.SetNAPI(set); before != set || err != nil {
		t.Errorf("settings before: %+v, %v", before, err)
	}
	if before, err := r.ClearNAPI(); before != set || err != nil {
		t.Errorf("settings before: %+v, %v", before, err)
	}
	if err := r.AddNAPI(1); err == nil {
		t.Error("an id was added to a ring that does not track ids")
	}
	_, err = r.SetNAPI(NAPI{BusyPoll: time.Microsecond, Tracking: uapi.IO_URING_NAPI_TRACKING_STATIC})
	if err != nil {
		t.Logf("tracking of ids: %v", err)
		return
	}
	for range 2 {
		if err := r.RemoveNAPI(1 << 30); err == nil {
			t.Error("an id was removed that is not there")
		}
	}
}

func TestClock(t *testing.T) {
	r := newRing(t, 4, nil)
	argument(t, r.SetClock(99))
	if !registers(uapi.IORING_REGISTER_CLOCK) {
		fails(t, r.SetClock(Boottime), ErrNotSupported)
		return
	}
	for _, c := range []Clock{Boottime, Monotonic} {
		if err := r.SetClock(c); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err := r.SubmitAndWaitLimits(1, Limits{Timeout: 20 * time.Millisecond})
		if fails(t, err, ErrTimeout); time.Since(start) < 20*time.Millisecond {
			t.Errorf("%v: a wait of %v", c, time.Since(start))
		}
	}
}

func TestWorkers(t *testing.T) {
	r := newRing(t, 4, nil)
	for _, bad := range [][]int{nil, {-1}, {maxCPU}} {
		argument(t, r.SetWorkerCPUs(bad...))
	}
	if err := r.SetWorkerCPUs(0); err != nil {
		t.Error(err)
	}
	argument(t, r.SetWorkerCPUs(0, knownCPUs()))
	if err := r.ClearWorkerCPUs(); err != nil {
		t.Error(err)
	}
	if mask, err := cpuMask([]int{0, 1, bitsOfWord + 1}); err == nil && (len(mask) != 2 || mask[0] != 3 || mask[1] != 2) {
		t.Errorf("%#x", mask)
	}
	if _, err := r.SetMaxWorkers(Workers{Bounded: 3, Unbounded: 4}); err != nil {
		t.Fatal(err)
	}
	if now, err := r.SetMaxWorkers(Workers{}); err != nil || now != (Workers{3, 4}) {
		t.Errorf("%+v, %v", now, err)
	}
}

const bitsOfWord = 32 << (^uint(0) >> 63)

// eventfd is an eventfd, and what reads it: 0 if it was not signalled.
func eventfd(t *testing.T) (fd int, count func() uint64) {
	t.Helper()
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	return fd, func() uint64 {
		var b [8]byte
		if _, err := syscall.Read(fd, b[:]); err != nil {
			return 0
		}
		return binary.NativeEndian.Uint64(b[:])
	}
}

func TestEventfd(t *testing.T) {
	r := newRing(t, 4, &Options{AnyThread: true})
	fd, count := eventfd(t)
	argument(t, r.SetEventfd(-1, false))
	fails(t, r.ClearEventfd(), syscall.ENXIO)
	for _, async := range []bool{false, true} {
		if err := r.SetEventfd(fd, async); err != nil {
			t.Fatal(err)
		}
		fails(t, r.SetEventfd(fd, async), syscall.EBUSY)
		get(t, r).Nop() // at once
		reap(t, r, 1)
		if n := count(); (n == 0) != async {
			t.Errorf("async %v: signalled %d", async, n)
		}
		s := get(t, r) // by a worker
		s.Nop()
		s.SetFlags(uapi.IOSQE_ASYNC)
		reap(t, r, 1)
		if count() == 0 {
			t.Errorf("async %v: no signal", async)
		}
		if err := r.MuteEventfd(true); err != nil {
			t.Fatal(err)
		}
		get(t, r).Nop()
		reap(t, r, 1)
		if n := count(); n != 0 {
			t.Errorf("muted, but signalled %d", n)
		}
		if err := errors.Join(r.MuteEventfd(false), r.ClearEventfd()); err != nil {
			t.Error(err)
		}
	}
}

// A ring has one eventfd.
func TestEventfdIsOne(t *testing.T) {
	r := newRing(t, 4, nil)
	fd, _ := eventfd(t)
	fails(t, r.ClearEventfd(), syscall.ENXIO)
	if err := r.SetEventfd(fd, false); err != nil {
		t.Fatal(err)
	}
	fails(t, r.SetEventfd(fd, false), syscall.EBUSY)
}

// Wait has no use for the ring's eventfd, and leaves the user's alone.
func TestEventfdBesideWait(t *testing.T) {
	r := newRing(t, 4, nil)
	fd, count := eventfd(t)
	if err := r.SetEventfd(fd, false); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := r.Wait(ctx); err != context.DeadlineExceeded {
		t.Error(err)
	}
	count()
	get(t, r).Nop()
	reap(t, r, 1)
	if count() == 0 {
		t.Error("no signal")
	}
}

func TestRegistrationsOfClosedRing(t *testing.T) {
	r := newRing(t, 4, nil)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"Probe":           func() error { _, err := r.Probe(); return err },
		"KeepPersonality": func() error { _, err := r.KeepPersonality(); return err },
		"DropPersonality": func() error { return r.DropPersonality(1) },
		"SetNAPI":         func() error { _, err := r.SetNAPI(NAPI{}); return err },
		"ClearNAPI":       func() error { _, err := r.ClearNAPI(); return err },
		"AddNAPI":         func() error { return r.AddNAPI(1) },
		"RemoveNAPI":      func() error { return r.RemoveNAPI(1) },
		"SetClock":        func() error { return r.SetClock(Boottime) },
		"SetWorkerCPUs":   func() error { return r.SetWorkerCPUs(0) },
		"ClearWorkerCPUs": func() error { return r.ClearWorkerCPUs() },
		"SetMaxWorkers":   func() error { _, err := r.SetMaxWorkers(Workers{}); return err },
		"SetEventfd":      func() error { return r.SetEventfd(0, false) },
		"ClearEventfd":    func() error { return r.ClearEventfd() },
		"MuteEventfd":     func() error { return r.MuteEventfd(true) },
		"CancelNow":       func() error { _, err := r.CancelNow(AnyRequest(), 0); return err },
		"Get128":          func() error { _, err := r.Get128(); return err },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.Next128() != nil || r.Extra() != [2]uint64{} || r.Lost() != 0 {
		t.Error("a closed ring gives something out")
	}
}
