package proof_test

import (
	"testing"

	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// BenchmarkAllTargets is what a run of the generator does: the layouts of one
// unit on all targets, and how they differ.
func BenchmarkAllTargets(b *testing.B) {
	o := read(b, canonical(b), target.All()[0])
	for b.Loop() {
		var ls []*layout.Layout
		for _, x := range target.All() {
			ls = append(ls, compute(b, o.unit, x))
		}
		facts.Across(o.unit, ls, o.unit.Files)
	}
}
