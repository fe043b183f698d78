package lift

import (
	"encoding/binary"
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// machine runs a program on numbers.
type machine struct {
	p      *Program
	order  binary.ByteOrder
	ctx    []byte
	stack  [][]byte // of each call
	regs   [registers]uint64
	where  [registers]region // what a register points into
	beyond bool              // an index was beyond its table
}

type region struct {
	bytes    []byte
	negative bool // a stack: addresses count from its end
}

const steps = 100000

// run is the low word of the result, and whether the request is denied because
// an index was beyond its table.
func (m *machine) run() (result uint32, denied bool) {
	m.push()
	m.where[1] = region{bytes: m.ctx}
	type call struct {
		ret   int
		saved [savedCount]uint64
		where [savedCount]region
	}
	var calls []call
	for pc, n := 0, 0; ; n++ {
		if n > steps {
			panic("the program does not end")
		}
		in := &m.p.Insns[pc]
		pc++
		switch in.Kind {
		case Jump:
			pc = in.Target
		case Branch:
			if relate(in.Relation, m.regs[in.Dst], m.operand(in)) != in.Not {
				pc = in.Target
			}
		case Call:
			c := call{ret: pc}
			copy(c.saved[:], m.regs[firstSaved:])
			copy(c.where[:], m.where[firstSaved:])
			calls = append(calls, c)
			m.push()
			pc = in.Target
		case Exit:
			if len(calls) == 0 {
				return uint32(m.regs[0]), m.beyond
			}
			c := calls[len(calls)-1]
			calls = calls[:len(calls)-1]
			copy(m.regs[firstSaved:], c.saved[:])
			copy(m.where[firstSaved:], c.where[:])
			m.pop()
			pc = c.ret
		default:
			if m.step(in); m.beyond {
				return 0, true
			}
		}
	}
}

func (m *machine) push() {
	m.stack = append(m.stack, make([]byte, stackSize))
	m.frame()
}

func (m *machine) pop() {
	m.stack = m.stack[:len(m.stack)-1]
	m.frame()
}

func (m *machine) frame() {
	m.regs[framePtr] = 0
	m.where[framePtr] = region{m.stack[len(m.stack)-1], true}
}

func (m *machine) operand(in *Insn) uint64 {
	if in.UseImm {
		return uint64(in.Imm)
	}
	return m.regs[in.Src]
}

func (m *machine) step(in *Insn) {
	dst := &m.regs[in.Dst]
	switch in.Kind {
	case Constant:
		*dst = uint64(in.Imm)
	case Address:
		*dst, m.where[in.Dst] = uint64(in.Imm), region{bytes: in.Region.Data}
	case Load:
		b := m.memory(m.where[in.Src], m.regs[in.Src]+uint64(in.Off), in.Size)
		if b == nil {
			m.beyond = true
			return
		}
		*dst = m.read(b)
		if in.Signed {
			*dst = extend(*dst, in.Size)
		}
	case Store:
		m.write(m.memory(m.where[in.Dst], *dst+uint64(in.Off), in.Size), m.operand(in))
	case SwapBytes:
		*dst = bits.ReverseBytes64(*dst) >> (64 - 8*in.Size)
	case CutBytes:
		*dst = *dst << (64 - 8*in.Size) >> (64 - 8*in.Size)
	case Arith:
		if in.Op == Move && in.Wide && !in.UseImm {
			m.where[in.Dst] = m.where[in.Src]
		}
		*dst = arithmetic(in, *dst, m.operand(in))
	default:
		panic("no such instruction")
	}
}

func (m *machine) memory(r region, at uint64, size int) []byte {
	if r.negative {
		at += stackSize
	}
	if at+uint64(size) > uint64(len(r.bytes)) || at > at+uint64(size) {
		return nil
	}
	return r.bytes[at : at+uint64(size)]
}

func (m *machine) read(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(m.order.Uint16(b))
	case 4:
		return uint64(m.order.Uint32(b))
	default:
		return m.order.Uint64(b)
	}
}

func (m *machine) write(b []byte, v uint64) {
	switch len(b) {
	case 1:
		b[0] = byte(v)
	case 2:
		m.order.PutUint16(b, uint16(v))
	case 4:
		m.order.PutUint32(b, uint32(v))
	default:
		m.order.PutUint64(b, v)
	}
}

func extend(v uint64, size int) uint64 {
	n := 64 - 8*size
	return uint64(int64(v<<n) >> n)
}

func arithmetic(in *Insn, x, y uint64) uint64 {
	if in.Op == MoveSigned {
		y = extend(y, in.Size)
	}
	if in.Wide {
		return arithmetic64(in.Op, x, y)
	}
	return uint64(arithmetic32(in.Op, uint32(x), uint32(y)))
}

func arithmetic64(op ArithOp, x, y uint64) uint64 {
	switch op {
	case Add:
		return x + y
	case Sub:
		return x - y
	case Mul:
		return x * y
	case Div:
		if y == 0 {
			return 0
		}
		return x / y
	case Mod:
		if y == 0 {
			return x
		}
		return x % y
	case And:
		return x & y
	case Or:
		return x | y
	case Xor:
		return x ^ y
	case Shl:
		return x << (y % 64)
	case Shr:
		return x >> (y % 64)
	case Sar:
		return uint64(int64(x) >> (y % 64))
	case Neg:
		return -x
	default:
		return y
	}
}

func arithmetic32(op ArithOp, x, y uint32) uint32 {
	switch op {
	case Shl:
		return x << (y % 32)
	case Shr:
		return x >> (y % 32)
	case Sar:
		return uint32(int32(x) >> (y % 32))
	default:
		return uint32(arithmetic64(op, uint64(x), uint64(y)))
	}
}

func relate(r graph.Relation, x, y uint64) bool {
	if r.Narrow {
		x, y = uint64(uint32(x)), uint64(uint32(y))
		if r.Signed {
			x, y = extend(x, 4), extend(y, 4)
		}
	}
	switch {
	case r.Cmp == graph.Equal:
		return x == y
	case r.Cmp == graph.AnyBit:
		return x&y != 0
	case r.Signed && r.Cmp == graph.Greater:
		return int64(x) > int64(y)
	case r.Signed:
		return int64(x) >= int64(y)
	case r.Cmp == graph.Greater:
		return x > y
	default:
		return x >= y
	}
}
