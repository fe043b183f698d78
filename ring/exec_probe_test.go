//go:build linux

package ring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/uringgen/uringgen/tests/kernel"
)

// The probe's answer is what a real child finds, and what kernels that are new
// enough say.
func TestExecKeepsConfinement(t *testing.T) {
	kernel.Need(t, filtersFeature)
	kept, err := ExecKeepsConfinement(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("kernel %s: confinement survives execve: %v", kernel.Release(), kept)
	if v, err := kernel.Parse(kernel.Release()); err != nil || !kept && !v.Less(kernel.Version{Major: 7, Minor: 3}) {
		t.Errorf("kernel %s should keep it", kernel.Release())
	}
	for name, c := range map[string]struct {
		c        Confinement
		standing string
	}{
		"filters":      {Confinement{Filters: filters(denyNop), NoNewPrivs: true}, withoutNop},
		"restrictions": {Confinement{Restrictions: onlyNop, NoNewPrivs: true}, withOnlyNop},
	} {
		after := free
		if kept {
			after = c.standing
		}
		got, want := started(t, another(t, "URINGGEN_TEST_EXEC=1"), c.c), c.standing+"; "+after
		if got != want {
			t.Errorf("%s: a child that executes itself: %q, want %q", name, got, want)
		}
	}
	if is, err := ThreadConfined(); is || err != nil {
		t.Errorf("the calling thread: %v, %v", is, err)
	}
}

func TestExecKeepsConfinementCanceled(t *testing.T) {
	kernel.Need(t, filtersFeature)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := ExecKeepsConfinement(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A variable that is left over from another process changes nothing.
func TestExecProbeIgnoresStrangers(t *testing.T) {
	cmd := another(t, probeVar+"="+probeMark(os.Getpid()+1, probeFirst))
	out, err := cmd.Output()
	if err != nil || said(out) == "" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestExecKeepsConfinementUnsupported(t *testing.T) {
	lackFilters(t)
	_, err := ExecKeepsConfinement(t.Context())
	unsupported(t, err, "7.0")
}

// TestPdeathsigProgram is what TestReexecKeepsParentDeathSignal runs.
func TestPdeathsigProgram(t *testing.T) {
	if os.Getenv("URINGGEN_TEST_PDEATH") == "" {
		return
	}
	if death := pdeathAtInit; os.Getenv(reexecVar) != "" {
		fmt.Println("SAYS", death)
		return
	}
	t.Fatal("not executed anew: ", pdeathErr)
}

var (
	pdeathAtInit uintptr
	pdeathErr    error
)

// An init function runs on the main thread, whose signal it is.
func init() {
	if os.Getenv("URINGGEN_TEST_PDEATH") == "" {
		return
	}
	pdeathAtInit = parentDeathSignal()
	if os.Getenv(reexecVar) == "" {
		pdeathErr = ReexecFiltered(Confinement{Filters: filters(denyNop), NoNewPrivs: true})
	}
}
