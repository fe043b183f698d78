//go:build linux

package main

import (
	"slices"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// setup is a ring and its filters.
type setup struct {
	name    string
	filters []cbpf.Filter
}

// setups are what is measured. The first is what the others are compared with.
var setups = []setup{
	{"no filter", nil},
	{"no filter again", nil},
	{"on another operation", on(uapi.IORING_OP_CLOSE, accept)},
	{"1 instruction", on(uapi.IORING_OP_NOP, accept)},
	{"socket filter", on(uapi.IORING_OP_NOP, tcpSockets)},
	{"38 operations", policy(38)},
	{"2 stacked", stacked(2)},
	{"4 stacked", stacked(4)},
	{"8 stacked", stacked(8)},
}

var accept = cbpf.Program{cbpf.Return(1)}

// tcpSockets is the filter that admits TCP sockets only, but for its constants:
// those of a NOP are zero, and it takes the way of a socket that is accepted,
// which is 10 instructions.
var tcpSockets = cbpf.Program{
	cbpf.LoadWord(16), cbpf.And(0xfffffff7), cbpf.JumpEqual(0, 0, 7),
	cbpf.LoadWord(20), cbpf.And(0xf), cbpf.JumpEqual(0, 0, 4),
	cbpf.LoadWord(24), cbpf.JumpEqual(uapi.IPPROTO_TCP, 1, 0), cbpf.JumpEqual(0, 0, 1),
	cbpf.Return(1), cbpf.Return(0),
}

func on(op uapi.Op, p cbpf.Program) []cbpf.Filter {
	return []cbpf.Filter{{Op: uint8(op), Program: p}}
}

func stacked(n int) []cbpf.Filter { return slices.Repeat(on(uapi.IORING_OP_NOP, accept), n) }

// policy has a filter on each of n operations, NOP being the first.
func policy(n int) (all []cbpf.Filter) {
	for op := range uapi.Op(n) {
		all = append(all, on(op, accept)...)
	}
	return all
}
