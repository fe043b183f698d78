//go:build linux

package ring

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
)

func TestAttachThread(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		survey(16, nop) // threads that are there before
		earlier := newRing(t, 1, nil)
		done := make(chan bool)
		go func() {
			defer close(done)
			if err := AttachThread(Confinement{Filters: filters(denyNop), NoNewPrivs: true}); err != nil {
				t.Error(err)
				return
			}
			if is, err := ThreadConfined(); !is || err != nil {
				t.Errorf("confined: %v, %v", is, err)
			}
			wantsNew(t, "its own ring", nop, denied)
			wantsNew(t, "another operation", fsync, fsynced)
			if got, want := survey(16, nop), counted(16, 0); got != want {
				t.Errorf("other threads: %s, want %s", got, want)
			}
			out, err := another(t).Output()
			if got := said(out); got != withoutNop || err != nil {
				t.Errorf("a child of the thread: %q, %v", got, err)
			}
			if err := AttachThread(Confinement{Filters: filters(denyFsync)}); err != nil {
				t.Errorf("a filter more: %v", err)
			}
			wantsNew(t, "what that denies", fsync, denied)
		}()
		<-done
		wants(t, "a ring of another thread", earlier, nop, 0)
		out, err := another(t).Output()
		if got := said(out); got != free || err != nil {
			t.Errorf("a child of another thread: %q, %v", got, err)
		}
	})
}

func TestAttachThreadRestrictions(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		c := Confinement{Restrictions: &Restrictions{Ops: []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_SOCKET}}, Filters: filters(onlyUnix), NoNewPrivs: true}
		if err := AttachThread(c); err != nil {
			t.Fatal(err)
		}
		wantsNew(t, "allowed", nop, 0)
		wantsNew(t, "not allowed", fsync, denied)
		wantsNew(t, "allowed by both", askUnixSocket, 0)
		wantsNew(t, "denied by the filter", inetSocket, denied)
		r := newRing(t, 4, nil)
		if _, err := uapi.RegisterPersonality(r.FD()); !errors.Is(err, syscall.EACCES) {
			t.Errorf("a register call that is not named: %v", err)
		}
		refusal(t, AttachThread(c), syscall.EPERM)
		refusal(t, r.Restrict(*onlyNop), syscall.EBADFD)
		if err := AttachThread(Confinement{Filters: filters(denyNop)}); err != nil {
			t.Errorf("a filter behind restrictions: %v", err)
		}
		wantsNew(t, "denied since", nop, denied)
	})
}

func TestRestrictionsAfterFilters(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		root := os.Geteuid() == 0
		if err := AttachThread(Confinement{Filters: filters(denyFsync), NoNewPrivs: !root}); err != nil {
			t.Fatal(err)
		}
		refusal(t, AttachThread(Confinement{Restrictions: onlyNop, Filters: filters(denyNop), NoNewPrivs: true}), syscall.EPERM)
		if root && noNewPrivs(t) {
			t.Error("no_new_privs was set for nothing")
		}
		wantsNew(t, "what the refused filter denies", nop, 0)
	})
}

// On kernels that show no address, nothing of the whole is done, and
// no_new_privs is not set either.
func TestConfinementIsTriedFirst(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		big := onlyUnix
		big.PDUSize = 24
		var size *PDUSizeError
		err := AttachThread(Confinement{Restrictions: onlyNop, Filters: filters(denyNop, big), NoNewPrivs: true})
		if !errors.As(err, &size) {
			t.Errorf("error %v", err)
		}
		wrongArgument(t, AttachThread(Confinement{Restrictions: &Restrictions{Ops: []uapi.Op{200}}, NoNewPrivs: true}), "Ops")
		wrongArgument(t, AttachThread(Confinement{NoNewPrivs: true}), "Confinement")
		if is, err := ThreadConfined(); is || err != nil || noNewPrivs(t) {
			t.Errorf("confined: %v, %v; no_new_privs: %v", is, err, noNewPrivs(t))
		}
		// The lock was taken back: goroutines that yield share the thread.
		if got := syscall.Gettid(); !shared(got) {
			t.Error("the goroutine is still locked to its thread")
		}
	})
}

