//go:build linux

package proof

import (
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/proof/cases"
	"github.com/uringgen/uringgen/tests/proof/ebpfrun"
)

// here is the architecture of this machine.
var here = cases.Of(runtime.GOARCH)

// judge tells whether a filter accepts a request.
type judge struct {
	name    string
	accepts func(*cbpf.Context) (bool, error)
}

// classic is the judge of a program in classic BPF.
func classic(name string, p cbpf.Program) judge {
	return judge{name, func(c *cbpf.Context) (bool, error) {
		verdict, err := cbpf.Run(p, *c, here.Order)
		return verdict != 0, err
	}}
}

// judges are those of one filter that its object gives; done lets go of them.
func judges(t *testing.T, f *cases.Filter, spec *ebpf.CollectionSpec, op uapi.Op) (list []judge, done func()) {
	t.Helper()
	translated, err := f.Translate(spec, op)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := ebpfrun.Load(spec, f.C)
	if err != nil {
		t.Fatal(err)
	}
	return []judge{classic("translated", translated), {"eBPF in the kernel", loaded.Accepts}}, loaded.Close
}

// TestFilters asks all judges of each shipped filter.
func TestFilters(t *testing.T) {
	ebpfrun.Need(t)
	total := 0
	for _, f := range cases.Filters {
		spec, err := cases.Sources[f.Source]()
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range f.Ops {
			t.Run(f.Name+" "+op.String(), func(t *testing.T) {
				list, done := judges(t, &f, spec, op)
				defer done()
				list = append(list, classic("shipped", f.Literal(op)))
				source := cases.NewSource(here, cases.Seed(t))
				n, admitted := compare(t, f.Predicate(here), source, op, f.Share(op, cases.Contexts(t)/len(cases.Arches)), list)
				if f.Decides(op) && min(admitted, n-admitted) < n/100 {
					t.Errorf("%d of %d are admitted: too few of one kind", admitted, n)
				}
				total += n
			})
		}
	}
	t.Logf("%d contexts compared", total)
}

// compare asks the judges about n contexts, and wants the predicate's answer. It
// counts contexts, and those that are admitted.
func compare(t *testing.T, want cases.Predicate, source *cases.Source, op uapi.Op, n int, judges []judge) (compared, admitted int) {
	t.Helper()
	for compared < n {
		r := source.Request(op)
		c, want := r.Context(here.Order), want(&r)
		for _, j := range judges {
			got, err := j.accepts(&c)
			if err != nil {
				t.Fatalf("%s: %v", j.name, err)
			}
			if got != want {
				t.Errorf("%s: accepts %v, want %v: %+v, context %x", j.name, got, want, r, c)
				return compared, admitted
			}
		}
		compared++
		if want {
			admitted++
		}
	}
	return compared, admitted
}
