//go:build linux

package main

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/uringgen/uringgen/cmd/uringctl/nops"
	"github.com/uringgen/uringgen/ring"
)

const (
	entries = 128
	batch   = 32
	slice   = 2 * time.Millisecond // of a set-up in a round
)

// result is what was measured of a kernel. It travels as JSON.
type result struct {
	Kernel string // release
	JIT    string // of programs: "on", "off", or noJIT
	Rounds int
	Rows   []row // in the order of setups
}

type row struct {
	Each  float64     // median nanoseconds of a NOP
	Ratio nops.Spread // of the time to that of the first row
}

func measure(rounds int) (r *result, err error) {
	if err := ring.FiltersSupported(); err != nil {
		return nil, err
	}
	var rings []*nops.Ring
	defer func() {
		for _, n := range rings {
			err = errors.Join(err, n.Close())
		}
	}()
	for _, s := range setups {
		n, err := nops.Open(entries, batch, s.filters...)
		if err != nil {
			return nil, err
		}
		rings = append(rings, n)
	}
	c, err := nops.NewContest(slice, rings...)
	if err != nil {
		return nil, err
	}
	times, ratios := make([][]float64, len(rings)), make([][]float64, len(rings))
	counts := make([]nops.Count, len(rings))
	for range rounds {
		if err := c.Round(counts); err != nil {
			return nil, err
		}
		for i, n := range counts {
			if n.Denied > 0 {
				return nil, errors.New(setups[i].name + " denies NOPs")
			}
			times[i] = append(times[i], n.Each())
			ratios[i] = append(ratios[i], n.Each()/counts[0].Each())
		}
	}
	r = &result{Kernel: text("/proc/sys/kernel/osrelease"), JIT: jit(), Rounds: rounds}
	for i := range rings {
		r.Rows = append(r.Rows, row{nops.SpreadOf(times[i]).Median, nops.SpreadOf(ratios[i])})
	}
	return r, nil
}

const noJIT = "none"

// jit tells whether the kernel compiles programs to machine code.
func jit() string {
	switch text("/proc/sys/net/core/bpf_jit_enable") {
	case "":
		return noJIT
	case "0":
		return "off"
	}
	return "on"
}

// text is a small file without the space around it; "" if it is not there.
func text(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
