//go:build linux

package proof

import (
	"math/rand/v2"

	"github.com/cilium/ebpf/asm"
	"github.com/uringgen/uringgen/bpf/cbpf"
)

// maker makes programs in eBPF that the kernel's verifier takes: they load from
// the context, compute, keep values on the stack, and jump forward.
type maker struct {
	*rand.Rand
	signed bool // with what came with -mcpu=v4, Linux 6.6: what extends signs, and swaps without a condition
	list   asm.Instructions
	jumps  []jump
}

// jump is a conditional jump whose target is an instruction.
type jump struct{ at, to int }

// contextRegister holds the context; the others hold numbers.
const contextRegister = asm.R6

var (
	numbers = []asm.Register{asm.R0, asm.R1, asm.R2, asm.R3, asm.R4, asm.R5, asm.R7, asm.R8, asm.R9}
	sizes   = []asm.Size{asm.Byte, asm.Half, asm.Word, asm.DWord}
)

// stackSlots are of 8 bytes each.
const stackSlots = 3

// constants are where arithmetic goes wrong.
var constants = []int32{0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -1, -2, -8, 0x12345678}

func (m *maker) constant() int32 {
	if m.IntN(3) == 0 {
		return int32(m.Uint32()) >> m.IntN(32)
	}
	return constants[m.IntN(len(constants))]
}

func (m *maker) number() asm.Register { return numbers[m.IntN(len(numbers))] }

func (m *maker) add(list ...asm.Instruction) { m.list = append(m.list, list...) }

// program is one of n instructions, and some before and behind.
func (m *maker) program(n int) asm.Instructions {
	m.list, m.jumps = nil, nil
	m.add(asm.Mov.Reg(contextRegister, asm.R1))
	for i, r := range numbers {
		if i%2 == 0 {
			m.add(asm.Mov.Imm(r, m.constant()))
		} else {
			m.add(m.loadContext(r))
		}
	}
	for slot := range int16(stackSlots) {
		m.add(asm.StoreMem(asm.RFP, -8-8*slot, m.number(), asm.DWord))
	}
	for end := len(m.list) + n; len(m.list) < end; {
		m.step(end)
	}
	m.verdict()
	m.settle()
	return m.list
}

// step adds one instruction of those up to end.
func (m *maker) step(end int) {
	switch m.IntN(10) {
	case 0, 1:
		m.add(m.loadContext(m.number()))
	case 2:
		m.add(m.stack())
	case 3, 4, 5:
		m.jumps = append(m.jumps, jump{len(m.list), len(m.list) + 1 + m.IntN(min(end-len(m.list), 8))})
		m.add(m.compare())
	case 6:
		m.add(m.swap())
	case 7:
		if m.IntN(3) == 0 {
			m.add(asm.LoadImm(m.number(), int64(m.Uint64()>>m.IntN(64)), asm.DWord))
			break
		}
		fallthrough
	default:
		m.add(m.arithmetic())
	}
}

// loadContext reads any member, or some bytes of it.
func (m *maker) loadContext(to asm.Register) asm.Instruction {
	size := sizes[m.IntN(len(sizes))]
	return asm.LoadMem(to, contextRegister, int16(m.IntN(cbpf.ContextSize/size.Sizeof())*size.Sizeof()), size)
}

// stack stores to the stack, or loads from it.
func (m *maker) stack() asm.Instruction {
	size := sizes[m.IntN(len(sizes))]
	at := -int16((1 + m.IntN(8*stackSlots/size.Sizeof())) * size.Sizeof())
	switch kind := m.IntN(5); {
	case kind == 0 && m.signed && size != asm.DWord:
		return asm.LoadMemSX(m.number(), asm.RFP, at, size)
	case kind < 2:
		return asm.LoadMem(m.number(), asm.RFP, at, size)
	case kind == 2 && size != asm.DWord: // package asm has no such instruction
		return asm.StoreImm(asm.RFP, at, int64(m.constant()), size)
	}
	return asm.StoreMem(asm.RFP, at, m.number(), size)
}

var comparisons = []asm.JumpOp{
	asm.JEq, asm.JNE, asm.JGT, asm.JGE, asm.JLT, asm.JLE, asm.JSGT, asm.JSGE, asm.JSLT, asm.JSLE, asm.JSet,
}

// compare is a jump whose target is not known yet.
func (m *maker) compare() asm.Instruction {
	op, a, b := comparisons[m.IntN(len(comparisons))], m.number(), m.number()
	switch m.IntN(4) {
	case 0:
		return op.Reg(a, b, "")
	case 1:
		return op.Reg32(a, b, "")
	case 2:
		return op.Imm32(a, m.constant(), "")
	}
	return op.Imm(a, m.constant(), "")
}

// swap changes the byte order, or cuts off what is above.
func (m *maker) swap() asm.Instruction {
	if m.signed && m.IntN(3) == 0 {
		return asm.BSwap(m.number(), sizes[1+m.IntN(3)])
	}
	order := asm.LE
	if m.IntN(2) == 0 {
		order = asm.BE
	}
	return asm.HostTo(order, m.number(), sizes[1+m.IntN(3)])
}

var arithmetic = []asm.ALUOp{
	asm.Add, asm.Sub, asm.Mul, asm.Div, asm.Or, asm.And, asm.LSh, asm.RSh, asm.Mod, asm.Xor, asm.Mov, asm.ArSh, asm.And, asm.Mov,
}

// arithmetic is an operation on one or two numbers. The verifier wants constants
// to be no 0 to divide by, and shift counts below the width.
func (m *maker) arithmetic() asm.Instruction {
	op, to, from, k := arithmetic[m.IntN(len(arithmetic))], m.number(), m.number(), m.constant()
	wide, constant := m.IntN(2) == 0, m.IntN(2) == 0
	switch op {
	case asm.LSh, asm.RSh, asm.ArSh:
		k &= 31
	case asm.Div, asm.Mod: // of what is wider than a word, only shifts are translated
		k = max(k&0x7fffffff, 1)
		if wide {
			constant, k = true, 1<<m.IntN(31)
		}
	}
	switch {
	case m.IntN(12) == 0:
		return asm.Neg.Imm(to, 0)
	case m.signed && m.IntN(12) == 0:
		return m.extend(to, from)
	case wide && constant:
		return op.Imm(to, k)
	case wide:
		return op.Reg(to, from)
	case constant:
		return op.Imm32(to, k)
	}
	return op.Reg32(to, from)
}

// extend moves a number's lower bits with their sign.
func (m *maker) extend(to, from asm.Register) asm.Instruction {
	switch m.IntN(5) {
	case 0:
		return asm.MovSX8.Reg(to, from)
	case 1:
		return asm.MovSX8.Reg32(to, from)
	case 2:
		return asm.MovSX16.Reg(to, from)
	case 3:
		return asm.MovSX16.Reg32(to, from)
	}
	return asm.MovSX32.Reg(to, from)
}

// verdict makes a result that is 0 now and then.
func (m *maker) verdict() {
	m.add(asm.Mov.Reg(asm.R0, m.number()), asm.And.Imm(asm.R0, 1<<m.IntN(8)|1<<m.IntN(31)), asm.Return())
}

// settle gives jumps their distances, in places: an instruction takes one or two.
func (m *maker) settle() {
	for _, j := range m.jumps {
		places := 0
		for _, skipped := range m.list[j.at+1 : j.to] {
			places += int(skipped.Width())
		}
		m.list[j.at].Offset = int16(places)
	}
}
