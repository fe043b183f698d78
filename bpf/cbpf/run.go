package cbpf

import "encoding/binary"

// Run is what the kernel gets when it runs the program on a request: 0 denies
// it. order is the byte order of the machine whose context it is; nil is the
// order of this one. A program that the kernel refuses is an *[Error], as of
// [Validate]. Run does not allocate, and ends after at most len(p) instructions.
//
// Division by an X of 0 ends the program with 0, and shifts by X count modulo
// 32. C: bpf_convert_filter (net/core/filter.c).
func Run(p Program, ctx Context, order binary.ByteOrder) (uint32, error) {
	if e := validate(p); e != nil {
		return 0, e
	}
	m := machine{ctx: ctx, big: big(order)}
	for m.pc >= 0 {
		m.step(p[m.pc])
	}
	return m.verdict, nil
}

// orderProbe stands in no frame, so that asking an order for it does not
// allocate.
var orderProbe = []byte{0, 1}

func big(order binary.ByteOrder) bool {
	if order == nil {
		order = binary.NativeEndian
	}
	return order.Uint16(orderProbe) == 1
}

// machine runs a valid program.
type machine struct {
	ctx     Context
	big     bool
	a, x    uint32
	m       [BPF_MEMWORDS]uint32
	pc      int // -1 after the end
	verdict uint32
}

// step runs one instruction.
func (m *machine) step(in Instruction) {
	m.pc++
	switch in.Op & classMask {
	case BPF_LD:
		m.a = m.load(in)
	case BPF_LDX:
		m.x = m.load(in)
	case BPF_ST:
		m.m[in.K%BPF_MEMWORDS] = m.a
	case BPF_STX:
		m.m[in.K%BPF_MEMWORDS] = m.x
	case BPF_ALU:
		m.alu(in)
	case BPF_JMP:
		m.jump(in)
	case BPF_RET:
		if m.verdict = in.K; in.Op == BPF_RET|BPF_A {
			m.verdict = m.a
		}
		m.pc = -1
	case BPF_MISC:
		if in.Op == BPF_MISC|BPF_TAX {
			m.x = m.a
		} else {
			m.a = m.x
		}
	}
}

// load is what a load puts into its register.
func (m *machine) load(in Instruction) uint32 {
	switch in.Op & 0xe0 {
	case BPF_ABS:
		if m.big {
			return binary.BigEndian.Uint32(m.ctx[in.K:])
		}
		return binary.LittleEndian.Uint32(m.ctx[in.K:])
	case BPF_MEM:
		return m.m[in.K%BPF_MEMWORDS]
	case BPF_LEN:
		return ContextSize
	}
	return in.K
}

// operand is k or X.
func (m *machine) operand(in Instruction) uint32 {
	if in.withX() {
		return m.x
	}
	return in.K
}

func (m *machine) alu(in Instruction) {
	v := m.operand(in)
	switch in.Op & operationMask {
	case BPF_ADD:
		m.a += v
	case BPF_SUB:
		m.a -= v
	case BPF_MUL:
		m.a *= v
	case BPF_DIV:
		if v == 0 {
			m.pc, m.verdict = -1, 0
			return
		}
		m.a /= v
	case BPF_AND:
		m.a &= v
	case BPF_OR:
		m.a |= v
	case BPF_XOR:
		m.a ^= v
	case BPF_LSH:
		m.a <<= v % 32
	case BPF_RSH:
		m.a >>= v % 32
	case BPF_NEG:
		m.a = -m.a
	}
}

func (m *machine) jump(in Instruction) {
	switch {
	case in.Op == BPF_JMP|BPF_JA:
		m.pc += int(in.K)
	case m.holds(in):
		m.pc += int(in.JT)
	default:
		m.pc += int(in.JF)
	}
}

// holds tells that a conditional jump's condition does.
func (m *machine) holds(in Instruction) bool {
	v := m.operand(in)
	switch in.Op & operationMask {
	case BPF_JEQ:
		return m.a == v
	case BPF_JGT:
		return m.a > v
	case BPF_JGE:
		return m.a >= v
	}
	return m.a&v != 0
}
