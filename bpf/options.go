package bpf

import (
	"cmp"
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/lift"
)

// Options are what is known of the requests that a program is for. The layout
// of the context comes in here as data: this package knows none.
type Options struct {
	// Op is the operation, an IORING_OP_* number, or AnyOp. The zero value is
	// IORING_OP_NOP.
	Op int
	// Payloads is how many bytes of payload the kernel has for requests, by
	// operation; those that are not named have none. With an Op, reads behind
	// it are warned about. The zero value, nil, is not known.
	Payloads map[int]int
	// Members are those in which kernels differ. Those of Op are warned about
	// where a program compares them as a whole.
	Members []Member
}

// Member is a 32-bit member of the context of which kernels do not agree in
// all bits.
type Member struct {
	Op     int    // the operation whose payload it is in
	Offset uint32 // in the context, in bytes
	Mask   uint32 // the bits that all kernels agree in
	Text   string // the warning: what the other bits are, and what to write
}

// Warning is what is probably a mistake in a program that was translated.
type Warning struct {
	Position Position // where in C; zero if the object does not tell
	Index    int      // of the eBPF instruction, as llvm-objdump counts
	Text     string   // what is wrong, and what to write instead
}

// String is "filter.bpf.c:12: text".
func (w Warning) String() string {
	if p := w.Position.String(); p != "" {
		return p + ": " + w.Text
	}
	return w.Text
}

// lift is the options of package lift that do not depend on the way.
func (o *Options) lift() lift.Options {
	out := lift.Options{Opcode: o.Op, Payload: -1}
	if o.Op == AnyOp {
		return out
	}
	if o.Payloads != nil {
		out.Payload = o.Payloads[o.Op]
	}
	for _, m := range o.Members {
		if m.Op == o.Op {
			out.Partial = append(out.Partial, lift.Partial{Offset: m.Offset, Mask: m.Mask, Text: m.Text})
		}
	}
	return out
}

// remark is a warning about an instruction.
type remark struct {
	index int
	text  string
}

// warnings adds the places in C, in their order, each remark once for a line.
func (s *source) warnings(remarks []remark) []Warning {
	var out []Warning
	for _, r := range remarks {
		out = append(out, Warning{s.positions[r.index], s.offsets[r.index], r.text})
	}
	slices.SortFunc(out, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Position.File, b.Position.File), a.Position.Line-b.Position.Line, cmp.Compare(a.Text, b.Text), a.Index-b.Index)
	})
	return slices.CompactFunc(out, func(a, b Warning) bool {
		return a.Text == b.Text && a.Position == b.Position && (a.Position.File != "" || a.Index == b.Index)
	})
}
