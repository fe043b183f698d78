package cbpf

import (
	"fmt"
	"strings"
)

// String is the instruction as the kernel's bpf_dbg and bpf_asm write it, with
// jumps relative to the next instruction: "jeq #0x2, +0, +3". What is no
// classic BPF is "nosup", with all fields.
func (in Instruction) String() string {
	return in.text(func(skip uint32) string { return fmt.Sprintf("%+d", int32(skip)) })
}

// at is the instruction at an index of a program, with absolute targets.
func (in Instruction) at(index int) string {
	return in.text(func(skip uint32) string { return fmt.Sprintf("l%d", target(index, skip)) })
}

// target is the index of the instruction that a jump goes to. What skips more
// than half of all numbers is meant to go back.
func target(index int, skip uint32) int32 { return int32(uint32(index) + 1 + skip) }

func (in Instruction) text(label func(skip uint32) string) string {
	f := in.form()
	s := f.name
	switch f.operand {
	case unknown:
		return fmt.Sprintf("nosup %#x, %d, %d, %#x", in.Op, in.JT, in.JF, in.K)
	case none:
	case constant:
		s += fmt.Sprintf(" #%#x", in.K)
	case count:
		s += fmt.Sprintf(" #%d", in.K)
	case offset:
		s += fmt.Sprintf(" [%d]", in.K)
	case scratch:
		s += fmt.Sprintf(" M[%d]", in.K)
	case registerA:
		s += " a"
	case registerX:
		s += " x"
	case length:
		s += " #len"
	case distance:
		s += " " + label(in.K)
	case indexed:
		s += fmt.Sprintf(" [x+%d]", in.K)
	case header:
		s += fmt.Sprintf(" 4*([%d]&0xf)", in.K)
	}
	if in.branches() {
		s += ", " + label(uint32(in.JT)) + ", " + label(uint32(in.JF))
	}
	return s
}

// String is the program with an instruction a line, each ended by a newline,
// in the syntax of the kernel's bpf_dbg and bpf_asm. A label is an
// instruction's index:
//
//	l0:	ld [16]
//	l1:	jeq #0x2, l2, l3
//
// The text is stable: equal programs give equal text, in every release. Fields
// that the kernel ignores are left out.
func (p Program) String() string {
	var b strings.Builder
	for i, in := range p {
		fmt.Fprintf(&b, "l%d:\t%s\n", i, in.at(i))
	}
	return b.String()
}
