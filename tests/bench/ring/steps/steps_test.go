//go:build linux && amd64

package steps

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// known is a program of which we know what it executes: between the marks, the
// i-th round has 2i+2 instructions more than nothing, and a string instruction.
const known = `
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long pid;
static char bytes[100];

static void mark(void) { syscall(SYS_tgkill, pid, pid, SIGUSR1); }

static void *spin(void *p) { for (;;) usleep(100); return p; }

int main(int argc, char **argv)
{
	pthread_t t;

	pid = getpid();
	if (strchr(argv[1], 't'))
		pthread_create(&t, NULL, spin, NULL);
	if (strchr(argv[1], 'x'))
		return 3;
	if (strchr(argv[1], 'k'))
		abort();
	for (long i = 1; i < 5; i++) {
		mark();
		mark();
		if (strchr(argv[1], 'e'))
			return 0;
		if (strchr(argv[1], 's')) {
			char *to = bytes;
			long n = sizeof(bytes), rounds = 100 * i;
			__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory");
			__asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds));
		}
		mark();
	}
	return 0;
}
`

func compile(t *testing.T) string {
	gcc := need.Command(t, "gcc", "gcc")
	dir := t.TempDir()
	src, bin := filepath.Join(dir, "known.c"), filepath.Join(dir, "known")
	if err := os.WriteFile(src, []byte(known), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-O1", "-pthread", "-no-pie", "-o", bin, src).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

func TestRun(t *testing.T) {
	bin := compile(t)
	for _, how := range []string{"s", "st"} {
		c, err := Run("", bin, how)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Rounds) != 4 {
			t.Fatalf("%s: %d rounds, want 4", how, len(c.Rounds))
		}
		for i := range 3 {
			if d := c.Rounds[i+1] - c.Rounds[i]; d != 200 {
				t.Errorf("%s: rounds %v: the difference is %d, want 200", how, c.Rounds, d)
			}
		}
		if n := c.Rounds[0]; n < 200 || n > 300 {
			t.Errorf("%s: the first round has %d instructions, want little more than 200", how, n)
		}
		if c.Functions["main"] < 500 {
			t.Errorf("%s: functions are %v, want some 500 in main", how, c.Functions)
		}
	}
}

func TestRunNothing(t *testing.T) {
	bin := compile(t)
	c, err := Run("", bin, "o")
	if err != nil {
		t.Fatal(err)
	}
	if slices.Max(c.Rounds) > 50 {
		t.Errorf("rounds of nothing have %v instructions", c.Rounds)
	}
}

func TestRunFails(t *testing.T) {
	bin := compile(t)
	for how, want := range map[string]string{
		"x":  "exit status 3",
		"k":  "aborted",
		"e":  "ended between two marks",
		"te": "ended between two marks",
	} {
		if _, err := Run("", bin, how); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", how, err, want)
		}
	}
	if _, err := Run("", "true"); err == nil || !strings.Contains(err.Error(), "no marks") && !strings.Contains(err.Error(), "symbol") {
		t.Errorf("a program without marks: error %v", err)
	}
	if _, err := Run("", filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a program that is not there: no error")
	}
}
