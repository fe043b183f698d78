package filters

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

// TestOfOperation makes of one policy a program for each operation: it says
// what the policy says of such requests, and it is short.
func TestOfOperation(t *testing.T) {
	littleEndian(t)
	s := find(t, "policy")
	asked := requests(t, s)
	for op, most := range map[int]int{0: 1, 1: 1, 2: 1, 16: 7, 18: 4, 28: 4, 45: 5, 99: 1, 255: 1} {
		for i := range asked {
			asked[i][8] = byte(op)
		}
		want := verdicts(t, s, asked)["policy"]
		for _, v := range variants(t, false) {
			spec := object(t, s, v)
			res, err := bpf.Translate(spec, "policy", op)
			if err != nil {
				t.Fatalf("%v: %v", v, err)
			}
			if n := len(res.Program); n > most {
				t.Errorf("%v: operation %d: %d instructions, want %d at most\n%v", v, op, n, most, res.Program)
			}
			as := func(i int) (cbpf.Context, bool) { return asked[i], want[i] }
			compare(t, v.String(), res.Program, binary.LittleEndian, asked, as)
			compare(t, v.String()+", any operation", translate(t, spec, "policy").Program, binary.LittleEndian, asked, as)
		}
	}
}

// TestVariables sets const volatile variables before the translation.
func TestVariables(t *testing.T) {
	s := find(t, "parameters")
	for _, v := range append(variants(t, false), variants(t, true)...) {
		for _, want := range []struct {
			family uint32
			port   uint16
		}{{2, 443}, {10, 80}, {0, 0}, {1<<32 - 1, 1<<16 - 1}} {
			spec := object(t, s, v).Copy()
			// Set itself writes numbers in this machine's order.
			family, port := make([]byte, 4), make([]byte, 2)
			spec.ByteOrder.PutUint32(family, want.family)
			spec.ByteOrder.PutUint16(port, want.port)
			if err := errors.Join(spec.Variables["wanted_family"].Set(family), spec.Variables["wanted_port"].Set(port)); err != nil {
				t.Fatal(err)
			}
			p := translate(t, spec, "parameters").Program
			for _, c := range []struct {
				family uint32
				port   uint16
			}{want, {want.family, want.port + 1}, {want.family + 1, want.port}, {2, 443}} {
				var ctx cbpf.Context
				spec.ByteOrder.PutUint32(ctx[16:], c.family)
				binary.BigEndian.PutUint16(ctx[20:], c.port)
				got, err := cbpf.Run(p, ctx, spec.ByteOrder)
				if err != nil || (got != 0) != (c == want) {
					t.Errorf("%v: %d, error %v for %v where %v is wanted", v, got, err, c, want)
				}
			}
		}
	}
}

// limits are what adversaries run into, whichever way they are compiled.
var limits = map[string]string{
	"straight_arithmetic": "more than 4096 classic BPF instructions",
	"variable_shifts":     "more than 16 values are needed at the same time",
	"counted_millions":    "takes too many turns",
	"recursion":           "functions that call themselves",
	"big_table":           "256 are possible",
}

// TestAdversaries translates programs that are made to take long: each becomes
// a program, or an error with a line and a remedy. How long it takes,
// tests/bench/filters prints.
func TestAdversaries(t *testing.T) {
	sources, err := programs.WriteAdversaries(t.TempDir(), absolute(t, "testdata/filter.h"))
	if err != nil {
		t.Fatal(err)
	}
	ways := []programs.Variant{reference(), {Clang: programs.Reference, Optimize: "-O1", CPU: "v3"}}
	if testing.Short() {
		ways = ways[:1]
	}
	for _, s := range sources {
		name := s.Programs[0]
		for _, v := range ways {
			spec := object(t, s, v)
			if n := len(spec.Programs[name].Instructions); n > 10000 {
				t.Errorf("%s: %d instructions are more than the limits are for", name, n)
			}
			res, err := bpf.Translate(spec, name, bpf.AnyOp)
			var e *bpf.TranslateError
			switch {
			case err == nil:
				if err := cbpf.Validate(res.Program); err != nil {
					t.Errorf("%v: %s: %v", v, name, err)
				}
			case !errors.As(err, &e) || e.Position.Line == 0 || e.Remedy == "":
				t.Errorf("%v: %s: error %v", v, name, err)
			}
			if want := limits[name]; want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%v: %s: error %v, want %q", v, name, err, want)
			}
		}
	}
}
