//go:build linux

package ring

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// disabled is what a ring needs to be restricted. Both kinds must be closable:
// one of them is entered through a registered index.
var disabled = map[string]*Options{
	"one thread": {Flags: uapi.IORING_SETUP_R_DISABLED},
	"any thread": {Flags: uapi.IORING_SETUP_R_DISABLED, AnyThread: true},
}

func restricted(t *testing.T, o *Options, l Restrictions) *Ring {
	t.Helper()
	r := newRing(t, 8, o)
	if err := r.Restrict(l); err != nil {
		t.Fatal(err)
	}
	if err := r.Enable(); err != nil {
		t.Fatal(err)
	}
	return r
}

// What is not named is denied, on each kernel: requests, flags, register calls.
func TestRestrict(t *testing.T) {
	for name, o := range disabled {
		t.Run(name, func(t *testing.T) {
			r := restricted(t, o, Restrictions{Ops: []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_NOP}})
			wants(t, "what is allowed", r, nop, 0)
			wants(t, "what is not", r, fsync, denied)
			wants(t, "a flag", r, func(e *uapi.IoUringSqe) { e.PrepNop(); e.Flags = uapi.IOSQE_ASYNC }, denied)
			if _, err := uapi.RegisterPersonality(r.FD()); !errors.Is(err, syscall.EACCES) {
				t.Errorf("a register call: %v", err)
			}
		})
	}
}

func TestRestrictZeroDeniesAll(t *testing.T) {
	r := restricted(t, disabled["one thread"], Restrictions{})
	wants(t, "NOP", r, nop, denied)
	wants(t, "FSYNC", r, fsync, denied)
}

func TestRestrictFlags(t *testing.T) {
	r := restricted(t, disabled["one thread"], Restrictions{Ops: onlyNop.Ops, AllowedFlags: uapi.IOSQE_IO_LINK, RequiredFlags: uapi.IOSQE_ASYNC})
	for flags, want := range map[uapi.SQEFlags]int32{
		0: denied, uapi.IOSQE_ASYNC: 0, uapi.IOSQE_ASYNC | uapi.IOSQE_IO_LINK: 0,
		uapi.IOSQE_ASYNC | uapi.IOSQE_IO_DRAIN: denied,
	} {
		wants(t, flags.String(), r, func(e *uapi.IoUringSqe) { e.PrepNop(); e.Flags = flags }, want)
	}
}

func TestRestrictRegisterOps(t *testing.T) {
	r := restricted(t, disabled["one thread"], Restrictions{RegisterOps: []uapi.RegisterOp{uapi.IORING_REGISTER_PERSONALITY}})
	if _, err := uapi.RegisterPersonality(r.FD()); err != nil {
		t.Error(err)
	}
	if err := uapi.UnregisterFiles(r.FD()); !errors.Is(err, syscall.EACCES) {
		t.Errorf("what is not allowed: %v", err)
	}
	r = restricted(t, disabled["one thread"], Restrictions{AnyRegisterOp: true})
	if err := uapi.UnregisterFiles(r.FD()); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("with AnyRegisterOp: %v", err)
	}
	wants(t, "a request with AnyRegisterOp", r, nop, denied)
}

