package bpf

import (
	"encoding/binary"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/uringgen/uringgen/bpf/internal/graph"
	"github.com/uringgen/uringgen/bpf/internal/lift"
)

// source is a program with the places that its instructions come from.
type source struct {
	name string
	lift.Program
	positions []Position
	offsets   []int // of each instruction, as llvm-objdump counts
}

// decoder turns the instructions of an object into those of package lift.
type decoder struct {
	spec    *ebpf.CollectionSpec
	insns   asm.Instructions
	index   map[int]int    // of an instruction, by its offset
	symbols map[string]int // first instruction of each function
	regions map[string]*lift.Region
	out     *source
}

// decode reads a program. What cannot be translated becomes an instruction
// that says so when it is reached: dead code does no harm.
func decode(spec *ebpf.CollectionSpec, name string) (*source, error) {
	p := spec.Programs[name]
	if p == nil {
		return nil, &TranslateError{Program: name, Index: -1, Reason: "the object has no such program", Remedy: "Programs lists those that it has"}
	}
	d := &decoder{
		spec: spec, insns: p.Instructions, index: map[int]int{}, symbols: map[string]int{}, regions: map[string]*lift.Region{},
		out: &source{name: name, Program: lift.Program{BigEndian: bigEndian(spec.ByteOrder)}},
	}
	d.locate()
	for i := range d.insns {
		d.out.Insns = append(d.out.Insns, d.insn(i))
	}
	if len(d.out.Insns) == 0 {
		return nil, &TranslateError{Program: name, Index: -1, Reason: "the program is empty", Remedy: recompile}
	}
	return d.out, nil
}

// bigEndian also knows the order of this machine by its own name.
func bigEndian(order binary.ByteOrder) bool {
	return order != nil && order.Uint16([]byte{0, 1}) == 1
}

// locate finds functions, offsets and places in C.
func (d *decoder) locate() {
	offset := 0
	var at Position
	function := ""
	for i, in := range d.insns {
		d.index[offset] = i
		d.out.offsets = append(d.out.offsets, offset)
		offset += int(in.Width())
		if s := in.Symbol(); s != "" {
			d.symbols[s] = i
			function = s
		}
		if src := in.Source(); src != nil {
			// What clang has merged from several places has that of the
			// function, which is no place where anything is decided.
			if p, ok := position(src); ok && !(i > 0 && p.heads(function)) {
				at = p
			}
		}
		d.out.positions = append(d.out.positions, at)
	}
}

// recompile is what to do about what no compiler writes.
const recompile = "compile it anew, with clang --target=bpfel or bpfeb"

func refuse(why, advice string) lift.Insn {
	return lift.Insn{Kind: lift.Refused, Why: why, Advice: advice}
}

func (d *decoder) insn(i int) lift.Insn {
	in := &d.insns[i]
	if in.Dst > asm.R10 || in.Src > asm.R10 || in.OpCode == asm.InvalidOpCode {
		return refuse("the instruction is not valid eBPF", recompile)
	}
	switch class := in.OpCode.Class(); {
	case class.IsALU():
		return d.arith(in)
	case class.IsJump():
		return d.jump(i)
	case class == asm.LdClass:
		return d.loadConstant(in)
	default:
		return access(in)
	}
}

// operand fills in the second operand.
func operand(in *asm.Instruction, out *lift.Insn, source asm.Source) {
	out.Src = uint8(in.Src)
	if source == asm.ImmSource {
		out.UseImm, out.Imm, out.Src = true, int64(int32(in.Constant)), 0
	}
}

var arithOps = map[asm.ALUOp]lift.ArithOp{
	asm.Add: lift.Add, asm.Sub: lift.Sub, asm.Mul: lift.Mul, asm.Div: lift.Div, asm.Mod: lift.Mod, asm.Or: lift.Or,
	asm.And: lift.And, asm.Xor: lift.Xor, asm.LSh: lift.Shl, asm.RSh: lift.Shr, asm.ArSh: lift.Sar, asm.Neg: lift.Neg,
	asm.Mov: lift.Move, asm.MovSX8: lift.MoveSigned, asm.MovSX16: lift.MoveSigned, asm.MovSX32: lift.MoveSigned,
}

var signedSizes = map[asm.ALUOp]int{asm.MovSX8: 1, asm.MovSX16: 2, asm.MovSX32: 4}

