//go:build linux

package offline

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/proof/cases"
	"github.com/uringgen/uringgen/tests/proof/ebpfrun"
)

// TestFilters asks all judges of each shipped filter, for each architecture with
// its numbers and in its byte order.
func TestFilters(t *testing.T) {
	hosts, shipped := hosts{t.TempDir(), map[string]string{}}, ship(t)
	kernel := ebpfrun.Probe()
	if kernel != nil { // package proof skips or fails for that
		t.Logf("without eBPF in the kernel: %v", kernel)
	}
	asked := cases.Contexts(t) / len(cases.Arches)
	total := 0
	for _, a := range cases.Arches {
		t.Run(a.Name, func(t *testing.T) {
			for _, f := range cases.Filters {
				spec := object(t, a, f.Source)
				for _, op := range f.Ops {
					c := newCase(t, a, &f, op, asked)
					c.want("the same C on this machine", hosts.verdicts(c.T, &f, a, c.list))
					c.classic("shipped", literal(t, shipped[a.Name][f.Name], op))
					c.translated("translated", spec)
					if kernel == nil && a.Order == native {
						c.loaded(spec)
					}
					total += len(c.list)
				}
			}
		})
	}
	t.Logf("%d contexts compared", total)
}

func literal(t *testing.T, list []cbpf.Filter, op uapi.Op) cbpf.Program {
	t.Helper()
	for _, f := range list {
		if f.Op == uint8(op) {
			return f.Program
		}
	}
	t.Fatalf("nothing for %v", op)
	return nil
}

// aCase is requests of an operation, and what a filter's documentation says of
// each.
type aCase struct {
	*testing.T
	arch     *cases.Arch
	filter   *cases.Filter
	op       uapi.Op
	list     []cases.Request
	contexts []cbpf.Context
	says     []bool
}

// newCase has the filter's share of so many requests.
func newCase(t *testing.T, a *cases.Arch, f *cases.Filter, op uapi.Op, total int) *aCase {
	t.Helper()
	n := f.Share(op, total)
	c := &aCase{T: t, arch: a, filter: f, op: op}
	source, predicate := cases.NewSource(a, cases.Seed(t)), f.Predicate(a)
	admitted := 0
	for range n {
		r := source.Request(op)
		c.list, c.contexts, c.says = append(c.list, r), append(c.contexts, r.Context(a.Order)), append(c.says, predicate(&r))
		if predicate(&r) {
			admitted++
		}
	}
	if f.Decides(op) && min(admitted, n-admitted) < n/100 {
		t.Errorf("%s, %v: %d of %d are admitted: too few of one kind", f.Name, op, admitted, n)
	}
	return c
}

// want compares a judge's verdicts with what the documentation says.
func (c *aCase) want(judge string, verdicts []byte) {
	c.Helper()
	for i, v := range verdicts {
		if (v != 0) != c.says[i] {
			c.Errorf("%s, %v: %s: accepts %v, want %v: %+v, context %x", c.filter.Name, c.op, judge, v != 0, c.says[i], c.list[i], c.contexts[i])
			return
		}
	}
}

// judged is want for a judge that is asked about a context at a time.
func (c *aCase) judged(judge string, accepts func(*cbpf.Context) (bool, error)) {
	c.Helper()
	verdicts := make([]byte, len(c.contexts))
	for i := range c.contexts {
		accepted, err := accepts(&c.contexts[i])
		if err != nil {
			c.Fatalf("%s, %v: %s: %v", c.filter.Name, c.op, judge, err)
		}
		if accepted {
			verdicts[i] = 1
		}
	}
	c.want(judge, verdicts)
}

func (c *aCase) classic(judge string, p cbpf.Program) {
	c.Helper()
	c.judged(judge, func(ctx *cbpf.Context) (bool, error) {
		verdict, err := cbpf.Run(p, *ctx, c.arch.Order)
		return verdict != 0, err
	})
}

func (c *aCase) translated(judge string, spec *ebpf.CollectionSpec) {
	c.Helper()
	p, err := c.filter.Translate(spec, c.op)
	if err != nil {
		c.Errorf("%s, %v: %s: %v", c.filter.Name, c.op, judge, err)
		return
	}
	c.classic(judge, p)
}

// loaded asks the kernel, which runs objects of its own byte order only.
func (c *aCase) loaded(spec *ebpf.CollectionSpec) {
	c.Helper()
	p, err := ebpfrun.Load(spec, c.filter.C)
	if err != nil {
		c.Fatal(err)
	}
	defer p.Close()
	c.judged("eBPF in the kernel", p.Accepts)
}
