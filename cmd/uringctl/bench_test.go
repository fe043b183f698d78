//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/cmd/uringctl/nops"
	"github.com/uringgen/uringgen/tests/kernel"
)

func TestRateLine(t *testing.T) {
	for want, c := range map[string]nops.Count{
		"IOPS=13.89M, IOS/call=32/32": {Calls: 10, Submitted: 320, Completed: 320, Time: 23040},
		"IOPS=1.00M, IOS/call=1/1":    {Calls: 1, Submitted: 1, Completed: 1, Time: time.Microsecond},
		"IOPS=999.00K, IOS/call=8/8":  {Calls: 999, Submitted: 7992, Completed: 7992, Time: 8 * time.Millisecond},
		"IOPS=12, IOS/call=3/2":       {Calls: 6, Submitted: 18, Completed: 12, Time: time.Second},
		"IOPS=0, IOS/call=0/0":        {},
	} {
		if got := rateLine(c); got != want {
			t.Errorf("%+v: %s, want %s", c, got, want)
		}
	}
}

// A fast and a slow turn, and their ratios.
func TestMatchReport(t *testing.T) {
	var out bytes.Buffer
	m := newMatch(&out, cli.Paint{}, "2 instructions")
	turn := func(ns time.Duration, denied int) nops.Count {
		return nops.Count{Calls: 10, Submitted: 100, Completed: 100, Denied: denied, Time: 100 * ns}
	}
	m.add([contestants]nops.Count{turn(125, 0), turn(100, 0)})
	m.tick()
	m.add([contestants]nops.Count{turn(500, 50), turn(400, 0)})
	m.tick()
	m.summary()
	want := `IOPS=8.00M, IOS/call=10/10  with the filter (2 instructions)
IOPS=10.00M, IOS/call=10/10  without
IOPS=2.00M, IOS/call=10/10  with the filter (2 instructions)
IOPS=2.50M, IOS/call=10/10  without

IOPS=3.20M, IOS/call=10/10  with the filter (2 instructions)
IOPS=4.00M, IOS/call=10/10  without
ratio 0.800 (half of 2 turns within 0.800 to 0.800): a NOP takes 250.0 ns, to which the filter adds 62.5 ns
the filter denies 25% of the NOPs, and a denied request is not carried out
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}

func TestBenchUsage(t *testing.T) {
	for args, want := range map[string]string{
		"":                      "want -N",
		"-N -b 0":               "-b 0: want 1 to 128",
		"-N -d 16":              "-b 32: want 1 to 16",
		"-N -t 86401":           "want at most 86400",
		"-N --program tcp":      "--program is for FILTER.o of -E",
		"-N filter.o":           "want no arguments, have 1 argument",
		"-N -t -1":              "invalid argument",
		"-N -d 1 -b 4294967296": "invalid argument",
	} {
		code, out, diag := uringctl(strings.Fields("bench " + args)...)
		if code != cli.ExitUsage || out != "" || !strings.Contains(diag, want) || !strings.Contains(diag, "Usage:") {
			t.Errorf("%s: exit %d\n%s%s", args, code, out, diag)
		}
	}
}

var (
	secondLine  = regexp.MustCompile(`(?m)^IOPS=[0-9.]+[MK]?, IOS/call=(\d+)/(\d+)  (with the filter \(1 instruction\)|without)$`)
	summaryLine = regexp.MustCompile(`(?m)^ratio \d+\.\d{3} \(half of \d+ turns? within .*\): a NOP takes .* ns, to which the filter adds .* ns$`)
)

// sane tells whether text is what a bench of the default filter prints, with
// so many requests for each call.
func sane(t *testing.T, text, batch string, seconds int) {
	t.Helper()
	lines := secondLine.FindAllStringSubmatch(text, -1)
	if len(lines) < 2*(seconds+1) || len(summaryLine.FindAllString(text, -1)) != 1 {
		t.Errorf("not what bench prints:\n%s", text)
	}
	for i, l := range lines {
		if l[1] != batch || l[2] != batch || (l[3] == "without") != (i%2 == 1) {
			t.Errorf("line %d is %s", i, l[0])
		}
	}
}

func TestBenchOnKernel(t *testing.T) {
	kernel.Need(t, filtersFeature)
	before := descriptors(t)
	code, out, diag := uringctl("bench", "-N", "-t", "1", "-d", "64", "-b", "16")
	if code != 0 || diag != "" {
		t.Errorf("exit %d\n%s", code, diag)
	}
	sane(t, out, "16", 1)
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors are left open", after-before)
	}
	if code, _, diag := uringctl("bench", "-N", "-d", "1000000"); code != cli.ExitFailure || !strings.Contains(diag, "entries") {
		t.Errorf("a queue that no kernel has: exit %d, %s", code, diag)
	}
}

// Ctrl-C ends a bench that would go on for ever, with its summary.
func TestBenchInterrupted(t *testing.T) {
	kernel.Need(t, filtersFeature)
	w := &notifying{first: make(chan struct{})}
	done := make(chan error)
	go func() {
		done <- bench(context.Background(), &cli.App{Out: w, Err: w}, benchFlags{nop: true, depth: 128, batch: 32})
	}()
	<-w.first
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	sane(t, w.String(), "32", 1)
}

// notifying is a buffer that tells when something is written.
type notifying struct {
	bytes.Buffer
	first chan struct{}
}

func (n *notifying) Write(p []byte) (int, error) {
	if n.Len() == 0 {
		close(n.first)
	}
	return n.Buffer.Write(p)
}
