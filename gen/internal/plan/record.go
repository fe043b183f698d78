package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/rules"
)

// record plans a record once, those it contains first.
func (x *builder) record(r *model.Record) {
	p := x.records[r]
	if p == nil || p.Fields != nil {
		return
	}
	p.Fields = []*Field{} // begun
	file := x.file(r.Pos.File)
	at := len(file.Records)
	p.Doc = x.recordDoc(p, r.Pos.File, r.Comment)
	m := &members{builder: x, rec: p, scope: naming.NewScope("type " + p.Name)}
	if r.Kind == model.Union {
		m.union(r, 0, p.Tag+".")
	} else {
		m.structure(r, 0, p.Tag+".")
	}
	m.finish()
	x.aligns[p.Name] = m.align
	// What is in place comes after what it is a part of.
	file.Records = slices.Insert(file.Records, at, p)
}

// members is a record being planned.
type members struct {
	*builder
	rec   *Record
	scope *naming.Scope
	align int64 // what Go needs

	lastBits *Field // that bitStore made last
}

// leaf is a member at its place in the record.
type leaf struct {
	m      *model.Member
	owner  *model.Record
	path   string // in the tables
	offset int64
	bit    int64
	size   int64
	class  rules.Class
}

func (l *leaf) flexible() bool { return l.m.Type.Kind == model.Array && l.m.Type.Len <= 0 }

// nested is the anonymous record that a member is, nil if it is none.
func (l *leaf) nested() *model.Record {
	if l.m.Name != "" {
		return nil
	}
	return l.m.InPlace(l.owner)
}

// direct lists the members of r itself, r being at base.
func (m *members) direct(r *model.Record, base int64, prefix string) []leaf {
	where := m.b.Layout.Record(r)
	var out []leaf
	for i, c := range r.Members {
		w := where.Members[i]
		out = append(out, leaf{
			m: c, owner: r, path: prefix + c.Name, class: m.b.Class(c),
			offset: base + w.Offset, bit: base*8 + w.BitOffset, size: w.Size,
		})
	}
	return out
}

// structure plans members that lie one behind the other.
func (m *members) structure(r *model.Record, base int64, prefix string) {
	for _, l := range m.direct(r, base, prefix) {
		switch in := l.nested(); {
		case l.class == rules.Nothing:
		case in != nil && in.Kind == model.Union:
			m.union(in, l.offset, prefix)
		case in != nil:
			m.structure(in, l.offset, prefix)
		case l.m.Bitfield:
			m.bits(l, nil)
		case l.flexible():
			m.flexible(l)
		default:
			m.field(l)
		}
	}
}

// field plans a member that is a field of its own.
func (m *members) field(l leaf) *Access {
	t, ok := m.typed(l)
	if !ok {
		return nil
	}
	if l.class == rules.Padding {
		return nil // finish fills the hole
	}
	if !m.aligned(l.offset, t.align) {
		return m.unaligned(l, t)
	}
	m.align = max(m.align, t.align)
	f := &Field{Name: m.name(l), Type: t.name, Offset: l.offset, Size: l.size}
	f.Doc = m.memberDoc(m.rec, f.Name, l.path, l.m, where(l), "")
	m.rec.Fields = append(m.rec.Fields, f)
	return m.access(l, &Access{
		GoType: t.name, Doc: m.b.Doc(l.path), Field: f.Name, FieldType: t.name,
	})
}

// typed is the Go type of a member; without one it is refused.
func (m *members) typed(l leaf) (goType, bool) {
	t, err := m.typeOf(l.m.Type, l.path)
	if err != nil {
		m.refuse(l.m.Pos, "%s: %v", l.path, err)
		return t, false
	}
	return t, true
}

// name claims the Go name of a member. Members without a meaning are kept
// from the API, so that a meaning shows as something new.
func (m *members) name(l leaf) string {
	if l.class == rules.Reserved {
		return m.scope.Free(naming.Unexported(l.m.Name))
	}
	name := cmp.Or(m.b.Rename(l.path), naming.Identifier(l.m.Name))
	m.fail(m.scope.Claim(name, "member "+l.path, l.m.Pos))
	return name
}

func (m *members) access(l leaf, a *Access) *Access {
	a.C, a.Offset, a.Size = l.m.Name, l.offset, l.size
	m.rec.Access = append(m.rec.Access, a)
	return a
}

// aligned tells whether Go can have something of that alignment there: it
// would otherwise move it, or make the record larger.
func (m *members) aligned(offset, align int64) bool {
	return align <= 1 || offset%align == 0 && m.rec.Size%align == 0
}

