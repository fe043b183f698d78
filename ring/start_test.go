//go:build linux

package ring

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// started runs a process to its end and returns what it says.
func started(t *testing.T, cmd *exec.Cmd, c Confinement) string {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := StartFiltered(cmd, c); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	return said(out.Bytes())
}

// The child is confined, on all of its threads; the parent on none.
func TestStartFiltered(t *testing.T) {
	kernel.Need(t, filtersFeature)
	for range 10 {
		if got := started(t, another(t), Confinement{Filters: filters(denyNop), NoNewPrivs: true}); got != withoutNop {
			t.Fatalf("child: %q, want %q", got, withoutNop)
		}
	}
	if got := started(t, another(t), Confinement{Restrictions: onlyNop, NoNewPrivs: true}); got != withOnlyNop {
		t.Errorf("child with restrictions: %q, want %q", got, withOnlyNop)
	}
	rest := Confinement{Filters: FilterSet{Filters: []cbpf.Filter{allowNop}, DenyRest: true}, NoNewPrivs: true}
	if got := started(t, another(t), rest); got != withOnlyNop {
		t.Errorf("child with DENY_REST: %q, want %q", got, withOnlyNop)
	}
	if got, want := survey(64, nop), counted(64, 0); got != want {
		t.Errorf("parent: %s, want %s", got, want)
	}
	if noNewPrivs(t) {
		t.Error("the parent has no_new_privs")
	}
	out, err := another(t).Output()
	if got := said(out); got != free || err != nil {
		t.Errorf("a child that is started plainly: %q, %v", got, err)
	}
}

func TestStartFilteredAtOnce(t *testing.T) {
	kernel.Need(t, filtersFeature)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			c, want := Confinement{Filters: filters(denyNop), NoNewPrivs: true}, withoutNop
			if i%2 == 1 {
				c, want = Confinement{Restrictions: onlyNop, NoNewPrivs: true}, withOnlyNop
			}
			if got := started(t, another(t), c); got != want {
				t.Errorf("child %d: %q, want %q", i, got, want)
			}
		})
	}
	all.Wait()
}

// The signal is for the death of the parent, not of the thread that started
// the child.
func TestStartFilteredPdeathsig(t *testing.T) {
	kernel.Need(t, filtersFeature)
	cmd := another(t, "URINGGEN_TEST_SLEEP=300ms")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if got := started(t, cmd, Confinement{Filters: filters(denyNop), NoNewPrivs: true}); got != withoutNop {
		t.Errorf("child: %q, want %q", got, withoutNop)
	}
	boundThreads.Lock()
	defer boundThreads.Unlock()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if boundThreads.threads = stillRuns(boundThreads.threads); len(boundThreads.threads) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("threads that started ended children: %v", boundThreads.threads)
		}
	}
}

func stillRuns(list []boundThread) (out []boundThread) {
	for _, b := range list {
		if !b.dead() {
			out = append(out, b)
		}
	}
	return out
}

func TestStartFilteredArguments(t *testing.T) {
	deny := Confinement{Filters: filters(denyNop), NoNewPrivs: true}
	wrongArgument(t, StartFiltered(nil, deny), "cmd")
	cmd := another(t)
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	wrongArgument(t, StartFiltered(cmd, deny), "cmd.SysProcAttr.Ptrace")
	cmd = another(t)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	wrongArgument(t, StartFiltered(cmd, deny), "cmd")
	wrongArgument(t, StartFiltered(another(t), Confinement{}), "Confinement")
}

func TestStartFilteredFails(t *testing.T) {
	kernel.Need(t, filtersFeature)
	cmd := exec.Command("/nonexistent/program")
	err := StartFiltered(cmd, Confinement{Filters: filters(denyNop), NoNewPrivs: true})
	if !os.IsNotExist(err) || cmd.Process != nil {
		t.Errorf("error %v", err)
	}
	cmd = another(t)
	unsure := Confinement{Filters: filters(cbpf.Filter{Op: 200, Program: allowAll}), NoNewPrivs: true}
	wrongArgument(t, StartFiltered(cmd, unsure), uapi.Op(200).String())
	if cmd.Process != nil {
		t.Error("a process was started without its filters")
	}
	if got, want := survey(16, nop), counted(16, 0); got != want {
		t.Errorf("parent: %s, want %s", got, want)
	}
}
