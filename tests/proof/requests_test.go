//go:build linux

package proof

import (
	"slices"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// TestRequests makes requests at random under each shipped filter, and wants
// the kernel to deny those that the filter's documentation says it denies.
func TestRequests(t *testing.T) {
	kernel.Need(t, filtersFeature)
	a := newAsker(t)
	total := 0
	for _, f := range cases.Filters {
		for _, op := range f.Ops {
			t.Run(f.Name+" "+op.String(), func(t *testing.T) {
				if op == uapi.IORING_OP_CONNECT {
					kernel.Need(t, connectFeature)
				}
				total += a.under(t, &f, op)
			})
		}
	}
	t.Logf("%d requests made", total)
}

// under makes a filter's share of requests, on a ring with the filter and on one
// without: where that says EACCES, too, the answer tells nothing.
func (a *asker) under(t *testing.T, f *cases.Filter, op uapi.Op) int {
	t.Helper()
	n := f.Share(op, cases.Requests(t)*3/4) // the rest are NOPs under random programs
	literals := slices.DeleteFunc(f.Literals(), func(l cbpf.Filter) bool { return l.Op != uint8(op) })
	bound, free := newRing(t, literals...), newRing(t)
	want := f.Predicate(here)
	made, admitted := 0, 0
	for range n {
		q, seen := a.ask(op)
		if answer(t, q, free, seen) == denied {
			continue
		}
		accepted := answer(t, q, bound, seen) != denied
		if accepted != want(&seen) {
			t.Fatalf("accepted %v, want %v: %+v", accepted, want(&seen), seen)
		}
		if made++; accepted {
			admitted++
		}
	}
	if made < n/2 {
		t.Errorf("%d of %d requests are refused by the kernel itself", n-made, n)
	}
	if f.Decides(op) && min(admitted, made-admitted) < n/100 {
		t.Errorf("%d of %d are admitted: too few of one kind", admitted, made)
	}
	return made
}

func answer(t *testing.T, q request, r *ring.Ring, seen cases.Request) int32 {
	t.Helper()
	res, err := q.do(r)
	if err != nil {
		t.Fatalf("%v: %+v", err, seen)
	}
	return res
}
