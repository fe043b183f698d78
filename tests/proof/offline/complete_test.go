//go:build linux

package offline

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/tests/need"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// TestComplete wants the lists of package cases to have every architecture, every
// source, and every filter.
func TestComplete(t *testing.T) {
	var arches []string
	for _, a := range cases.Arches {
		arches = append(arches, a.Name)
	}
	same(t, "architectures", arches, gen.Arches())

	paths, err := filepath.Glob(filepath.Join(need.Root(t), sources, "*.bpf.c"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(p), ".bpf.c"))
	}
	same(t, "sources", slices.Collect(maps.Keys(cases.Sources)), names)

	for source, load := range cases.Sources {
		var listed []string
		for _, f := range cases.Filters {
			if f.Source == source {
				listed = append(listed, f.C)
			}
		}
		spec, err := load()
		if err != nil {
			t.Fatal(err)
		}
		same(t, "filters of "+source, listed, bpf.Programs(spec))
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if got, want := slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
