//go:build linux

package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
)

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// anyDescriptor replaces the numbers of descriptors.
func anyDescriptor(text string) string {
	return regexp.MustCompile(`fd=\d+`).ReplaceAllString(text, "fd=N")
}

// descriptors is how many the process has open, but for those that Go's
// runtime opens once and keeps.
func descriptors(t *testing.T) (n int) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		to, _ := os.Readlink("/proc/self/fd/" + e.Name())
		if !strings.Contains(to, "[eventpoll]") && !strings.Contains(to, "[eventfd]") {
			n++
		}
	}
	return n
}

// Who lacks the kernel is told so, and what to do.
func TestKernelWithoutFilters(t *testing.T) {
	if ring.FiltersSupported() == nil {
		t.Skipf("kernel %s has filters of requests", kernel.Release())
	}
	for _, args := range [][]string{{"demo"}, {"bench", "-N"}, {"doctor"}} {
		lacksKernel(t, args...)
	}
}

// lacksKernel runs the command where the kernel has no filters.
func lacksKernel(t *testing.T, args ...string) {
	t.Helper()
	code, out, diag := uringctl(args...)
	if code != cli.ExitFailure || out != "" && args[0] != "doctor" {
		t.Errorf("%q: exit %d, stdout %q", args, code, out)
	}
	for _, want := range []string{"filters of requests", "Linux 7.0", "CONFIG_IO_URING_BPF", "make demo"} {
		if !strings.Contains(diag, want) {
			t.Errorf("%q: no %q in %s", args, want, diag)
		}
	}
}

// uringctl is a run of the command.
func uringctl(args ...string) (code int, stdout, stderr string) {
	var out, diag bytes.Buffer
	code = cli.Run(newRoot, args, &out, &diag)
	return code, out.String(), diag.String()
}
