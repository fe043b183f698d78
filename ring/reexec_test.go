//go:build linux

package ring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
)

// reexecTestVar names what TestReexecuted does.
const reexecTestVar = "URINGGEN_TEST_REEXEC"

// TestReexecuted is a program that confines itself by ReexecFiltered.
func TestReexecuted(t *testing.T) {
	mode := os.Getenv(reexecTestVar)
	if mode == "" {
		return // what the tests below run
	}
	fmt.Println("SAYS start", os.Getpid() == 1, os.Args[1:])
	if mode == "used" || mode == "used before" && os.Getenv(reexecVar) == "" {
		survey(16, nop) // threads that have used rings
	}
	c := Confinement{Filters: filters(denyNop), NoNewPrivs: true}
	if mode == "restrictions" {
		c = Confinement{Restrictions: onlyNop, NoNewPrivs: true}
	}
	err := ReexecFiltered(c)
	if os.Getenv(reexecVar) != "" {
		fmt.Println("SAYS the variable is left over")
	}
	if err != nil {
		fmt.Println("SAYS error", err, errors.Is(err, ErrConfinementLost))
		return
	}
	fmt.Println(standing())
	fmt.Println("SAYS again", ReexecFiltered(c))
	out, err := another(t).Output()
	if err != nil {
		t.Error(err)
	}
	fmt.Println("SAYS child:", said(out))
}

func reexecuted(t *testing.T, mode string, env ...string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, exe, "-test.run=^TestReexecuted$", "-test.v")
	cmd.Env = append(os.Environ(), append(env, reexecTestVar+"="+mode)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return said(out)
}

// All threads of the new program are confined, with cgo too, and it is started
// anew once.
func TestReexecFiltered(t *testing.T) {
	kernel.Need(t, filtersFeature)
	const start = "SAYS start false [-test.run=^TestReexecuted$ -test.v]; "
	const again = "; SAYS again io_uring: ReexecFiltered: the program was executed anew already; call it once, with everything in one Confinement; SAYS child: "
	for mode, want := range map[string]string{"filters": withoutNop, "restrictions": withOnlyNop} {
		if got, want := reexecuted(t, mode), start+start+want+again+want; got != want {
			t.Errorf("%s:\n%s, want\n%s", mode, got, want)
		}
	}
}

// A program that has used rings before is still confined in the end, or told
// that it is not, but never left to think so.
func TestReexecFilteredAfterRings(t *testing.T) {
	kernel.Need(t, filtersFeature)
	got := reexecuted(t, "used")
	t.Log(got)
	lost := strings.Contains(got, "SAYS error "+ErrConfinementLost.Error())
	if !lost && strings.Count(got, withoutNop) != 2 || lost && strings.Contains(got, "SAYS nop") {
		t.Errorf("neither confined nor told so")
	}
	if got := reexecuted(t, "used before"); strings.Count(got, withoutNop) != 2 {
		t.Errorf("where only the first program has used rings: %s", got)
	}
}

// The variable alone makes no confined program of one that is not.
func TestReexecFilteredDoesNotTrustTheVariable(t *testing.T) {
	kernel.Need(t, filtersFeature)
	if got := reexecuted(t, "filters", reexecVar+"=1.2"); strings.Count(got, "SAYS start") != 2 || !strings.Contains(got, withoutNop) {
		t.Errorf("with another process's variable: %s", got)
	}
	t.Setenv(reexecVar, reexecMark(reexecTries))
	defer func() { reexeced.over = false }()
	if err := ReexecFiltered(Confinement{Filters: filters(denyNop)}); !errors.Is(err, ErrConfinementLost) {
		t.Errorf("with its own: %v", err)
	}
	if os.Getenv(reexecVar) != "" {
		t.Error("the variable is left over")
	}
}

// After an error the process is as it was.
func TestReexecFilteredFails(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		var size *PDUSizeError
		big := onlyUnix
		big.PDUSize = 24
		if err := ReexecFiltered(Confinement{Filters: filters(big), NoNewPrivs: true}); !errors.As(err, &size) {
			t.Errorf("error %v", err)
		}
		wrongArgument(t, ReexecFiltered(Confinement{}), "Confinement")
		var limit syscall.Rlimit
		if err := syscall.Setrlimit(syscall.RLIMIT_STACK, &syscall.Rlimit{Cur: 8 << 20, Max: 8 << 20}); err != nil {
			t.Fatal(limit, err)
		}
		args := os.Args
		os.Args = append(os.Args[:1:1], strings.Repeat("x", 256<<10)) // over MAX_ARG_STRLEN
		refusal(t, ReexecFiltered(Confinement{Filters: filters(denyNop), NoNewPrivs: true}), syscall.E2BIG)
		os.Args = args
		if got, want := survey(16, nop), counted(16, 0); got != want || noNewPrivs(t) {
			t.Errorf("threads: %s, want %s; no_new_privs %v", got, want, noNewPrivs(t))
		}
	})
}

// What AttachThread has denied must not come back in the new program.
func TestReexecFilteredFromConfinedThread(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		if !withCgo() { // what all threads have is no excuse
			if err := AttachProcess(Confinement{Filters: filters(allowNop), NoNewPrivs: true}); err != nil {
				t.Fatal(err)
			}
		}
		if err := AttachThread(Confinement{Filters: filters(denyNop), NoNewPrivs: true}); err != nil {
			t.Fatal(err)
		}
		refusal(t, ReexecFiltered(Confinement{Filters: filters(denyFsync)}), syscall.EPERM)
		refusal(t, StartFiltered(another(t), Confinement{Filters: filters(denyFsync)}), syscall.EPERM)
	})
}

// The signal that a parent's death sends is the executing thread's, and that is
// another one.
func TestReexecKeepsParentDeathSignal(t *testing.T) {
	kernel.Need(t, filtersFeature)
	if os.Getenv("URINGGEN_TEST_PDEATH") != "" {
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestPdeathsigProgram$", "-test.v")
	cmd.Env = append(os.Environ(), "URINGGEN_TEST_PDEATH=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGUSR2}
	out, err := cmd.CombinedOutput()
	if got := said(out); err != nil || got != "SAYS "+fmt.Sprint(int(syscall.SIGUSR2)) {
		t.Errorf("%v, %q\n%s", err, got, out)
	}
}
