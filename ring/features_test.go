//go:build linux

package ring

import (
	"errors"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// since is the version in a table of package uapi, of a range its end.
func since(s string) kernel.Version {
	if i := strings.LastIndex(s, ".."); i >= 0 {
		s = s[i+2:]
	}
	v, err := kernel.Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// needSetup skips where the kernel does not take all of these flags.
func needSetup(t testing.TB, flags uapi.SetupFlags) {
	t.Helper()
	for bit := uapi.SetupFlags(1); bit != 0; bit <<= 1 {
		if flags&bit == 0 {
			continue
		}
		kernel.Need(t, kernel.Feature{Name: bit.String(), Since: since(bit.Since()), Probe: func() error {
			if !kernelTakes(bit) {
				return errors.New("EINVAL from io_uring_setup")
			}
			return nil
		}})
	}
}

// needRegister skips where the kernel lacks a register operation.
func needRegister(t testing.TB, op uapi.RegisterOp) {
	t.Helper()
	kernel.Need(t, kernel.Feature{Name: op.String(), Since: since(op.Since()), Probe: func() error {
		if !registers(op) {
			return errors.New("the kernel has no such operation")
		}
		return nil
	}})
}

// needOp skips where the kernel lacks an operation.
func needOp(t testing.TB, op uapi.Op) {
	t.Helper()
	kernel.Need(t, kernel.Feature{Name: op.String(), Since: since(op.Since()), Probe: func() error {
		r, err := New(1, nil)
		if err != nil {
			return err
		}
		p, err := r.Probe()
		if err = errors.Join(err, r.Close()); err == nil && !p.Supports(op) {
			err = errors.New("a probe says so")
		}
		return err
	}})
}

// needFeature skips where the kernel does not report a feature.
func needFeature(t testing.TB, f uapi.Features) {
	t.Helper()
	kernel.Need(t, kernel.Feature{Name: f.String(), Since: since(f.Since()), Probe: func() error {
		r, err := New(1, nil)
		if err != nil {
			return err
		}
		if r.Features()&f == 0 {
			err = errors.New("not among " + r.Features().String())
		}
		return errors.Join(err, r.Close())
	}})
}

// reap submits, waits for n completions and returns them.
func reap(t testing.TB, r *Ring, n int) []CQE {
	t.Helper()
	if _, err := r.SubmitAndWait(uint32(n)); err != nil {
		t.Fatal(err)
	}
	var got []CQE
	for c := range r.Completions() {
		got = append(got, c)
	}
	if len(got) != n {
		t.Fatalf("%d completions, want %d: %+v", len(got), n, got)
	}
	return got
}

// fails wants an error that is the one given.
func fails(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// argument wants an ArgumentError.
func argument(t testing.TB, err error) {
	t.Helper()
	var bad *ArgumentError
	if !errors.As(err, &bad) {
		t.Errorf("error %v, want an ArgumentError", err)
	}
}
