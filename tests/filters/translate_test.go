package filters

import (
	"encoding/binary"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

func translate(t testing.TB, spec *ebpf.CollectionSpec, name string) *bpf.Result {
	t.Helper()
	res, err := bpf.Translate(spec, name, bpf.AnyOp)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// littleEndian skips where the host's verdicts are of another byte order.
func littleEndian(t testing.TB) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the objects are for little-endian machines, and so are the contexts that the host's program reads")
	}
}

// TestAgainstHost compares the verdicts of translations with those of the same
// source compiled for this machine.
func TestAgainstHost(t *testing.T) {
	littleEndian(t)
	count := 0
	for _, s := range sources(t) {
		count += len(s.Programs)
		t.Run(s.Path, func(t *testing.T) {
			t.Parallel()
			asked := requests(t, s)
			want := verdicts(t, s, asked)
			for _, name := range s.Programs {
				accepts := 0
				for _, v := range want[name] {
					if v {
						accepts++
					}
				}
				if accepts == 0 || accepts == len(asked) {
					t.Errorf("%s says the same of all %d requests", name, len(asked))
				}
			}
			for _, v := range variants(t, false) {
				agree(t, s, v, asked, want)
			}
			for _, v := range variants(t, true) {
				agree(t, s, v, asked, want)
			}
		})
	}
	if count < 65 {
		t.Errorf("only %d programs", count)
	}
}

// agree translates all programs of an object, and asks them about requests.
func agree(t *testing.T, s programs.Source, v programs.Variant, asked []cbpf.Context, want map[string][]bool) {
	t.Helper()
	spec := object(t, s, v)
	for _, name := range s.Programs {
		res, err := bpf.Translate(spec, name, bpf.AnyOp)
		if err != nil {
			t.Errorf("%v: %v", v, err)
			continue
		}
		as := func(c cbpf.Context) cbpf.Context { return c }
		if v.BigEndian {
			as = bigEndian(body(t, s, name))
		}
		compare(t, v.String()+": "+name, res.Program, spec.ByteOrder, asked, func(i int) (cbpf.Context, bool) {
			return as(asked[i]), want[name][i]
		})
	}
}

// compare asks a program about requests until an answer is wrong.
func compare(t *testing.T, what string, p cbpf.Program, order binary.ByteOrder, asked []cbpf.Context, want func(i int) (cbpf.Context, bool)) {
	t.Helper()
	for i := range asked {
		c, w := want(i)
		got, err := cbpf.Run(p, c, order)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if (got != 0) != w {
			t.Errorf("%s: %d, want %v for %x\n%v", what, got, w, c, p)
			return
		}
	}
}
