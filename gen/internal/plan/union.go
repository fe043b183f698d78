package plan

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/rules"
)

// union plans members that lie on each other. The first integer that covers
// the union is a field, every other member is methods; without such an
// integer the bytes are an unexported carrier, and all members are methods.
// So an arm that a later kernel adds changes nothing of what is there.
func (m *members) union(u *model.Record, base int64, prefix string) {
	if m.loneArm(u) {
		m.structure(u, base, prefix)
		return
	}
	size := m.b.Layout.Record(u).Size
	leaves := m.leaves(u, base, prefix)
	var store *Field
	cover := -1
	for i, l := range leaves {
		if m.covers(l, base, size) {
			cover = i
			break
		}
	}
	first := len(m.rec.Access)
	if cover >= 0 {
		if m.field(leaves[cover]) == nil {
			return // refused
		}
		store = m.rec.Fields[len(m.rec.Fields)-1]
	} else if size > 0 {
		store = m.carrier(base, size, m.b.Layout.Record(u).Align)
	}
	own := m.rec.Access[first:]
	m.rec.Access = m.rec.Access[:first:first]
	for i, l := range leaves {
		if i == cover {
			m.rec.Access = append(m.rec.Access, own...)
		} else {
			m.arm(l, store)
		}
	}
	if cover >= 0 {
		m.mention(store, first)
	}
}

// loneArm tells a union that is none to Go: the kernel wraps a struct and a
// flexible array in one, since C wants the array to be last.
func (m *members) loneArm(u *model.Record) bool {
	arms, flex := 0, false
	for _, l := range m.direct(u, 0, "") {
		if l.size > 0 || l.m.Bitfield {
			arms++
		} else {
			flex = true
		}
	}
	return arms == 1 && flex
}

// leaves lists the members that can be reached through anonymous records.
func (m *members) leaves(r *model.Record, base int64, prefix string) []leaf {
	var out []leaf
	for _, l := range m.direct(r, base, prefix) {
		if in := l.nested(); in != nil {
			out = append(out, m.leaves(in, l.offset, prefix)...)
		} else {
			out = append(out, l)
		}
	}
	return out
}

// covers tells whether a member is an integer with all bytes of the union.
func (m *members) covers(l leaf, base, size int64) bool {
	kind := l.m.Type.Kind
	return l.offset == base && l.size == size && !l.m.Bitfield && l.class != rules.Padding &&
		(kind == model.Int || kind == model.EnumType) && m.aligned(l.offset, l.size)
}

// carrier is the field for the bytes of a union: words as large as C aligns
// it, so that every arm is aligned in Go as well.
func (m *members) carrier(base, size, align int64) *Field {
	word := min(align, 8)
	for word > 1 && (size%word != 0 || !m.aligned(base, word)) {
		word /= 2
	}
	elem := "byte"
	if word > 1 {
		elem = fmt.Sprintf("uint%d", word*8)
	}
	f := &Field{
		Name: m.scope.Free(fmt.Sprintf("union%d", base)), Type: fmt.Sprintf("[%d]%s", size/word, elem),
		Offset: base, Size: size, Word: word,
	}
	m.align = max(m.align, word)
	m.rec.Fields = append(m.rec.Fields, f)
	return f
}

// arm plans a member of a union that is not its field.
func (m *members) arm(l leaf, store *Field) {
	switch {
	case l.class != rules.Plain:
		return
	case l.m.Bitfield:
		m.bits(l, store)
		return
	case l.flexible():
		m.flexible(l)
		return
	}
	t, ok := m.typed(l)
	if !ok {
		return
	}
	if loose := l.offset%t.align != 0 || t.align > cmp.Or(store.Word, store.Size); loose && (!t.scalar || t.float) {
		m.refuse(l.m.Pos, "%s: Go aligns it to %d bytes, and packing has put it where that cannot be; only integers can be read from there", l.path, t.align)
		return
	}
	a := m.methods(l, t, store, "")
	if store.Word == 0 && a.Offset == store.Offset && a.Size == store.Size && t.scalar && !t.float {
		a.Field, a.FieldType = store.Name, store.Type
	}
}

// mention tells in the doc of a union's field what else its bytes can be.
func (m *members) mention(f *Field, first int) {
	var names []string
	for _, a := range m.rec.Access[first:] {
		if a.Getter != "" && a.Kind != Flexible {
			names = append(names, a.Getter)
		}
	}
	if len(names) > 0 && naming.Valid(f.Name) {
		f.Doc = paragraphs(f.Doc, "The same bytes can be "+strings.Join(names, ", ")+".")
	}
}
