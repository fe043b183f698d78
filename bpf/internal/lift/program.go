// Package lift runs an eBPF program on expressions instead of numbers, along
// all ways at once, and gives the decision graph that comes out. Calls are
// followed, loops run until their constant bounds end them, and whatever does
// not depend on the request is computed on the way.
package lift

import (
	"fmt"

	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// Program is an eBPF program with all functions that it calls.
type Program struct {
	Insns     []Insn
	BigEndian bool // the byte order of the machine that it is for
}

// Kind is what an instruction does.
type Kind uint8

// Kinds of instructions.
const (
	Refused   Kind = iota // cannot be translated: Why says what is wrong with it
	Arith                 // Dst = Dst Op operand
	SwapBytes             // reverses the Size lowest bytes of Dst and clears the others
	CutBytes              // keeps the Size lowest bytes of Dst and clears the others
	Constant              // Dst = Imm
	Address               // Dst = address of Imm within Region
	Load                  // Dst = Size bytes at Src + Off
	Store                 // Size bytes at Dst + Off = operand
	Branch                // goes to Target if the relation of Dst and the operand holds, or with Not if it does not
	Jump                  // goes to Target
	Call                  // calls the function at Target
	Library               // calls the C function Name
	Exit                  // returns R0
)

// ArithOp is an operation of Arith.
type ArithOp uint8

// Operations.
const (
	Move ArithOp = iota
	Add
	Sub
	Mul
	Div // unsigned; 0 for a division by 0
	Mod // unsigned; the dividend for a division by 0
	And
	Or
	Xor
	Shl
	Shr
	Sar
	Neg
	MoveSigned // of the Size lowest bytes
)

// Insn is an instruction. The operand is register Src, or Imm where UseImm is
// set.
type Insn struct {
	Kind     Kind
	Op       ArithOp
	Wide     bool // of Arith: 64 bits; else 32, and the upper half becomes 0
	Dst, Src uint8
	UseImm   bool
	Imm      int64
	Off      int64
	Size     int  // bytes
	Signed   bool // of Load: extends by the sign
	Relation graph.Relation
	Not      bool
	Target   int // index of an instruction
	Region   *Region
	Name     string
	Why      string
	Advice   string // of Refused: what to write instead
}

// Region is data that the program names.
type Region struct {
	Name     string
	Data     []byte
	ReadOnly bool
}

// ContextSize is sizeof(struct io_uring_bpf_ctx), in bytes.
const ContextSize = 40

// Options of Graph.
type Options struct {
	// Opcode is the operation that requests have; -1 if it can be any.
	Opcode int
	// Versions is how many copies of a piece of code there may be, one for
	// each set of constants that it is reached with; beyond that the
	// constants become values. 0 has one copy, and makes all of them values.
	Versions int
	// Warn is told of what is probably a mistake, if it is set; maybe more
	// than once.
	Warn func(index int, text string)
	// Shift is told of shifts by counts that may be too large, if it is set.
	Shift func(Shift)
	// Payload is how many bytes of payload requests have; -1 if that is not
	// known.
	Payload int
	// Partial is words that not all kernels agree in.
	Partial []Partial
}

// Error is a program that cannot be translated.
type Error struct {
	Index  int    // of the instruction
	Why    string // what is wrong
	Advice string // what to write instead
	Budget bool   // it was given up for its size; other options may do
}

// Error is the reason, without the place.
func (e *Error) Error() string {
	if e.Advice == "" {
		return e.Why
	}
	return fmt.Sprintf("%s; %s", e.Why, e.Advice)
}
