//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/uringctl/nops"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
)

// Each set-up must accept NOPs, by the number of instructions that it is about.
func TestSetups(t *testing.T) {
	ran := map[string]int{
		"no filter": 0, "no filter again": 0, "on another operation": 0,
		"1 instruction": 1, "socket filter": 10, "38 operations": 1, "2 stacked": 2, "4 stacked": 4, "8 stacked": 8,
	}
	if len(setups) != len(ran) {
		t.Errorf("%d set-ups, want %d", len(setups), len(ran))
	}
	for _, s := range setups {
		n, ops := 0, map[uint8]bool{}
		for _, f := range s.filters {
			ops[f.Op] = true
			if f.Op != uint8(uapi.IORING_OP_NOP) {
				continue
			}
			e, err := cbpf.Explain(f.Program, cbpf.Context{}, nil)
			if err != nil || e.Verdict == 0 {
				t.Fatalf("%s: %v, %v", s.name, e, err)
			}
			n += len(e.Path)
		}
		if want, ok := ran[s.name]; !ok || n != want {
			t.Errorf("%s: a NOP runs %d instructions, want %d", s.name, n, want)
		}
		if s.name == "38 operations" && len(ops) != 38 {
			t.Errorf("%s: on %d operations", s.name, len(ops))
		}
	}
}

func TestReport(t *testing.T) {
	r := &result{Kernel: "7.9", JIT: "on", Rounds: 3}
	for range setups {
		r.Rows = append(r.Rows, row{200, nops.Spread{Median: 1.5, Low: 1.25, High: 1.75}})
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back result
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(&back, r) {
		t.Errorf("%+v, %v after its journey", back, err)
	}
	var out bytes.Buffer
	report(&out, "bed", r)
	for _, want := range []string{
		"\nbed: Linux 7.9, JIT on, NOPs in batches of 32, 3 rounds of 2ms\n",
		"\nsocket filter                 1    200.0   1.500   1.250-1.750\n",
		"\n38 operations                38    200.0   1.500   1.250-1.750\n",
	} {
		if !bytes.Contains(out.Bytes(), []byte(want)) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestMeasure(t *testing.T) {
	kernel.Need(t, kernel.Feature{Name: "filters of requests", Since: kernel.Version{Major: 7}, Config: "CONFIG_IO_URING_BPF", Probe: ring.FiltersSupported})
	r, err := measure(3)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != len(setups) || r.Rounds != 3 || r.Kernel != kernel.Release() {
		t.Errorf("%+v", r)
	}
	for i, row := range r.Rows {
		if row.Each <= 0 || row.Ratio.Median <= 0 {
			t.Errorf("%s: %+v", setups[i].name, row)
		}
	}
}
