package filters

import (
	"slices"

	"github.com/uringgen/uringgen/gen/internal/target"
)

// goarches is all architectures, in the order of their table.
func goarches(but ...string) []string {
	var out []string
	for _, t := range target.All() {
		if !slices.Contains(but, t.GOARCH) {
			out = append(out, t.GOARCH)
		}
	}
	return out
}

// returns is a program that is told from others by what it returns.
func returns(op, goarch string, k uint32) Program {
	return Program{Op: op, GOARCH: goarch, Instructions: []Instruction{{Op: 0x06, K: k, Text: "ret"}}}
}

// filter is one whose programs return what value says for an operation and an
// architecture; 0 stands for no program.
func filter(name string, ops []string, value func(op string, t *target.Target) uint32) Filter {
	f := Filter{Name: name, Source: "x.bpf.c"}
	for _, op := range ops {
		for _, t := range target.All() {
			if k := value(op, t); k != 0 {
				f.Programs = append(f.Programs, returns(op, t.GOARCH, k))
			}
		}
	}
	return f
}

func bySize(_ string, t *target.Target) uint32 { return uint32(t.Bits) }

func byOrder(_ string, t *target.Target) uint32 {
	if t.Big {
		return 2
	}
	return 1
}

func mipsDiffers(_ string, t *target.Target) uint32 {
	if t.Kernel == "mips" {
		return 9
	}
	return 8
}

func firstDiffers(_ string, t *target.Target) uint32 {
	if t == target.All()[0] {
		return 1
	}
	return 2
}

func allDiffer(op string, t *target.Target) uint32 {
	return uint32(100*len(op) + slices.Index(target.All(), t) + 1)
}

func only(goarches ...string) func(string, *target.Target) uint32 {
	return func(_ string, t *target.Target) uint32 {
		if slices.Contains(goarches, t.GOARCH) {
			return 3
		}
		return 0
	}
}

// both adds what two functions say.
func both(a, b func(string, *target.Target) uint32) func(string, *target.Target) uint32 {
	return func(op string, t *target.Target) uint32 { return 1000*a(op, t) + b(op, t) }
}

var socket, opens = []string{"IORING_OP_SOCKET"}, []string{"IORING_OP_OPENAT", "IORING_OP_OPENAT2"}

// packages are filters that need files for all kinds of architectures.
var packages = map[string][]Filter{
	"same":            {filter("f", socket, only(goarches()...))},
	"byte orders":     {filter("f", socket, byOrder)},
	"word size":       {filter("f", opens, bySize)},
	"mips":            {filter("f", opens, mipsDiffers)},
	"mips and orders": {filter("f", socket, both(mipsDiffers, byOrder))},
	"all differ":      {filter("f", opens, allDiffer)},
	"one differs":     {filter("f", socket, firstDiffers)},
	"one alone":       {filter("f", socket, only("s390x"))},
	"all but one":     {filter("f", socket, only(goarches("arm")...))},
	"all but mips":    {filter("f", socket, only(goarches("mips", "mipsle", "mips64", "mips64le")...))},
	"many": {
		filter("same", opens, only(goarches()...)), filter("order", socket, byOrder), filter("size", opens, bySize),
		filter("mips", socket, mipsDiffers), filter("each", opens, allDiffer), filter("one", socket, only("386")),
		filter("other", socket, only("amd64")), filter("pair", socket, only("amd64", "386")), filter("x86_mips", socket, both(mipsDiffers, bySize)),
	},
	"partly": {filter("f", opens, func(op string, t *target.Target) uint32 {
		if op == opens[0] && t.Big {
			return 0
		}
		return 5
	})},
}
