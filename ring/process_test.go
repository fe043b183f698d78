//go:build linux

package ring

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
)

// withCgo tells whether the runtime cannot reach all threads.
func withCgo() bool {
	_, _, errno := syscall.AllThreadsSyscall(syscall.SYS_GETPID, 0, 0, 0)
	return errno == syscall.ENOTSUP
}

// needAllThreads skips what a test binary with cgo cannot do.
func needAllThreads(t *testing.T) {
	t.Helper()
	kernel.Need(t, filtersFeature)
	if withCgo() {
		t.Skip("a binary with cgo, such as one with the race detector, cannot reach all threads")
	}
}

func TestAttachProcess(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		earlier := newRing(t, 4, nil)
		survey(64, nop)
		before, err := threads()
		if err != nil || len(before) < 64 {
			t.Fatalf("%d threads, %v", len(before), err)
		}
		if err := AttachProcess(Confinement{Filters: filters(denyNop), NoNewPrivs: true}); err != nil {
			t.Fatal(err)
		}
		if got, want := survey(64, nop), counted(64, denied); got != want {
			t.Errorf("64 threads: %s, want %s", got, want)
		}
		if got, want := survey(160, nop), counted(160, denied); got != want {
			t.Errorf("these and new ones: %s, want %s", got, want)
		}
		wants(t, "an earlier ring", earlier, nop, 0)
		out, err := another(t).Output()
		if got := said(out); got != withoutNop || err != nil {
			t.Errorf("a child: %q, %v", got, err)
		}
		for range 3 {
			if err := AttachProcess(Confinement{Filters: filters(denyFsync, allowNop)}); err != nil {
				t.Fatalf("filters more: %v", err)
			}
		}
		if got, want := survey(64, fsync), counted(64, denied); got != want {
			t.Errorf("what they deny: %s, want %s", got, want)
		}
		refusal(t, AttachProcess(Confinement{Restrictions: onlyNop}), syscall.EPERM)
	})
}

func TestAttachProcessRestrictions(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		survey(16, nop)
		c := Confinement{Restrictions: &Restrictions{Ops: []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_SOCKET}}, Filters: filters(onlyUnix), NoNewPrivs: true}
		if err := AttachProcess(c); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			prep func(*uapi.IoUringSqe)
			want int32
		}{"allowed": {nop, 0}, "not allowed": {fsync, denied}, "allowed by both": {askUnixSocket, 0}, "filtered": {inetSocket, denied}} {
			if got, want := survey(32, c.prep), counted(32, c.want); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		refusal(t, AttachProcess(c), syscall.EPERM)
	})
}

// The runtime would end the process if threads' answers differed.
func TestAttachProcessAfterAttachThread(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		hold, attached := make(chan bool), make(chan int)
		confined := func(func(error)) {
			if err := AttachThread(Confinement{Restrictions: onlyNop, NoNewPrivs: true}); err != nil {
				t.Error(err)
			}
			attached <- syscall.Gettid()
			<-hold
		}
		go func() { _ = otherThread(confined) }()
		tid := <-attached
		for _, c := range []Confinement{{Restrictions: onlyNop, NoNewPrivs: true}, {Filters: filters(denyNop), NoNewPrivs: true}} {
			var te *ThreadError
			if err := AttachProcess(c); !errors.As(err, &te) || te.Thread != tid {
				t.Errorf("error %v; want a ThreadError about thread %d", err, tid)
			}
		}
		if got, want := survey(16, fsync), counted(16, fsynced); got != want || noNewPrivs(t) {
			t.Errorf("other threads: %s, want %s; no_new_privs: %v", got, want, noNewPrivs(t))
		}
		close(hold)
		for !(boundThread{tid: tid}).dead() {
			time.Sleep(time.Millisecond)
		}
		if err := AttachProcess(Confinement{Restrictions: onlyNop, NoNewPrivs: true}); err != nil {
			t.Errorf("once the thread is gone: %v", err)
		}
		if got, want := survey(32, fsync), counted(32, denied); got != want {
			t.Errorf("all threads: %s, want %s", got, want)
		}
	})
}

func TestAttachProcessAfterStartFiltered(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		for range 5 {
			if err := StartFiltered(another(t), Confinement{Restrictions: onlyNop, NoNewPrivs: true}); err != nil {
				t.Fatal(err)
			}
		}
		if err := AttachProcess(Confinement{Restrictions: onlyNop, NoNewPrivs: true}); err != nil {
			t.Fatal(err)
		}
		if got, want := survey(32, fsync), counted(32, denied); got != want {
			t.Errorf("all threads: %s, want %s", got, want)
		}
	})
}

