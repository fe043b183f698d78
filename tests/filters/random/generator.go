// Package random makes eBPF programs that the kernel's verifier takes, from
// random bytes, and runs them: a judge of translations that shares nothing with
// the translator.
package random

import (
	"encoding/binary"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Name is the name of the program in Spec.
const Name = "filter"

// tableSize is the bytes of the constant table, a power of two.
const tableSize = 32

// reserve is about how many bytes the end of a program takes.
const reserve = 20

// generator writes a program as its bytes say; when they are used up, they are
// 0. R6 holds the context, R10 the stack; the other registers hold numbers.
type generator struct {
	data   []byte
	insns  asm.Instructions
	labels int
	modern bool // instructions of -mcpu=v4
	order  binary.ByteOrder
}

// Spec is an object with one program, made from bytes.
func Spec(data []byte, order binary.ByteOrder) *ebpf.CollectionSpec {
	g := &generator{data: data, order: order}
	g.modern = g.pick(2) == 0
	table := make([]byte, tableSize)
	for i := range table {
		table[i] = byte(g.pick(256))
	}
	g.add(asm.Mov.Reg(asm.R6, asm.R1))
	for _, r := range numbers {
		g.add(asm.Mov.Imm(r, g.imm()))
	}
	for range 8 {
		g.load()
	}
	for at := int16(-8); at >= -32; at -= 8 {
		g.add(asm.StoreMem(asm.R10, at, g.number(), asm.DWord))
	}
	for len(g.data) > reserve {
		g.one(2)
	}
	g.result()
	g.function()
	return &ebpf.CollectionSpec{
		ByteOrder: order,
		Programs:  map[string]*ebpf.ProgramSpec{Name: {Name: Name, Instructions: g.insns, ByteOrder: order, License: "none"}},
		Maps: map[string]*ebpf.MapSpec{".rodata": {
			Name: ".rodata", Type: ebpf.Array, KeySize: 4, ValueSize: tableSize, MaxEntries: 1,
			Flags: readOnly, Contents: []ebpf.MapKV{{Key: uint32(0), Value: table}},
		}},
	}
}

// result lets the verdict depend on bits of several registers.
func (g *generator) result() {
	for range 1 + g.pick(4) {
		from := g.number()
		if g.pick(2) == 0 {
			g.add(asm.RSh.Imm(from, int32(g.pick(64))))
		}
		g.add(asm.Xor.Reg(asm.R0, from))
	}
	g.add(asm.And.Imm(asm.R0, 1<<g.pick(31)|1<<g.pick(8)), asm.Return())
}

// readOnly is BPF_F_RDONLY_PROG of linux/bpf.h.
const readOnly = 1 << 7

var numbers = []asm.Register{asm.R0, asm.R2, asm.R3, asm.R4, asm.R5, asm.R7, asm.R8, asm.R9}

func (g *generator) add(in ...asm.Instruction) {
	g.insns = append(g.insns, in...)
}

// pick is a number below n, at most 256.
func (g *generator) pick(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := int(g.data[0])
	g.data = g.data[1:]
	return b % n
}

func (g *generator) number() asm.Register { return numbers[g.pick(len(numbers))] }

// imm is a constant that is likely to meet a corner.
func (g *generator) imm() int32 {
	b := uint32(g.pick(256))
	switch g.pick(6) {
	case 0:
		return int32(b<<24 | uint32(g.pick(256))<<16 | uint32(g.pick(256))<<8 | b)
	case 1:
		return int32(b % 8)
	case 2:
		return int32(uint32(1)<<(b%32) - b/32%2)
	case 3:
		return int32(b << (8 * g.pick(4)))
	case 4:
		return -int32(b % 8)
	default:
		return int32(1)<<g.pick(32) - 1
	}
}

// load reads a member of the context.
func (g *generator) load() {
	sizes := []asm.Size{asm.Byte, asm.Half, asm.Word, asm.DWord}
	n := g.pick(4)
	at := int16(g.pick(40>>n) << n)
	if g.modern && n < 3 && g.pick(3) == 0 {
		g.add(asm.LoadMemSX(g.number(), asm.R6, at, sizes[n]))
		return
	}
	g.add(asm.LoadMem(g.number(), asm.R6, at, sizes[n]))
}

// one writes an instruction or a few, which may hold others up to a depth.
func (g *generator) one(depth int) {
	kinds := []func(){g.load, g.load, g.arith, g.arith, g.arith, g.arith, g.divide, g.swap, g.stack, g.stack, g.constant, g.lookUp}
	if depth > 0 {
		kinds = append(kinds, func() { g.fork(depth) }, func() { g.fork(depth) }, func() { g.loop(depth) }, g.call)
	}
	kinds[g.pick(len(kinds))]()
}

var ariths = []asm.ALUOp{asm.Add, asm.Sub, asm.Mul, asm.Or, asm.And, asm.Xor, asm.Mov, asm.LSh, asm.RSh, asm.ArSh, asm.Neg, asm.MovSX8, asm.MovSX16, asm.MovSX32}

func (g *generator) arith() {
	op, dst, narrow := ariths[g.pick(len(ariths))], g.number(), g.pick(2) == 0
	switch {
	case op == asm.Neg:
		g.add(class(asm.Instruction{OpCode: asm.OpCode(asm.ALU64Class).SetALUOp(op), Dst: dst}, narrow))
	case op == asm.MovSX8 || op == asm.MovSX16 || op == asm.MovSX32:
		if g.modern && (op != asm.MovSX32 || !narrow) {
			g.add(class(op.Reg(dst, g.number()), narrow))
		}
	case g.pick(2) == 0:
		g.add(class(op.Reg(dst, g.number()), narrow))
	case op == asm.LSh || op == asm.RSh || op == asm.ArSh:
		bits := 64
		if narrow {
			bits = 32
		}
		g.add(class(op.Imm(dst, int32(g.pick(bits))), narrow))
	default:
		g.add(class(op.Imm(dst, g.imm()), narrow))
	}
}

// class makes an operation on 64 bits one on 32.
func class(in asm.Instruction, narrow bool) asm.Instruction {
	if narrow {
		in.OpCode = in.OpCode&^7 | asm.OpCode(asm.ALUClass)
	}
	return in
}

// divide is by any word, or by a constant that is not 0. Those of 64 bits are
// by powers of two, since others are refused.
func (g *generator) divide() {
	op, dst := []asm.ALUOp{asm.Div, asm.Mod}[g.pick(2)], g.number()
	switch g.pick(3) {
	case 0:
		g.add(class(op.Reg(dst, g.number()), true))
	case 1:
		g.add(class(op.Imm(dst, max(g.imm(), 1)), true))
	default:
		g.add(op.Imm(dst, 1<<g.pick(31)))
	}
}

func (g *generator) swap() {
	size := []asm.Size{asm.Half, asm.Word, asm.DWord}[g.pick(3)]
	switch n := g.pick(3); {
	case n == 0:
		g.add(asm.HostTo(asm.BE, g.number(), size))
	case n == 1 && g.modern:
		g.add(asm.BSwap(g.number(), size))
	default:
		g.add(asm.HostTo(asm.LE, g.number(), size))
	}
}

func (g *generator) stack() {
	sizes := []asm.Size{asm.Byte, asm.Half, asm.Word, asm.DWord}
	n := g.pick(4)
	at := -int16(8*(1+g.pick(4))) + int16(g.pick(8>>n)<<n)
	switch g.pick(3) {
	case 0:
		g.add(asm.StoreMem(asm.R10, at, g.number(), sizes[n]))
	case 1:
		g.add(storeImm(at, g.imm(), sizes[n]))
	default:
		g.add(asm.LoadMem(g.number(), asm.R10, at, sizes[n]))
	}
}

// storeImm stores a constant on the stack. asm.StoreImm does not know all sizes.
func storeImm(at int16, k int32, size asm.Size) asm.Instruction {
	op := asm.OpCode(asm.StClass).SetMode(asm.MemMode).SetSize(size)
	return asm.Instruction{OpCode: op, Dst: asm.R10, Offset: at, Constant: int64(k)}
}

func (g *generator) constant() {
	g.add(asm.LoadImm(g.number(), int64(g.imm())<<32|int64(uint32(g.imm())), asm.DWord))
}

// lookUp reads the table at an index of the request.
func (g *generator) lookUp() {
	index := []asm.Register{asm.R2, asm.R7}[g.pick(2)]
	n := g.pick(3)
	g.add(
		asm.LoadMem(index, asm.R6, int16(g.pick(40)), asm.Byte),
		asm.And.Imm(index, int32(g.pick(tableSize)>>n<<n)),
		asm.LoadMapValue(asm.R3, 0, 0).WithReference(".rodata"),
		asm.Add.Reg(asm.R3, index),
		asm.LoadMem(index, asm.R3, 0, []asm.Size{asm.Byte, asm.Half, asm.Word}[n]),
		asm.Mov.Imm(asm.R3, g.imm()),
	)
}
