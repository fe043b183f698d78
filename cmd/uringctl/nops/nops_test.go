//go:build linux

package nops

import (
	"testing"
	"time"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
)

var filters = kernel.Feature{Name: "filters of requests", Since: kernel.Version{Major: 7}, Config: "CONFIG_IO_URING_BPF", Probe: ring.FiltersSupported}

func open(t *testing.T, entries, batch uint32, filters ...cbpf.Filter) *Ring {
	t.Helper()
	r, err := Open(entries, batch, filters...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestRun(t *testing.T) {
	for _, size := range []struct{ entries, batch uint32 }{{128, 32}, {8, 8}, {5, 5}, {1, 1}} {
		r := open(t, size.entries, size.batch)
		c, err := r.Run(100)
		want := 100 * int(size.batch)
		if err != nil || c.Calls != 100 || c.Submitted != want || c.Completed != want || c.Denied != 0 || c.Time <= 0 {
			t.Errorf("%v: %+v, %v", size, c, err)
		}
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	r := open(t, 128, 32)
	if n := testing.AllocsPerRun(10, func() {
		if _, err := r.Run(100); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for 3200 requests", n)
	}
}

// A program that reads what NOPs do not have sees zeros, and is taken.
func TestFilters(t *testing.T) {
	kernel.Need(t, filters)
	program := func(p ...cbpf.Instruction) cbpf.Filter {
		return cbpf.Filter{Op: uint8(uapi.IORING_OP_NOP), Program: p}
	}
	accept := program(cbpf.Return(1))
	for name, c := range map[string]struct {
		filters []cbpf.Filter
		denied  int
	}{
		"accepting":            {[]cbpf.Filter{accept, accept}, 0},
		"denying":              {[]cbpf.Filter{accept, program(cbpf.Return(0))}, 64},
		"payload 0 accepts":    {[]cbpf.Filter{program(cbpf.LoadWord(16), cbpf.JumpEqual(0, 0, 1), cbpf.Return(1), cbpf.Return(0))}, 0},
		"of another operation": {[]cbpf.Filter{{Op: uint8(uapi.IORING_OP_CLOSE), Program: cbpf.Program{cbpf.Return(0)}}}, 0},
	} {
		got, err := open(t, 128, 32, c.filters...).Run(2)
		if err != nil || got.Completed != 64 || got.Denied != c.denied {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, open := range map[string]func() (*Ring, error){
		"no batch":        func() (*Ring, error) { return Open(128, 0) },
		"large batch":     func() (*Ring, error) { return Open(32, 33) },
		"large queue":     func() (*Ring, error) { return Open(1<<20, 32) },
		"invalid program": func() (*Ring, error) { return Open(128, 32, cbpf.Filter{}) },
	} {
		if r, err := open(); err == nil || r != nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Rings of a contest submit the same number of batches, each of its own size.
func TestContest(t *testing.T) {
	a, b := open(t, 128, 32), open(t, 8, 4)
	c, err := NewContest(time.Millisecond, a, b)
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]Count, 2)
	for range 3 {
		if err := c.Round(counts); err != nil {
			t.Fatal(err)
		}
		if counts[0].Completed == 0 || counts[0].Completed != 8*counts[1].Completed {
			t.Errorf("a round of %+v", counts)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{[]float64{7}, Spread{7, 7, 7}},
		{[]float64{4, 1, 5, 2, 3}, Spread{3, 2, 4}},
		{[]float64{8, 7, 6, 5, 4, 3, 2, 1}, Spread{5, 3, 6}},
	} {
		if got := SpreadOf(c.values); got != c.want {
			t.Errorf("%v: %v, want %v", c.values, got, c.want)
		}
	}
}

func TestCount(t *testing.T) {
	var c Count
	if c.Each() != 0 {
		t.Errorf("nothing took %v", c.Each())
	}
	for range 2 {
		c.Add(Count{Calls: 1, Submitted: 4, Completed: 4, Denied: 1, Time: time.Microsecond})
	}
	if want := (Count{2, 8, 8, 2, 2 * time.Microsecond}); c != want || c.Each() != 250 {
		t.Errorf("%+v of %v ns each", c, c.Each())
	}
}