func (d *decoder) arith(in *asm.Instruction) lift.Insn {
	wide := in.OpCode.Class() == asm.ALU64Class
	switch op := in.OpCode.ALUOp(); op {
	case asm.Swap:
		return d.swap(in, wide)
	case asm.SDiv, asm.SMod:
		return refuse("division of signed numbers", "use unsigned types")
	default:
		known, ok := arithOps[op]
		if !ok {
			return refuse("arithmetic that no eBPF machine has", recompile)
		}
		out := lift.Insn{Kind: lift.Arith, Op: known, Wide: wide, Dst: uint8(in.Dst), Size: signedSizes[op]}
		operand(in, &out, in.OpCode.Source())
		return out
	}
}

// swap is the byte swaps: those of the 64-bit class swap always, the others to
// the byte order that they name.
func (d *decoder) swap(in *asm.Instruction, always bool) lift.Insn {
	size := int(in.Constant) / 8
	if size != 2 && size != 4 && size != 8 || in.Constant%8 != 0 {
		return refuse(fmt.Sprintf("a byte swap of %d bits", in.Constant), recompile)
	}
	kind := lift.CutBytes
	if toBig := in.OpCode.Endianness() == asm.BE; always || toBig != d.out.BigEndian {
		kind = lift.SwapBytes
	}
	return lift.Insn{Kind: kind, Dst: uint8(in.Dst), Size: size}
}

type comparison struct {
	relation graph.Relation
	not      bool
}

var comparisons = map[asm.JumpOp]comparison{
	asm.JEq:  {graph.Relation{Cmp: graph.Equal}, false},
	asm.JNE:  {graph.Relation{Cmp: graph.Equal}, true},
	asm.JGT:  {graph.Relation{Cmp: graph.Greater}, false},
	asm.JGE:  {graph.Relation{Cmp: graph.GreaterEqual}, false},
	asm.JLT:  {graph.Relation{Cmp: graph.GreaterEqual}, true},
	asm.JLE:  {graph.Relation{Cmp: graph.Greater}, true},
	asm.JSGT: {graph.Relation{Cmp: graph.Greater, Signed: true}, false},
	asm.JSGE: {graph.Relation{Cmp: graph.GreaterEqual, Signed: true}, false},
	asm.JSLT: {graph.Relation{Cmp: graph.GreaterEqual, Signed: true}, true},
	asm.JSLE: {graph.Relation{Cmp: graph.Greater, Signed: true}, true},
	asm.JSet: {graph.Relation{Cmp: graph.AnyBit}, false},
}

func (d *decoder) jump(i int) lift.Insn {
	in := &d.insns[i]
	narrow := in.OpCode.Class() == asm.Jump32Class
	switch op := in.OpCode.JumpOp(); op {
	case asm.Exit:
		return lift.Insn{Kind: lift.Exit}
	case asm.Call:
		return d.call(in)
	case asm.Ja:
		distance := int(in.Offset)
		if narrow {
			distance = int(int32(in.Constant))
		}
		return d.to(i, distance, lift.Insn{Kind: lift.Jump})
	default:
		c, ok := comparisons[op]
		if !ok {
			return refuse("a jump that no eBPF machine has", recompile)
		}
		out := lift.Insn{Kind: lift.Branch, Dst: uint8(in.Dst), Relation: c.relation, Not: c.not}
		out.Relation.Narrow = narrow
		operand(in, &out, in.OpCode.Source())
		return d.to(i, int(in.Offset), out)
	}
}

// to gives a jump its target: a label, if it has one.
func (d *decoder) to(i, distance int, out lift.Insn) lift.Insn {
	target, ok := d.symbols[d.insns[i].Reference()]
	if !ok {
		target, ok = d.index[d.out.offsets[i]+1+distance]
	}
	if !ok {
		return refuse("a jump out of the program", recompile)
	}
	out.Target = target
	return out
}

func (d *decoder) call(in *asm.Instruction) lift.Insn {
	switch {
	case in.IsKfuncCall():
		return refuse(fmt.Sprintf("the kernel function %s is called", in.Reference()), "classic BPF has no calls into the kernel")
	case !in.IsFunctionCall():
		return refuse(fmt.Sprintf("the helper %v is called", asm.BuiltinFunc(in.Constant)), "classic BPF has no helpers: a filter sees its context only")
	}
	if target, ok := d.symbols[in.Reference()]; ok {
		return lift.Insn{Kind: lift.Call, Target: target}
	}
	return lift.Insn{Kind: lift.Library, Name: in.Reference()}
}
