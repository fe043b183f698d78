package cfront

import "github.com/uringgen/uringgen/gen/internal/model"

// checkMember reports what no compiler accepts in a member.
func (b *builder) checkMember(r *model.Record, m *model.Member) bool {
	if m.Bitfield {
		return b.checkBits(m)
	}
	t := m.Type
	for depth := 0; t.Kind == model.Array; depth++ {
		if t.Len < 0 && depth > 0 {
			b.fault(m.Pos, "member %s: only the first dimension of an array can be left open", m.Name)
			return false
		}
		t = t.Elem
	}
	switch {
	case t.Kind == model.Void:
		b.fault(m.Pos, "member %s has type void", m.Name)
	case t.Kind == model.Func:
		b.fault(m.Pos, "member %s is a function", m.Name)
	case !b.complete(t):
		b.fault(m.Pos, "member %s has incomplete type %s: include the header that defines it", m.Name, t.C)
	case t.Record == r:
		b.fault(m.Pos, "member %s is the record that it is in", m.Name)
	default:
		return true
	}
	return false
}

// complete tells whether a type's size is known where it is used.
func (b *builder) complete(t *model.Type) bool {
	switch {
	case t.Kind == model.RecordType && t.Record.Tag != "":
		return b.tags[t.Record.Tag].complete
	case t.Kind == model.EnumType && t.Enum.Tag != "":
		return b.tags[t.Enum.Tag].complete
	}
	return true
}

func (b *builder) checkBits(m *model.Member) bool {
	name := m.Name
	if name == "" {
		name = "without name"
	}
	size := int64(0)
	switch m.Type.Kind {
	case model.Bool:
		size = 1
	case model.Int:
		size = b.p.target.Size(m.Type.Base) * 8
	case model.EnumType:
		if !b.complete(m.Type) {
			b.fault(m.Pos, "bit-field %s has incomplete type %s", name, m.Type.C)
			return false
		}
		size = b.p.target.Size(m.Type.Enum.Base) * 8
	default:
		b.fault(m.Pos, "bit-field %s is not of an integer type", name)
		return false
	}
	switch {
	case m.Bits < 0:
		b.fault(m.Pos, "bit-field %s has negative width %d", name, m.Bits)
	case m.Bits > size:
		b.fault(m.Pos, "bit-field %s has width %d, its type %s has %d bits", name, m.Bits, m.Type.C, size)
	case m.Bits == 0 && m.Name != "":
		b.fault(m.Pos, "bit-field %s has width 0: only one without name can", name)
	default:
		return true
	}
	return false
}

// checkFlexible reports an array without length that is not at the end.
func (b *builder) checkFlexible(r *model.Record) {
	if r.Kind == model.Union {
		return
	}
	for i, m := range r.Members {
		if i < len(r.Members)-1 && m.Type.Kind == model.Array && m.Type.Len < 0 {
			b.fault(m.Pos, "member %s is an array without length, but not the last member", m.Name)
		}
	}
}
