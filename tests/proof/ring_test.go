//go:build linux

package proof

import (
	"errors"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
)

// What tests here need of the kernel.
var (
	filtersFeature = kernel.Feature{
		Name: "filters of requests", Since: kernel.Version{Major: 7}, Config: "CONFIG_IO_URING_BPF",
		Probe: ring.FiltersSupported,
	}
	connectFeature = kernel.Feature{
		Name: "what filters see of IORING_OP_CONNECT", Since: kernel.Version{Major: 7, Minor: 2}, Config: "CONFIG_IO_URING_BPF",
		Probe: func() error {
			size, err := ring.PayloadSize(uapi.IORING_OP_CONNECT)
			if err == nil && size == 0 {
				err = errors.New("its size is 0")
			}
			return err
		},
	}
)

const denied = -int32(syscall.EACCES)

// newRing is a ring for the length of a test, with entries of both sizes.
func newRing(t *testing.T, filters ...cbpf.Filter) *ring.Ring {
	t.Helper()
	r, err := ring.New(8, &ring.Options{Flags: uapi.IORING_SETUP_SQE128})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	if len(filters) > 0 {
		if err := r.AttachFilters(ring.FilterSet{Filters: filters}); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// request is one to a kernel. Memory that it names is in refs.
type request struct {
	prep func(*uapi.IoUringSqe)
	refs []any
}

// do is how a request ends. What it opens is closed.
func (q request) do(r *ring.Ring) (int32, error) {
	s, err := r.Get128()
	if err != nil {
		return 0, err
	}
	s.Prepare128(q.prep, q.refs...)
	if err := s.Err(); err != nil {
		return 0, err
	}
	if _, err := r.SubmitAndWait(1); err != nil {
		return 0, err
	}
	for c := range r.Completions() {
		if c.Res >= 0 && opens(c.Op) {
			return 0, syscall.Close(int(c.Res))
		}
		return c.Res, nil
	}
	return 0, errors.New("no completion")
}

// opens tells that an operation's result is a descriptor.
func opens(op uapi.Op) bool {
	return op == uapi.IORING_OP_SOCKET || op == uapi.IORING_OP_OPENAT || op == uapi.IORING_OP_OPENAT2
}
