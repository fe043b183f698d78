package random

import (
	"encoding/binary"
	"math/bits"

	"github.com/cilium/ebpf/asm"
)

func extend(v uint64, bits int) uint64 { return uint64(int64(v<<(64-bits)) >> (64 - bits)) }

// operand is the second operand of arithmetic and of comparisons.
func (m *machine) operand(in *asm.Instruction) uint64 {
	if in.OpCode.Source() == asm.RegSource {
		return m.regs[in.Src]
	}
	return uint64(int64(int32(in.Constant)))
}

func (m *machine) arith(in *asm.Instruction) uint64 {
	x := m.regs[in.Dst]
	op := in.OpCode.ALUOp()
	if op == asm.Swap {
		return m.swap(in, x)
	}
	y := m.operand(in)
	wide, width := in.OpCode.Class() == asm.ALU64Class, uint64(64)
	if !wide {
		width = 32
		x, y = uint64(uint32(x)), uint64(uint32(y))
	}
	v := compute(op, x, y, width)
	if !wide {
		v = uint64(uint32(v))
	}
	return v
}

// compute is an operation on numbers of a width, of which the result may have
// bits too many.
func compute(op asm.ALUOp, x, y, width uint64) uint64 {
	switch op {
	case asm.Add:
		return x + y
	case asm.Sub:
		return x - y
	case asm.Mul:
		return x * y
	case asm.Div:
		if y == 0 {
			return 0
		}
		return x / y
	case asm.Mod:
		if y == 0 {
			return x
		}
		return x % y
	case asm.Or:
		return x | y
	case asm.And:
		return x & y
	case asm.Xor:
		return x ^ y
	case asm.LSh:
		return x << (y % width)
	case asm.RSh:
		return x >> (y % width)
	case asm.ArSh:
		return uint64(int64(extend(x, int(width))) >> (y % width))
	case asm.Neg:
		return -x
	case asm.MovSX8:
		return extend(y, 8)
	case asm.MovSX16:
		return extend(y, 16)
	case asm.MovSX32:
		return extend(y, 32)
	default: // asm.Mov
		return y
	}
}

func (m *machine) swap(in *asm.Instruction, x uint64) uint64 {
	size := int(in.Constant)
	to := binary.ByteOrder(binary.LittleEndian)
	if in.OpCode.Endianness() == asm.BE {
		to = binary.BigEndian
	}
	if in.OpCode.Class() == asm.ALU64Class || to != m.order {
		return bits.ReverseBytes64(x) >> (64 - size)
	}
	return x << (64 - size) >> (64 - size)
}
