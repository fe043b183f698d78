//go:build linux

package ring

import (
	"errors"
	"fmt"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// kernelNeeds skips a test where a probe says that the kernel lacks something.
func kernelNeeds(t testing.TB, name, since string, probe func() error) {
	t.Helper()
	v, err := kernel.Parse(since)
	if err != nil {
		t.Fatal(err)
	}
	kernel.Need(t, kernel.Feature{Name: name, Since: v, Probe: probe})
}

// needOps skips a test where the kernel lacks one of the operations.
func needOps(t testing.TB, r *Ring, list ...uapi.Op) {
	t.Helper()
	known := make([]uapi.IoUringProbeOp, 256)
	_, err := uapi.RegisterProbe(r.FD(), known)
	for _, op := range list {
		kernelNeeds(t, op.String(), op.Since(), func() error {
			if err == nil && known[op].Flags&uapi.IO_URING_OP_SUPPORTED == 0 {
				return errors.New("the kernel does not list it")
			}
			return err
		})
	}
}

// needForm skips a test where a request of a later form than its operation
// fails with one of the errors by which older kernels refuse it.
func needForm(t testing.TB, name, since string, r *Ring, prep func(*SQE), refusals ...error) {
	t.Helper()
	kernelNeeds(t, name, since, func() error {
		c := one(t, r, prep)
		for _, err := range refusals {
			if errors.Is(c.Err(), err) {
				return fmt.Errorf("a request for it: %w", err)
			}
		}
		return nil
	})
}

// one submits a request and waits for its completion.
func one(t testing.TB, r *Ring, prep func(*SQE)) CQE {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	prep(s)
	return next(t, r)
}

// ok is one that must succeed; it returns the result.
func ok(t testing.TB, r *Ring, prep func(*SQE)) int {
	t.Helper()
	c := one(t, r, prep)
	if err := c.Err(); err != nil {
		t.Helper()
		t.Fatal(err)
	}
	return int(c.Res)
}

// start prepares and submits a request that will not complete at once.
func start(t testing.TB, r *Ring, prep func(*SQE)) ID {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	prep(s)
	id := s.ID()
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
	return id
}

// next submits, and waits for the next completion.
func next(t testing.TB, r *Ring) CQE {
	t.Helper()
	if _, err := r.SubmitAndWait(1); err != nil {
		t.Fatal(err)
	}
	for c := range r.Completions() {
		return c
	}
	t.Fatal("no completion")
	return CQE{}
}
