//go:build linux

package ring

import (
	"errors"
	"reflect"
	"slices"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// The ladder as kernels would climb it that lack flags: each takes what it
// knows, and is given no rung below that.
func TestLadder(t *testing.T) {
	const (
		single = uapi.IORING_SETUP_SINGLE_ISSUER
		def    = uapi.IORING_SETUP_DEFER_TASKRUN
		coop   = uapi.IORING_SETUP_COOP_TASKRUN
		flag   = uapi.IORING_SETUP_TASKRUN_FLAG
		all    = uapi.IORING_SETUP_SUBMIT_ALL
		noArr  = uapi.IORING_SETUP_NO_SQARRAY
		sqpoll = uapi.IORING_SETUP_SQPOLL
	)
	for _, c := range []struct {
		kernel   string
		o        Options
		takes    uapi.SetupFlags
		want     uapi.SetupFlags
		refusals int
	}{
		{"6.6", Options{}, ^uapi.SetupFlags(0), single | def | flag | all | noArr, 0},
		{"6.1", Options{}, noArr - 1&^uapi.IORING_SETUP_NO_MMAP, single | def | flag | all, 1},
		{"6.0", Options{}, def - 1, single | coop | flag | all, 2},
		{"5.19", Options{}, single - 1, coop | flag | all, 3},
		{"5.18", Options{}, coop - 1, all, 4},
		{"5.10", Options{}, all - 1, 0, 5},
		{"6.6", Options{AnyThread: true}, ^uapi.SetupFlags(0), coop | flag | all | noArr, 0},
		{"6.1", Options{AnyThread: true}, noArr - 1, coop | flag | all, 1},
		{"5.18", Options{AnyThread: true}, coop - 1, all, 2},
		{"5.10", Options{AnyThread: true}, all - 1, 0, 3},
		{"6.6", Options{Flags: sqpoll}, ^uapi.SetupFlags(0), sqpoll | single | all | noArr, 0},
		{"5.10", Options{Flags: sqpoll}, all - 1, sqpoll, 5},
		{"6.6", Options{Flags: coop}, ^uapi.SetupFlags(0), single | coop | flag | all | noArr, 0},
		{"6.6", Options{Exact: true}, ^uapi.SetupFlags(0), 0, 0},
		{"5.10", Options{Exact: true, Flags: single}, all - 1, 0, 1},
	} {
		refusals := 0
		_, p, err := climb(8, uapi.IoUringParams{}, c.o.rungs(), func(_ uint32, p *uapi.IoUringParams) (int, error) {
			if p.Flags&^c.takes != 0 {
				refusals++
				return -1, syscall.EINVAL
			}
			return 7, nil
		})
		if c.o.Exact && c.refusals == 1 {
			fails(t, err, syscall.EINVAL)
			continue
		}
		if err != nil || p.Flags != c.want || refusals != c.refusals {
			t.Errorf("%s, %+v: %v after %d refusals, %v; want %v after %d", c.kernel, c.o, p.Flags, refusals, err, c.want, c.refusals)
		}
	}
	// What other flags would not change is told at once.
	for _, errno := range []syscall.Errno{syscall.ENOSYS, syscall.EPERM, syscall.ENOMEM, syscall.EMFILE} {
		tries := 0
		_, _, err := climb(8, uapi.IoUringParams{}, new(Options).rungs(), func(uint32, *uapi.IoUringParams) (int, error) {
			tries++
			return -1, errno
		})
		if tries != 1 || !errors.Is(err, errno) {
			t.Errorf("%v: %d tries, %v", errno, tries, err)
		}
	}
}

// Each rung works on this kernel as far as it has it, and Info says so.
func TestRungsWork(t *testing.T) {
	for _, any := range []bool{false, true} {
		for _, flags := range (&Options{AnyThread: any}).rungs() {
			r, err := New(8, &Options{Exact: true, Flags: flags})
			if errors.Is(err, ErrNotSupported) {
				t.Log(err)
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			info := r.Info()
			single := flags&uapi.IORING_SETUP_SINGLE_ISSUER != 0
			if info.Flags != flags || info.SQEntries != 8 || info.CQEntries != 16 || info.Registered != single {
				t.Errorf("%v: %+v", flags, info)
			}
			for range 20 {
				get(t, r).Nop()
				get(t, r).Nop()
				reap(t, r, 2)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestClamp(t *testing.T) {
	argument(t, func() error { _, err := New(1<<20, nil); return err }())
	r := newRing(t, 1<<20, &Options{Flags: uapi.IORING_SETUP_CLAMP})
	if n := r.Info().SQEntries; n != maxEntries {
		t.Errorf("cut to %d entries", n)
	}
	get(t, r).Nop()
	reap(t, r, 1)
	s := newRing(t, 2, &Options{Flags: uapi.IORING_SETUP_CLAMP, CQEntries: 1 << 20})
	if n := s.Info().CQEntries; n != maxCQEntries {
		t.Errorf("cut to %d completions", n)
	}
}

// A flag that no kernel has names itself.
func TestUnknownFlag(t *testing.T) {
	for _, flag := range []uapi.SetupFlags{1 << 30, 1 << 31} {
		_, err := New(4, &Options{Flags: flag})
		var lacks *UnsupportedError
		if !errors.As(err, &lacks) || lacks.Feature != flag.String() {
			t.Errorf("%v: %v", flag, err)
		}
	}
	// Each is known, but they exclude each other.
	_, err := New(4, &Options{Exact: true, Flags: uapi.IORING_SETUP_DEFER_TASKRUN | uapi.IORING_SETUP_SQPOLL | uapi.IORING_SETUP_SINGLE_ISSUER})
	var refused *OpError
	if !errors.As(err, &refused) || refused.Remedy == "" {
		t.Error(err)
	}
}

// Each setup flag has a way to find out whether the kernel takes it.
func TestEachFlagCanBeTried(t *testing.T) {
	var zero uapi.SetupFlags
	for bit := uapi.SetupFlags(1); bit.Since() != ""; bit <<= 1 {
		if _, known := companions[bit]; !known {
			t.Errorf("%v has no row in companions", bit)
		}
		zero |= bit
	}
	if reflect.TypeOf(zero).Kind() != reflect.Uint32 || !slices.Contains(oneThread, 0) {
		t.Error("flags have 32 bits, and the last rung has none")
	}
}