// Wait needs nothing that is not named, not even a poll.
func TestRestrictLeavesWait(t *testing.T) {
	for name, o := range disabled {
		t.Run(name, func(t *testing.T) {
			r := restricted(t, o, *onlyNop)
			for range 2 {
				s, err := r.Get()
				if err != nil {
					t.Fatal(err)
				}
				s.Nop()
				if _, err := r.Submit(); err != nil {
					t.Fatal(err)
				}
				if err := r.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				for range r.Completions() {
				}
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
			defer stop()
			if err := r.Wait(ctx); err != context.DeadlineExceeded {
				t.Errorf("nothing to wait for: %v", err)
			}
		})
	}
}

// What a Ring does not need for itself is denied unless it is named.
func TestRestrictDeniesEventfd(t *testing.T) {
	for name, o := range disabled {
		t.Run(name, func(t *testing.T) {
			fd, _ := eventfd(t)
			if err := restricted(t, o, *onlyNop).SetEventfd(fd, false); !errors.Is(err, syscall.EACCES) {
				t.Errorf("not named: %v", err)
			}
			named := *onlyNop
			named.RegisterOps = []uapi.RegisterOp{uapi.IORING_REGISTER_EVENTFD}
			if err := restricted(t, o, named).SetEventfd(fd, false); err != nil {
				t.Errorf("named: %v", err)
			}
		})
	}
}

// A ring that may do nothing but poll and read can still be closed while it
// does: the calls of Close are allowed without being named.
func TestRestrictLeavesClose(t *testing.T) {
	for name, o := range disabled {
		t.Run(name, func(t *testing.T) {
			r := restricted(t, o, Restrictions{Ops: []uapi.Op{uapi.IORING_OP_READ}})
			var fds [2]int
			if err := syscall.Pipe2(fds[:], syscall.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
			defer syscall.Close(fds[0])
			defer syscall.Close(fds[1])
			s, err := r.Get()
			if err != nil {
				t.Fatal(err)
			}
			s.Read(fds[0], make([]byte, 8), 0)
			if _, err := r.Submit(); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			if err := r.Close(); err != nil {
				t.Errorf("after %v: %v", time.Since(begin), err)
			}
		})
	}
}

func TestRestrictErrors(t *testing.T) {
	r := newRing(t, 1, nil)
	refusal(t, r.Restrict(*onlyNop), syscall.EBADFD)
	r = restricted(t, disabled["one thread"], *onlyNop)
	refusal(t, r.Restrict(*onlyNop), syscall.EBADFD)
	r = newRing(t, 1, disabled["one thread"])
	wrongArgument(t, r.Restrict(Restrictions{Ops: []uapi.Op{200, uapi.IORING_OP_NOP}}), "Ops")
	wrongArgument(t, r.Restrict(Restrictions{RegisterOps: []uapi.RegisterOp{200}}), "RegisterOps")
	if err := r.Restrict(*onlyNop); err != nil {
		t.Errorf("after a list that was refused: %v", err)
	}
	refusal(t, r.Restrict(*onlyNop), syscall.EBUSY)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Restrict(*onlyNop); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed ring: %v", err)
	}
}

// An operation that a kernel lacks is not left out in silence.
func TestRestrictNewerOp(t *testing.T) {
	r := newRing(t, 1, disabled["one thread"])
	newest := uapi.Op(uapi.IORING_OP_LAST - 1)
	err := r.Restrict(Restrictions{Ops: []uapi.Op{newest}})
	if err != nil {
		unsupported(t, err, newest.Since())
	}
	a := &allowlist{}
	a.add(uapi.IORING_RESTRICTION_SQE_OP).SetSqeOp(newest)
	unsupported(t, lackingEntry("Restrict", &a.list[0], syscall.EINVAL), newest.Since())
}

// Whatever is asked for, an operation has one entry, and the kernel's limit on
// their number is kept.
func TestAllowlist(t *testing.T) {
	var all Restrictions
	for i := range 256 {
		all.Ops = append(all.Ops, uapi.Op(i), uapi.Op(i))
		all.RegisterOps = append(all.RegisterOps, uapi.RegisterOp(i), uapi.RegisterOp(i))
	}
	all.RequiredFlags = 1
	if a := all.allowlist(); a.n != len(a.list) || a.optional != 0 || int(a.head.NrRes) != a.n {
		t.Errorf("everything: %d entries, %d optional", a.n, a.optional)
	}
	known := Restrictions{AnyRegisterOp: true}
	for op := range uapi.Op(uapi.IORING_OP_LAST) {
		known.Ops = append(known.Ops, op)
	}
	limit := int(uapi.IORING_RESTRICTION_LAST + uapi.IORING_REGISTER_LAST + uapi.IORING_OP_LAST)
	if a := known.allowlist(); a.n > limit {
		t.Errorf("all that is known: %d entries, the kernel takes %d", a.n, limit)
	}
	a := (&Restrictions{RegisterOps: []uapi.RegisterOp{uapi.IORING_REGISTER_RING_FDS}}).allowlist()
	if a.optional != len(ownCalls)-1 {
		t.Errorf("%d optional entries where one of %d was asked for", a.optional, len(ownCalls))
	}
	last := a.list[a.n-a.optional : a.n]
	if !slices.IsSortedFunc(last, func(x, y uapi.IoUringRestriction) int { return int(x.RegisterOp) - int(y.RegisterOp) }) {
		t.Error("the newest register operation is not the last entry")
	}
}
