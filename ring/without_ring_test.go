//go:build linux

package ring

import (
	"errors"
	"runtime"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
)

// withoutDescriptors runs f where no ring can be made, as with
// /proc/sys/kernel/io_uring_disabled.
func withoutDescriptors(t *testing.T, f func()) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 0, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	f()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}

// Where nothing can be tried first, the kernel refuses midway, and the errors
// are as good.
func TestConfinementWithoutRing(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		runtime.LockOSThread()
		if err := setNoNewPrivs(); err != nil {
			t.Fatal(err)
		}
		big := onlyUnix
		big.PDUSize = 13
		var supported, midway, wrong error
		withoutDescriptors(t, func() {
			supported = FiltersSupported()
			midway = AttachThread(Confinement{Filters: filters(denyNop, cbpf.Filter{Op: 200, Program: allowAll}, denyFsync)})
			wrong = AttachThread(Confinement{Filters: filters(big)})
		})
		if supported != nil {
			t.Errorf("FiltersSupported: %v", supported)
		}
		var p *PartialError
		if !errors.As(midway, &p) || p.InForce != 1 || p.Wanted != 3 || p.NoNewPrivs {
			t.Errorf("midway: %v", midway)
		}
		wrongArgument(t, midway, "Op(200)")
		var size *PDUSizeError
		if !errors.As(wrong, &size) || errors.As(wrong, &p) || size.Kernel != 12 {
			t.Errorf("a wrong size: %v", wrong)
		}
		wantsNew(t, "the first", nop, denied)
		wantsNew(t, "the third", fsync, fsynced)
		wantsNew(t, "a filter of a wrong size", inetSocket, 0)
	})
}

// A thread that may not ask without a ring is not told that the kernel lacks
// anything.
func TestFiltersSupportedCannotTell(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		var err error
		withoutDescriptors(t, func() { err = FiltersSupported() })
		refusal(t, err, syscall.EMFILE)
		if errors.Is(err, ErrNotSupported) {
			t.Errorf("error %v", err)
		}
	}, asNobody()...)
}

func TestFiltersUnsupportedWithoutRing(t *testing.T) {
	lackFilters(t)
	reexec.Run(t, func(t *testing.T) {
		var errs [3]error
		withoutDescriptors(t, func() {
			errs[0] = FiltersSupported()
			errs[1] = AttachThread(Confinement{Filters: filters(denyNop), NoNewPrivs: true})
			errs[2] = AttachThread(Confinement{Restrictions: onlyNop, NoNewPrivs: true})
		})
		for _, err := range errs {
			unsupported(t, err, "7.0")
		}
	})
}