// unaligned plans a member that packing has put where Go would not: bytes,
// with methods.
func (m *members) unaligned(l leaf, t goType) *Access {
	if !t.scalar || t.float {
		m.refuse(l.m.Pos, "%s: Go aligns it to %d bytes, and it is at %d of %d; only integers can be read from there", l.path, t.align, l.offset, m.rec.Size)
		return nil
	}
	f := &Field{Name: m.scope.Free(naming.Unexported(l.m.Name)), Type: fmt.Sprintf("[%d]byte", l.size), Offset: l.offset, Size: l.size, Word: 1}
	m.rec.Fields = append(m.rec.Fields, f)
	if l.class == rules.Reserved {
		return nil
	}
	return m.methods(l, t, f, "")
}

// methods plans a getter and a setter.
func (m *members) methods(l leaf, t goType, store *Field, union string) *Access {
	name := m.name(l)
	a := &Access{GoType: t.name, Getter: name, Store: store}
	a.Doc = m.memberDoc(m.rec, name, l.path, l.m, where(l), union)
	if t.scalar {
		a.Setter = "Set" + name
		m.fail(m.scope.Claim(a.Setter, "the setter of "+l.path, l.m.Pos))
	} else {
		a.Kind = Pointer
	}
	return m.access(l, a)
}

// bits plans a bit-field. store is what holds it in a union.
func (m *members) bits(l leaf, store *Field) {
	if l.m.Bits == 0 {
		return
	}
	first := l.bit % 8
	b := &Bits{First: first, Width: l.m.Bits, Bytes: (first + l.m.Bits + 7) / 8}
	l.offset, l.size = l.bit/8, b.Bytes
	if store == nil {
		store = m.bitStore(l)
	}
	if l.m.Name == "" || l.class != rules.Plain {
		return
	}
	t, ok := m.typed(l)
	if !ok {
		return
	}
	if b.Bytes > 8 {
		m.refuse(l.m.Pos, "%s: a bit-field in %d bytes is more than this generator can read", l.path, b.Bytes)
		return
	}
	b.Signed = t.signed
	name := m.name(l)
	a := m.access(l, &Access{GoType: t.name, Getter: name, Setter: "Set" + name, Store: store, Bits: b})
	m.fail(m.scope.Claim(a.Setter, "the setter of "+l.path, l.m.Pos))
	a.Doc = m.memberDoc(m.rec, name, l.path, l.m, fmt.Sprintf("C: %s at %d, %s from bit %d.", l.m.Name, l.offset, count(b.Width, "bit"), first), "")
}

// bitStore is the bytes that hold the bits of l, together with the bit-fields
// before it.
func (m *members) bitStore(l leaf) *Field {
	if n := len(m.rec.Fields); n > 0 {
		f := m.rec.Fields[n-1]
		if f == m.lastBits && f.Offset+f.Size >= l.offset {
			f.Size = max(f.Size, l.offset+l.size-f.Offset)
			f.Type = fmt.Sprintf("[%d]byte", f.Size)
			return f
		}
	}
	f := &Field{Name: m.scope.Free(fmt.Sprintf("bits%d", l.offset)), Type: fmt.Sprintf("[%d]byte", l.size), Offset: l.offset, Size: l.size, Word: 1}
	m.rec.Fields = append(m.rec.Fields, f)
	m.lastBits = f
	return f
}

// flexible plans an array whose length the record does not say.
func (m *members) flexible(l leaf) {
	t, ok := m.typed(l)
	if !ok || l.class != rules.Plain {
		return
	}
	if l.offset%max(t.align, 1) != 0 {
		m.refuse(l.m.Pos, "%s: Go aligns its elements to %d bytes, and it begins at %d", l.path, t.align, l.offset)
		return
	}
	name := m.name(l)
	elem := t.name[len("[0]"):]
	a := m.access(l, &Access{GoType: elem, Getter: name, Kind: Flexible})
	a.Size = 0
	a.Doc = m.memberDoc(m.rec, name, l.path, l.m, fmt.Sprintf("C: %s, from %d on.", l.m.Name, l.offset), "")
}

// finish sorts the fields and fills the holes: every byte of the C record is
// in a field, so that all targets agree where the next one is.
func (m *members) finish() {
	p := m.rec
	slices.SortStableFunc(p.Fields, func(a, b *Field) int { return cmp.Compare(a.Offset, b.Offset) })
	var fields []*Field
	end := int64(0)
	fill := func(to int64) {
		if to > end {
			fields = append(fields, &Field{Name: "_", Type: fmt.Sprintf("[%d]byte", to-end), Offset: end, Size: to - end})
		}
	}
	for _, f := range p.Fields {
		fill(f.Offset)
		fields = append(fields, f)
		end = f.Offset + f.Size
	}
	fill(p.Size)
	p.Fields = fields
	m.align = max(m.align, 1)
}

func where(l leaf) string {
	return fmt.Sprintf("C: %s at %d, %s.", l.m.Name, l.offset, count(l.size, "byte"))
}
