//go:build linux

package main

import (
	"fmt"
	"strings"

	"github.com/uringgen/uringgen/generated/uapi"
)

// usual is what package ring sets a ring up with; here all rings have it.
const usual = uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG |
	uapi.IORING_SETUP_NO_SQARRAY | uapi.IORING_SETUP_SUBMIT_ALL

// contest is a task and who takes part in it.
type contest struct {
	name, title string
	needsFile   bool
	server      bool // the load comes from a process of its own
	contestants []contestant
}

// contestant is a program and what it must reach. The first of a contest is
// what the others are compared with.
type contestant struct {
	name    string
	program program
	layer   string // argument of the Go programs
	goals   []goal
}

// goal is a ratio to another contestant that must be reached.
type goal struct {
	to    string
	ratio float64
}

const (
	liburing = "liburing"
	control  = "liburing again"
	byHand   = "C by hand"
	raw      = "ring.Raw"
	safe     = "ring.Ring"
	giouring = "giouring"
	netName  = "package net"
)

var contests = []contest{
	{name: "nop", title: "NOP, ring of 128, 32 per enter", contestants: []contestant{
		{name: liburing, program: libProgram},
		{name: control, program: libProgram},
		{name: byHand, program: handProgram},
		{name: raw, program: goProgram, layer: "raw", goals: []goal{{liburing, 1}, {byHand, 0.95}}},
		{name: safe, program: goProgram, layer: "ring"},
		{name: giouring, program: peerProgram, layer: "giouring"},
	}},
	{name: "read", title: "cached reads of 4 KiB, 32 in flight", needsFile: true, contestants: []contestant{
		{name: liburing, program: libProgram},
		{name: control, program: libProgram},
		{name: byHand, program: handProgram},
		{name: raw, program: goProgram, layer: "raw", goals: []goal{{liburing, 0.98}}},
		{name: safe, program: goProgram, layer: "ring", goals: []goal{{liburing, 0.98}}},
		{name: giouring, program: peerProgram, layer: "giouring"},
	}},
	{name: "echo", title: "loopback echo of 64 bytes, 32 connections, the server's time", server: true, contestants: []contestant{
		{name: liburing, program: libProgram},
		{name: control, program: libProgram},
		{name: byHand, program: handProgram},
		{name: raw, program: goProgram, layer: "raw"},
		{name: safe, program: goProgram, layer: "ring"},
		{name: netName, program: goProgram, layer: "net"},
	}},
}

// args are a contestant's command line.
func (c contest) args(k contestant, b *built) []string {
	var a []string
	if k.layer != "" {
		a = append(a, k.layer)
	}
	a = append(a, c.name, fmt.Sprintf("%#x", uint32(b.flags)))
	if c.needsFile {
		a = append(a, b.file)
	}
	return a
}

// missed says which goals were missed.
func (c contest) missed(results []result) (all []string) {
	ratio := map[string]float64{}
	for _, r := range results {
		ratio[r.name] = r.ratio.median
	}
	for _, r := range results {
		for _, g := range r.goals {
			if got := ratio[r.name] / ratio[g.to]; got < g.ratio {
				all = append(all, fmt.Sprintf("%s: %s reaches %.2f of %s, the goal is %.2f", c.name, r.name, got, strings.ToLower(g.to), g.ratio))
			}
		}
	}
	return all
}
