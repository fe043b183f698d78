//go:build linux

package semantics

import (
	"slices"
	"testing"
	"time"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
)

// Of several filters the newest is asked first, and none after one that denies.
// No verdict shows it, only what a verdict costs: here a filter that denies
// stands before or behind 131072 instructions.
func TestStackOrder(t *testing.T) {
	kernel.Need(t, filters)
	long := append(slices.Repeat(cbpf.Program{cbpf.LoadWord(0)}, 4095), cbpf.Return(1))
	stack := func(programs ...cbpf.Program) *ring.Raw {
		r := newRing(t, 0)
		for _, p := range programs {
			must(t, filter(r.FD(), opNop, p))
		}
		return r
	}
	many := slices.Repeat([]cbpf.Program{long}, 32)
	newest := stack(append(slices.Clone(many), deny)...)
	oldest := stack(append([]cbpf.Program{deny}, many...)...)
	short, whole := fastest(t, newest), fastest(t, oldest)
	if short*3 > whole {
		t.Errorf("a denial by the newest of 33 filters takes %v, one by the oldest %v", short, whole)
	}
}

// fastest is the shortest time that a NOP takes to be denied.
func fastest(t *testing.T, r *ring.Raw) time.Duration {
	t.Helper()
	best := patience
	for range 20 {
		put(r, 1, nop)
		start := time.Now()
		_, err := r.Submit()
		took := time.Since(start)
		must(t, err)
		c, err := next(r, patience)
		must(t, err)
		wants(t, "NOP", result(c.Res), denied)
		best = min(best, took)
	}
	return best
}
