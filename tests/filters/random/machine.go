package random

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Run is what a program of a spec returns for a context. It follows the
// kernel's instruction-set.rst.
func Run(spec *ebpf.CollectionSpec, name string, ctx []byte) (uint64, error) {
	m := machine{order: spec.ByteOrder, insns: spec.Programs[name].Instructions, index: map[int]int{}, at: map[string]int{}, tables: map[string]uint64{}}
	offset := 0
	for i, in := range m.insns {
		m.index[offset] = i
		m.offsets = append(m.offsets, offset)
		offset += int(in.Width())
		if s := in.Symbol(); s != "" {
			m.at[s] = i
		}
	}
	m.regs[asm.R1] = m.region(ctx)
	for name, s := range spec.Maps {
		if len(s.Contents) == 1 {
			m.tables[name] = m.region(s.Contents[0].Value.([]byte))
		}
	}
	m.enter()
	for range 1 << 20 {
		if done, err := m.step(); done || err != nil {
			return m.regs[asm.R0], err
		}
	}
	return 0, errors.New("it does not end")
}

const stackSize = 512

type machine struct {
	order   binary.ByteOrder
	insns   asm.Instructions
	index   map[int]int // of an instruction, by its offset
	offsets []int
	at      map[string]int // labels
	tables  map[string]uint64
	memory  [][]byte // regions, 1<<32 apart
	regs    [11]uint64
	calls   []saved
	pc      int
}

type saved struct {
	pc   int
	regs [5]uint64 // R6 to R10
}

// region is the address of some memory.
func (m *machine) region(b []byte) uint64 {
	m.memory = append(m.memory, b)
	return uint64(len(m.memory)) << 32
}

func (m *machine) enter() { m.regs[asm.R10] = m.region(make([]byte, stackSize)) + stackSize }

func (m *machine) bytes(at uint64, size int) ([]byte, error) {
	r, off := at>>32, at&(1<<32-1)
	if r == 0 || r > uint64(len(m.memory)) || off+uint64(size) > uint64(len(m.memory[r-1])) {
		return nil, fmt.Errorf("instruction %d: access to %#x", m.pc-1, at)
	}
	return m.memory[r-1][off : off+uint64(size)], nil
}

func (m *machine) step() (done bool, err error) {
	if m.pc >= len(m.insns) {
		return false, errors.New("it goes on behind its end")
	}
	in := &m.insns[m.pc]
	m.pc++
	switch class := in.OpCode.Class(); {
	case class.IsALU():
		if size := in.Constant; in.OpCode.ALUOp() == asm.Swap && size != 16 && size != 32 && size != 64 {
			return false, fmt.Errorf("instruction %d: a swap of %d bits", m.pc-1, size)
		}
		m.regs[in.Dst] = m.arith(in)
	case class.IsJump():
		return m.jump(in)
	case class == asm.LdClass:
		m.regs[in.Dst] = uint64(in.Constant)
		if in.IsLoadFromMap() {
			m.regs[in.Dst] = m.tables[in.Reference()] + uint64(in.Constant)>>32
		}
	default:
		return false, m.access(in)
	}
	return false, nil
}

func (m *machine) access(in *asm.Instruction) error {
	size := in.OpCode.Size().Sizeof()
	if in.OpCode.Class() == asm.LdXClass {
		b, err := m.bytes(m.regs[in.Src]+uint64(int64(in.Offset)), size)
		if err != nil {
			return err
		}
		v := m.number(b)
		if in.OpCode.Mode() == asm.MemSXMode {
			v = extend(v, 8*size)
		}
		m.regs[in.Dst] = v
		return nil
	}
	v := m.regs[in.Src]
	if in.OpCode.Class() == asm.StClass {
		v = uint64(in.Constant)
	}
	b, err := m.bytes(m.regs[in.Dst]+uint64(int64(in.Offset)), size)
	if err != nil {
		return err
	}
	var full [8]byte
	if m.order == binary.BigEndian {
		binary.BigEndian.PutUint64(full[:], v)
		copy(b, full[8-size:])
	} else {
		binary.LittleEndian.PutUint64(full[:], v)
		copy(b, full[:])
	}
	return nil
}

func (m *machine) number(b []byte) (v uint64) {
	for i := range b {
		if m.order == binary.BigEndian {
			v = v<<8 | uint64(b[i])
		} else {
			v |= uint64(b[i]) << (8 * i)
		}
	}
	return v
}

func (m *machine) jump(in *asm.Instruction) (done bool, err error) {
	switch op := in.OpCode.JumpOp(); op {
	case asm.Exit:
		if len(m.calls) == 0 {
			return true, nil
		}
		c := m.calls[len(m.calls)-1]
		m.calls = m.calls[:len(m.calls)-1]
		m.pc = c.pc
		copy(m.regs[asm.R6:], c.regs[:])
	case asm.Call:
		to, ok := m.at[in.Reference()]
		if !ok {
			return false, fmt.Errorf("call of %s", in.Reference())
		}
		c := saved{pc: m.pc}
		copy(c.regs[:], m.regs[asm.R6:])
		m.calls = append(m.calls, c)
		m.enter()
		m.pc = to
	case asm.Ja:
		distance := int(in.Offset)
		if in.OpCode.Class() == asm.Jump32Class {
			distance = int(int32(in.Constant))
		}
		m.to(in, distance)
	default:
		x, y := m.regs[in.Dst], m.operand(in)
		width := 64
		if in.OpCode.Class() == asm.Jump32Class {
			width, x, y = 32, uint64(uint32(x)), uint64(uint32(y))
		}
		if holds(op, x, y, width) {
			m.to(in, int(in.Offset))
		}
	}
	return false, nil
}

// to goes to an instruction's label, or by its distance.
func (m *machine) to(in *asm.Instruction, distance int) {
	if to, ok := m.at[in.Reference()]; ok {
		m.pc = to
		return
	}
	m.pc = m.index[m.offsets[m.pc-1]+1+distance]
}

func holds(op asm.JumpOp, x, y uint64, width int) bool {
	s, t := int64(extend(x, width)), int64(extend(y, width))
	switch op {
	case asm.JEq:
		return x == y
	case asm.JNE:
		return x != y
	case asm.JGT:
		return x > y
	case asm.JGE:
		return x >= y
	case asm.JLT:
		return x < y
	case asm.JLE:
		return x <= y
	case asm.JSGT:
		return s > t
	case asm.JSGE:
		return s >= t
	case asm.JSLT:
		return s < t
	case asm.JSLE:
		return s <= t
	default: // asm.JSet
		return x&y != 0
	}
}
