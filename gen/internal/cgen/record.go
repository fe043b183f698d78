package cgen

import (
	"fmt"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// record is the definition of a record at file scope.
func (w *writer) record(r *model.Record) string {
	var b strings.Builder
	if r.Pack > 0 {
		fmt.Fprintf(&b, "#pragma pack(push, %d)\n", r.Pack)
	}
	// A typedef takes the alignment of its record; an attribute that stood
	// after the closing brace belongs to the record either way.
	if r.Tag == "" && r.Typedef != "" {
		b.WriteString("typedef ")
	}
	w.body(&b, r, "")
	if r.Tag == "" && r.Typedef != "" {
		b.WriteString(" " + r.Typedef)
	}
	b.WriteString(";\n")
	if r.Pack > 0 {
		b.WriteString("#pragma pack(pop)\n")
	}
	return b.String()
}

// body writes from the keyword to the attributes after the closing brace.
func (w *writer) body(b *strings.Builder, r *model.Record, indent string) {
	b.WriteString(r.Kind.String())
	if r.Tag != "" {
		b.WriteString(" " + r.Tag)
	}
	b.WriteString(" {\n")
	for _, m := range r.Members {
		b.WriteString(indent + "\t")
		w.member(b, r, m, indent+"\t")
		b.WriteString(";\n")
	}
	b.WriteString(indent + "}" + attributes(r.Packed, r.Aligned))
}

func (w *writer) member(b *strings.Builder, owner *model.Record, m *model.Member, indent string) {
	if inner := m.InPlace(owner); inner != nil {
		w.inPlace(b, owner, inner, m, indent)
		return
	}
	b.WriteString(w.declare(m.Pos, m.Type, m.Name))
	if m.Bitfield {
		if m.Name == "" {
			b.WriteString(" ")
		}
		fmt.Fprintf(b, ": %d", m.Bits)
	}
	b.WriteString(attributes(m.Packed, w.memberAlign(m)))
}

// inPlace writes a member together with the record that it defines.
func (w *writer) inPlace(b *strings.Builder, owner, inner *model.Record, m *model.Member, indent string) {
	if inner.Pack != owner.Pack {
		w.fail(inner.Pos, "#pragma pack changes inside a record; cannot be written")
	}
	w.body(b, inner, indent)
	dims := ""
	for t := m.Type; t.Kind == model.Array; t = t.Elem {
		if t.Len < 0 {
			dims += "[]"
		} else {
			dims += fmt.Sprintf("[%d]", t.Len)
		}
	}
	if m.Name != "" || dims != "" {
		b.WriteString(" " + m.Name + dims)
	}
	b.WriteString(attributes(m.Packed, m.Aligned))
}

// memberAlign is the larger of the member's own attribute and what its type
// has from an attribute in the declaration.
func (w *writer) memberAlign(m *model.Member) int64 {
	t := m.Type
	for t.Kind == model.Array {
		t = t.Elem
	}
	if m.Aligned < 0 {
		return m.Aligned
	}
	return max(m.Aligned, w.raised(t))
}
