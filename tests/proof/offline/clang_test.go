//go:build linux

package offline

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
	"github.com/uringgen/uringgen/tests/need"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// everyWay is the architecture whose sources are compiled in every way; the
// others' are like them but for some numbers and the byte order.
const everyWay = "amd64"

// TestClang compiles the sources with each clang that is installed, in all ways
// that it has. Objects need not be the same as those that ship, but what becomes
// of them must decide alike.
func TestClang(t *testing.T) {
	need.Command(t, programs.Reference, programs.Reference)
	total, objects := 0, 0
	for _, name := range []string{everyWay, "s390x", "mips", "mipsle", "arm64", "ppc64"} {
		a := cases.Of(name)
		variants := programs.Variants(a.Order == binary.BigEndian)
		asked := cases.Contexts(t) / (4 * len(variants))
		for _, v := range variants {
			if name != everyWay && v.Optimize != "-O2" {
				continue
			}
			t.Run(name+" "+v.String(), func(t *testing.T) {
				spec := compileBPF(t, v, a)
				objects++
				for _, f := range cases.Filters {
					for _, op := range f.Ops {
						c := newCase(t, a, &f, op, asked)
						c.translated(v.String(), spec)
						total += len(c.list)
					}
				}
			})
		}
	}
	t.Logf("%d objects, %d contexts compared", objects, total)
}

// compileBPF compiles the sources as a variant says, for an architecture.
func compileBPF(t *testing.T, v programs.Variant, a *cases.Arch) *ebpf.CollectionSpec {
	t.Helper()
	out, order := filepath.Join(t.TempDir(), "filters.o"), "--target=bpfel"
	if v.BigEndian {
		order = "--target=bpfeb"
	}
	run(t, v.Clang, allSources(t), out, order, "-g", "-c", v.Optimize, "-mcpu="+v.CPU, target(a), "-I", include(t))
	spec, err := ebpf.LoadCollectionSpec(out)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}
