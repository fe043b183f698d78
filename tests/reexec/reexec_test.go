package reexec_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/tests/reexec"
)

func TestRunIsAnotherProcess(t *testing.T) {
	ran := 0
	reexec.Run(t, func(t *testing.T) {
		ran++
		if os.Getppid() == 1 {
			t.Error("the parent is gone")
		}
	})
	if inChild := os.Getenv("URINGGEN_REEXEC") != ""; inChild != (ran == 1) {
		t.Errorf("in the child: %v, body ran here %d times", inChild, ran)
	}
}

func TestRunSubtest(t *testing.T) {
	for _, name := range []string{"plain", "with space", "a.b (c)"} {
		t.Run(name, func(t *testing.T) {
			reexec.Run(t, func(t *testing.T) {
				if os.Getenv("VALUE") != "7" {
					t.Error("option did not reach the child")
				}
			}, reexec.Env("VALUE", "7"))
		})
	}
}

// Each way to end badly in the child must be seen in the parent. The parent
// here is itself a child, whose output we read.
func TestEndsAreSeen(t *testing.T) {
	for name, want := range map[string]string{
		"fail": "--- FAIL: TestEnd", "exit": "exit status 7", "signal": "signal: killed",
		"exit0": "without a verdict", "panic": "boom", "skip": "--- SKIP: TestEnd", "pass": "--- PASS: TestEnd",
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestEnd$", "-test.v")
			cmd.Env = append(os.Environ(), "END="+name)
			out, err := cmd.CombinedOutput()
			if !strings.Contains(string(out), want) {
				t.Errorf("no %q in:\n%s", want, out)
			}
			if good := name == "skip" || name == "pass"; good != (err == nil) {
				t.Errorf("parent: %v", err)
			}
		})
	}
}

func TestEnd(t *testing.T) {
	if os.Getenv("END") == "" {
		return // a part of TestEndsAreSeen
	}
	reexec.Run(t, func(t *testing.T) {
		switch os.Getenv("END") {
		case "fail":
			t.Error("bad")
		case "exit":
			os.Exit(7)
		case "exit0":
			os.Exit(0)
		case "panic":
			panic("boom")
		case "skip":
			t.Skip("not today")
		case "signal":
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	})
}