// One thread with no_new_privs would be given another answer than the rest.
func TestAttachProcessThreadsDiffer(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		hold, ready := make(chan bool), make(chan int)
		go func() {
			runtime.LockOSThread()
			if err := setNoNewPrivs(); err != nil {
				t.Error(err)
			}
			ready <- syscall.Gettid()
			<-hold
		}()
		tid := <-ready
		defer close(hold)
		var te *ThreadError
		if err := AttachProcess(Confinement{Filters: filters(denyNop)}); !errors.As(err, &te) || te.Thread != tid || !strings.Contains(te.Reason, "NoNewPrivs 1") {
			t.Errorf("error %v; want a ThreadError about thread %d", err, tid)
		}
		if err := AttachProcess(Confinement{Filters: filters(denyNop), NoNewPrivs: true}); err != nil {
			t.Errorf("with no_new_privs for all: %v", err)
		}
		if got, want := survey(32, nop), counted(32, denied); got != want {
			t.Errorf("all threads: %s, want %s", got, want)
		}
	}, asNobody()...)
}

func TestAttachProcessUnprivileged(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		refusal(t, AttachProcess(Confinement{Filters: filters(denyNop)}), syscall.EACCES)
		if noNewPrivs(t) {
			t.Error("no_new_privs was set without being asked for")
		}
	}, asNobody()...)
}

func TestAttachProcessMidway(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		p := plan{op: "test", filters: (&FilterSet{Filters: []cbpf.Filter{denyNop, onlyUnix, denyFsync}}).calls()}
		n := 0
		err := p.confine(true, func(op uapi.RegisterOp, arg unsafe.Pointer, nr uint32) error {
			if n++; n == 2 {
				nr = 7
			}
			return onAllThreads(op, arg, nr)
		}, setAllNoNewPrivs)
		var partial *PartialError
		if !errors.As(err, &partial) || partial.InForce != 1 || partial.Wanted != 3 || !partial.NoNewPrivs {
			t.Errorf("error %v", err)
		}
		if got, want := survey(16, nop), counted(16, denied); got != want {
			t.Errorf("the first: %s, want %s", got, want)
		}
		if got, want := survey(16, inetSocket), counted(16, 0); got != want {
			t.Errorf("the second: %s, want %s", got, want)
		}
	})
}

// Threads of the kernel's that work for a ring take no part.
func TestAttachProcessWithWorkers(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQPOLL, AnyThread: true})
		wants(t, "before", r, nop, 0)
		if err := AttachProcess(Confinement{Filters: filters(denyNop), NoNewPrivs: true}); err != nil {
			t.Fatal(err)
		}
		wants(t, "an earlier ring", r, nop, 0)
		if got, want := survey(16, nop), counted(16, denied); got != want {
			t.Errorf("threads: %s, want %s", got, want)
		}
		if err := AttachProcess(Confinement{Filters: filters(denyFsync)}); err != nil {
			t.Error(err)
		}
	})
}

// Many threads come and go while all of them are confined.
func TestAttachProcessUnderLoad(t *testing.T) {
	needAllThreads(t)
	reexec.Run(t, func(t *testing.T) {
		stop := make(chan bool)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					done := make(chan bool)
					go func() { runtime.LockOSThread(); close(done) }() // ends a thread
					<-done
				}
			})
		}
		var err error
		for range 3 {
			err = errors.Join(err, AttachProcess(Confinement{Filters: filters(denyNop), NoNewPrivs: true}))
		}
		close(stop)
		all.Wait()
		if err != nil {
			t.Error(err)
		}
		if got, want := survey(64, nop), counted(64, denied); got != want {
			t.Errorf("threads: %s, want %s", got, want)
		}
	})
}

// With cgo the answer is the same on every kernel, and nothing is done.
func TestAttachProcessWithCgo(t *testing.T) {
	if !withCgo() {
		t.Skip("a binary without cgo; `go test -race` makes one with it")
	}
	err := AttachProcess(Confinement{Filters: filters(denyNop), NoNewPrivs: true})
	refusal(t, err, syscall.ENOTSUP)
	if !strings.Contains(err.Error(), "ReexecFiltered") {
		t.Errorf("no way out in %q", err)
	}
	if noNewPrivs(t) {
		t.Error("no_new_privs was set for nothing")
	}
}

func TestAttachProcessUnsupported(t *testing.T) {
	lackFilters(t)
	if withCgo() {
		t.Skip("a binary with cgo is refused on any kernel")
	}
	unsupported(t, AttachProcess(Confinement{Filters: filters(denyNop), NoNewPrivs: true}), "7.0")
	unsupported(t, AttachProcess(Confinement{Restrictions: onlyNop, NoNewPrivs: true}), "7.0")
	if noNewPrivs(t) {
		t.Error("no_new_privs was set for nothing")
	}
}
