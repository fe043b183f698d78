//go:build linux

package proof

import (
	"errors"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// TestConnectFiltersNeedPayload wants filters of addresses to be refused where
// the kernel shows none: without effect they must not be.
func TestConnectFiltersNeedPayload(t *testing.T) {
	kernel.Need(t, filtersFeature)
	shown := connectFeature.Probe() == nil
	asked := 0
	for _, f := range cases.Filters {
		if f.Ops[0] != uapi.IORING_OP_CONNECT {
			continue
		}
		asked++
		r := newRing(t)
		err := r.AttachFilters(ring.FilterSet{Filters: f.Literals()})
		var unsupported *ring.UnsupportedError
		switch {
		case shown && err != nil:
			t.Errorf("%s: %v", f.Name, err)
		case !shown && (!errors.Is(err, ring.ErrNotSupported) || !errors.As(err, &unsupported) || unsupported.MinKernel != "7.2"):
			t.Errorf("%s: error %v, want an UnsupportedError that names Linux 7.2", f.Name, err)
		case !shown:
			t.Logf("%s: %v", f.Name, err)
		}
	}
	if asked != 4 {
		t.Errorf("%d filters of connects", asked)
	}
}

// TestExactSizes registers each filter for kernels with just the payload that
// it was written for, which these are: those that do not look at it, too.
func TestExactSizes(t *testing.T) {
	kernel.Need(t, filtersFeature)
	shown := connectFeature.Probe() == nil
	for _, f := range cases.Filters {
		if f.Ops[0] == uapi.IORING_OP_CONNECT && !shown {
			continue // refused: see above
		}
		if err := newRing(t).AttachFilters(ring.FilterSet{Filters: f.Literals(), ExactPDUSize: true}); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}
