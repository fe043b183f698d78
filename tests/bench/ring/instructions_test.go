//go:build linux && amd64

package main

import (
	"os"
	"slices"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// limits are how many instructions a request may take in user mode, its entry
// and its completion together, at 32 per enter. They are little above what
// was reached: a change that costs more is seen here, under any load.
var limits = map[[2]string]float64{
	{"nop", raw}:   40,
	{"nop", safe}:  116,
	{"read", raw}:  60,
	{"read", safe}: 174,
}

func TestInstructions(t *testing.T) {
	need.Command(t, "gcc", "gcc")
	need.Headers(t, "liburing-dev", "newest")
	need.Headers(t, "linux-libc-dev", "newest")
	t.Chdir(need.Root(t))
	b, err := build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contests {
		if c.server {
			continue
		}
		for _, k := range c.contestants {
			if k.name == control || b.absent[k.program] {
				continue
			}
			r := result{contestant: k}
			if err := r.count(c, b); err != nil {
				t.Fatal(err)
			}
			limit := limits[[2]string{c.name, k.name}]
			t.Logf("%-5s %-10s %6.1f (limit %v)", c.name, k.name, r.instructions, limit)
			if limit != 0 && r.instructions > limit {
				t.Errorf("%s: %s takes %.1f instructions for each request, the limit is %v", c.name, k.name, r.instructions, limit)
				reportFunctions(os.Stderr, []result{r})
			}
		}
	}
}

// TestLimits finds rows that no contest has.
func TestLimits(t *testing.T) {
	for l := range limits {
		i := slices.IndexFunc(contests, func(c contest) bool { return c.name == l[0] })
		if i < 0 || !slices.ContainsFunc(contests[i].contestants, func(k contestant) bool { return k.name == l[1] }) {
			t.Errorf("nobody is %v", l)
		}
	}
}
