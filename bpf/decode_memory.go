package bpf

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/uringgen/uringgen/bpf/internal/lift"
)

var accessSizes = map[asm.Size]int{asm.Byte: 1, asm.Half: 2, asm.Word: 4, asm.DWord: 8}

// access is loads and stores.
func access(in *asm.Instruction) lift.Insn {
	out := lift.Insn{Kind: lift.Load, Dst: uint8(in.Dst), Src: uint8(in.Src), Off: int64(in.Offset), Size: accessSizes[in.OpCode.Size()]}
	switch class, mode := in.OpCode.Class(), in.OpCode.Mode(); {
	case mode == asm.AtomicMode:
		return refuse("an atomic operation", "a filter has no memory to share: use local variables")
	case class == asm.LdXClass && (mode == asm.MemMode || mode == asm.MemSXMode):
		out.Signed = mode == asm.MemSXMode
	case class == asm.StXClass && mode == asm.MemMode:
		out.Kind = lift.Store
	case class == asm.StClass && mode == asm.MemMode:
		out.Kind = lift.Store
		operand(in, &out, asm.ImmSource)
	default:
		return refuse("an access to memory of a kind that filters do not have", "read the context, local variables and constants only")
	}
	return out
}

// loadConstant is 64-bit constants and addresses of data.
func (d *decoder) loadConstant(in *asm.Instruction) lift.Insn {
	switch {
	case !in.OpCode.IsDWordLoad():
		return refuse("a load from a packet", "a filter has the request's context only")
	case in.IsLoadOfFunctionPointer():
		return refuse("a pointer to a function", "call it directly")
	case in.IsLoadFromMap():
		return d.address(in)
	}
	return lift.Insn{Kind: lift.Constant, Dst: uint8(in.Dst), Imm: in.Constant}
}

// readOnly is BPF_F_RDONLY_PROG of linux/bpf.h.
const readOnly = 1 << 7

func (d *decoder) address(in *asm.Instruction) lift.Insn {
	name := in.Reference()
	m := d.spec.Maps[name]
	if m == nil || in.Src != asm.PseudoMapValue {
		return refuse(fmt.Sprintf("the map %s is used", name), "classic BPF has no maps: use constants, or const volatile variables that are set before loading")
	}
	r := d.regions[name]
	if r == nil {
		r = &lift.Region{Name: name, ReadOnly: m.Flags&readOnly != 0, Data: data(d.spec, name)}
		d.regions[name] = r
	}
	return lift.Insn{Kind: lift.Address, Dst: uint8(in.Dst), Region: r, Imm: int64(uint64(in.Constant) >> 32)}
}

// data is what a section holds, with the values that its variables were set to.
func data(spec *ebpf.CollectionSpec, name string) []byte {
	m := spec.Maps[name]
	if len(m.Contents) != 1 {
		return nil
	}
	original, _ := m.Contents[0].Value.([]byte)
	out := slices.Clone(original)
	for _, v := range spec.Variables {
		if v.SectionName == name && uint64(v.Offset)+uint64(len(v.Value)) <= uint64(len(out)) {
			copy(out[v.Offset:], v.Value)
		}
	}
	return out
}