// shared tells whether another goroutine can run on a thread.
func shared(tid int) bool {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 1000 {
		found := make(chan bool)
		go func() { found <- syscall.Gettid() == tid }()
		if <-found {
			return true
		}
	}
	return false
}

func TestAttachThreadStaysLocked(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		if err := AttachThread(Confinement{Filters: filters(denyNop), NoNewPrivs: true}); err != nil {
			t.Fatal(err)
		}
		if tid := syscall.Gettid(); shared(tid) {
			t.Errorf("another goroutine ran on thread %d", tid)
		}
	})
}

func TestPrivilege(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		deny := Confinement{Filters: filters(denyNop)}
		refusal(t, AttachThread(deny), syscall.EACCES)
		refusal(t, AttachThread(Confinement{Restrictions: onlyNop}), syscall.EACCES)
		refusal(t, ReexecFiltered(deny), syscall.EACCES)
		refusal(t, StartFiltered(another(t), deny), syscall.EACCES)
		if noNewPrivs(t) {
			t.Error("no_new_privs was set without being asked for")
		}
		deny.NoNewPrivs = true
		if err := AttachThread(deny); err != nil || !noNewPrivs(t) {
			t.Errorf("with NoNewPrivs: %v", err)
		}
	}, asNobody()...)
}

// What cannot be foreseen may still fail midway: it is told what is in force.
func TestMidway(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		runtime.LockOSThread()
		set := FilterSet{Filters: []cbpf.Filter{denyNop, onlyUnix, denyFsync}}
		failing := func(reg register) register {
			n := 0
			return func(op uapi.RegisterOp, arg unsafe.Pointer, nr uint32) error {
				if n++; n == 2 {
					nr = 7 // as no caller does
				}
				return reg(op, arg, nr)
			}
		}
		check := func(err error, noNewPrivs bool) {
			t.Helper()
			var p *PartialError
			if !errors.As(err, &p) || p.InForce != 1 || p.Wanted != 3 || p.NoNewPrivs != noNewPrivs || !errors.Is(err, syscall.EINVAL) {
				t.Errorf("error %v (%+v)", err, p)
			}
		}
		r := newRing(t, 4, nil)
		p := plan{op: "test", filters: set.calls()}
		check(p.carryOut(failing(onRing(r.FD())), false, ringRemedies), false)
		wants(t, "the first on a ring", r, nop, denied)
		wants(t, "the second on a ring", r, inetSocket, 0)
		wants(t, "the third on a ring", r, fsync, fsynced)

		check(p.confine(true, failing(onThread), setNoNewPrivs), true)
		wantsNew(t, "the first", nop, denied)
		wantsNew(t, "the second", inetSocket, 0)
		wantsNew(t, "the third", fsync, fsynced)
	})
}

// Whoever makes threads and children while one goroutine is confined must not
// inherit from it.
func TestAttachThreadDoesNotSpread(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := AttachThread(Confinement{Filters: filters(denyNop), NoNewPrivs: true}); err != nil {
					t.Error(err)
				}
				survey(4, fsync) // has the runtime make threads
			})
		}
		all.Wait()
		if got, want := survey(64, nop), counted(64, 0); got != want {
			t.Errorf("new threads: %s, want %s", got, want)
		}
		if tid := func() int { boundThreads.Lock(); defer boundThreads.Unlock(); return len(boundThreads.threads) }(); tid == 0 {
			t.Error("confined threads were not noted")
		}
	})
}

func TestBoundThreadsAreForgotten(t *testing.T) {
	dead := boundThread{tid: 1 << 30}
	if !dead.dead() || (boundThread{tid: syscall.Gettid()}).dead() {
		t.Error("dead and living threads are mistaken for each other")
	}
	list := slices.DeleteFunc([]boundThread{dead, {tid: syscall.Getpid()}}, boundThread.dead)
	if len(list) != 1 {
		t.Errorf("left over: %v", list)
	}
}
