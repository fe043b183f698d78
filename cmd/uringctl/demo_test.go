//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
)

var filtersFeature = kernel.Feature{Name: "filters of requests", Since: kernel.Version{Major: 7}, Config: "CONFIG_IO_URING_BPF", Probe: ring.FiltersSupported}

// What a right filter gives, but for the descriptors.
const allPassed = `Testing AF_INET TCP (explicit): PASSED (fd=N)
Testing AF_INET TCP (default): PASSED (fd=N)
Testing AF_INET6 TCP (explicit): PASSED (fd=N)
Testing AF_INET6 TCP (default): PASSED (fd=N)
Testing AF_INET UDP: PASSED (correctly rejected)
Testing AF_INET RAW: PASSED (correctly rejected)
Testing AF_UNIX: PASSED (correctly rejected)
Testing AF_INET TCP socket with UDP proto: PASSED (correctly rejected)
`

func TestVerdict(t *testing.T) {
	errno := func(e syscall.Errno) int32 { return -int32(e) }
	for _, c := range []struct {
		accept         bool
		under, without int32
		right          bool
		text           string
	}{
		{true, 7, 8, true, "fd=7"},
		{true, 0, 0, true, "fd=0"},
		{true, errno(syscall.EACCES), 8, false, "rejected by the filter, though it should be accepted"},
		{true, errno(syscall.EACCES), errno(syscall.EACCES), false, "rejected, but without the filter, too"},
		{true, errno(syscall.EAFNOSUPPORT), errno(syscall.EAFNOSUPPORT), false, "accepted by the filter, but this kernel has no such sockets: address family not supported by protocol"},
		{true, errno(syscall.EMFILE), 8, false, "accepted by the filter, but the kernel says: too many open files"},
		{false, errno(syscall.EACCES), 8, true, "correctly rejected"},
		{false, errno(syscall.EACCES), errno(syscall.EPERM), true, "correctly rejected"},
		{false, errno(syscall.EACCES), errno(syscall.EACCES), false, "rejected, but without the filter, too"},
		{false, 7, 8, false, "accepted, fd=7, though it should be rejected"},
		{false, errno(syscall.EPERM), errno(syscall.EPERM), false, "accepted by the filter, though it should be rejected; the kernel says: operation not permitted"},
		{false, errno(syscall.EPROTONOSUPPORT), 8, false, "accepted by the filter, though it should be rejected; the kernel says: protocol not supported"},
	} {
		right, text := socket{accept: c.accept}.verdict(c.under, c.without)
		if right != c.right || text != c.text {
			t.Errorf("accept %v, %d and %d without: %v %q, want %v %q", c.accept, c.under, c.without, right, text, c.right, c.text)
		}
	}
}

// fake answers as a kernel with a right filter would, but for one socket.
func fake(but string, res int32) ask {
	return func(s socket) (int32, error) {
		switch {
		case s.name == but:
			return res, nil
		case s.accept:
			return 5, nil
		}
		return -int32(syscall.EACCES), nil
	}
}

func anything(socket) (int32, error) { return 6, nil }

func TestDemoPrints(t *testing.T) {
	var out bytes.Buffer
	if err := demo(&out, cli.Paint{}, fake("", 0), anything); err != nil || out.String() != strings.ReplaceAll(allPassed, "fd=N", "fd=5") {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, s := range sockets {
		out.Reset()
		err := demo(&out, cli.Paint{}, fake(s.name, -int32(syscall.ENOMEM)), anything)
		if err == nil || err.Error() != "demo: 1 of 8 verdicts are wrong" {
			t.Errorf("%s: error %v", s.name, err)
		}
		if !strings.Contains(out.String(), "Testing "+s.name+": FAILED (") || strings.Count(out.String(), "\n") != 8 || strings.Count(out.String(), "PASSED") != 7 {
			t.Errorf("%s:\n%s", s.name, out.String())
		}
	}
}

func TestDemoEndsWithItsRing(t *testing.T) {
	broken := errors.New("broken")
	gone := func(socket) (int32, error) { return 0, broken }
	var out bytes.Buffer
	for _, err := range []error{demo(&out, cli.Paint{}, gone, anything), demo(&out, cli.Paint{}, anything, gone)} {
		if !errors.Is(err, broken) || out.Len() > 0 {
			t.Errorf("%v\n%s", err, out.String())
		}
	}
}

// The filter that comes with the command says what the demonstration expects.
func TestShippedFilter(t *testing.T) {
	list := shipped()
	if len(list) != 1 || list[0].Op != uint8(uapi.IORING_OP_SOCKET) || list[0].PDUSize != payloads[uapi.IORING_OP_SOCKET].size {
		t.Fatalf("filters %+v", list)
	}
	for _, s := range sockets {
		words := []string{fmt.Sprint("family=", s.family), fmt.Sprint("type=", s.typ), fmt.Sprint("protocol=", s.protocol)}
		ctx, err := contextOf(uapi.IORING_OP_SOCKET, words, binary.NativeEndian)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := cbpf.Run(list[0].Program, ctx, nil); (v != 0) != s.accept || err != nil {
			t.Errorf("%s: %d, %v", s.name, v, err)
		}
	}
}

// tcpSockets does by hand what the filter of the demonstration does.
var tcpSockets = cbpf.Program{
	cbpf.LoadWord(16), cbpf.JumpEqual(uapi.AF_INET, 1, 0), cbpf.JumpEqual(uapi.AF_INET6, 0, 6),
	cbpf.LoadWord(20), cbpf.And(0xf), cbpf.JumpEqual(uapi.SOCK_STREAM, 0, 3),
	cbpf.LoadWord(24), cbpf.JumpEqual(0, 2, 0), cbpf.JumpEqual(uapi.IPPROTO_TCP, 1, 0),
	cbpf.Return(0), cbpf.Return(1),
}

func TestDemoOnKernel(t *testing.T) {
	kernel.Need(t, filtersFeature)
	all := strings.Split(strings.TrimSpace(allPassed), "\n")
	for name, c := range map[string]struct {
		program cbpf.Program
		right   []string // lines without their verdict's details
		err     string
	}{
		"by hand":     {tcpSockets, all, ""},
		"shipped":     {shipped()[0].Program, all, ""},
		"denies all":  {cbpf.Program{cbpf.Return(0)}, all[4:], "demo: 4 of 8 verdicts are wrong"},
		"accepts all": {cbpf.Program{cbpf.Return(1)}, all[:4], "demo: 4 of 8 verdicts are wrong"},
	} {
		before := descriptors(t)
		var out bytes.Buffer
		err := onRings([]cbpf.Filter{{Op: uint8(uapi.IORING_OP_SOCKET), PDUSize: 12, Program: c.program}}, func(filtered, free ask) error {
			return demo(&out, cli.Paint{}, filtered, free)
		})
		if got := errorText(err); got != c.err {
			t.Errorf("%s: error %q, want %q", name, got, c.err)
		}
		var right []string
		for line := range strings.Lines(anyDescriptor(out.String())) {
			if !strings.Contains(line, ": FAILED (") {
				right = append(right, strings.TrimSuffix(line, "\n"))
			}
		}
		if strings.Join(right, "\n") != strings.Join(c.right, "\n") || strings.Count(out.String(), "\n") != 8 {
			t.Errorf("%s:\n%s", name, out.String())
		}
		if after := descriptors(t); after != before {
			t.Errorf("%s: %d descriptors are left open", name, after-before)
		}
	}
}
