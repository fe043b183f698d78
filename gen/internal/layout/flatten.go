package layout

import "github.com/uringgen/uringgen/gen/internal/model"

// Flat is a named member as a C program reaches it, from the start of the
// outermost record.
type Flat struct {
	// Path is the names on the way, dotted: "off", "socket.family". Members
	// of anonymous records belong to the enclosing record and show no trace
	// of it. An array on the way stands for its first element.
	Path string
	// Expr is Path as offsetof understands it: "regs[0].addr".
	Expr string
	// Owner is the record that declares Member; it may be an in-place one.
	Owner  *model.Record
	Member *model.Member
	Depth  int // how many dots Path has

	Offset    int64 // bytes
	BitOffset int64 // see Member
	Size      int64 // bytes, of the declared type; 0 for a flexible array
	Align     int64
}

// Flatten lists the named members of r in order of declaration, each followed
// by the members of the record that its declaration defines in place without
// a tag. What has a tag is a record of its own and is not entered.
func (l *Layout) Flatten(r *model.Record) []Flat {
	var out []Flat
	l.flatten(r, Flat{}, &out)
	return out
}

// flatten appends the members of r, which lies at and is called as at says.
func (l *Layout) flatten(r *model.Record, at Flat, out *[]Flat) {
	where := l.Record(r).Members
	if len(where) != len(r.Members) {
		return // not a record of this unit
	}
	for i, m := range r.Members {
		f := Flat{
			Path: at.Path + m.Name, Expr: at.Expr + m.Name,
			Owner: r, Member: m, Depth: at.Depth,
			Offset: at.Offset + where[i].Offset, BitOffset: at.BitOffset + where[i].BitOffset,
			Size: where[i].Size, Align: where[i].Align,
		}
		inner := m.InPlace(r)
		if m.Name != "" {
			*out = append(*out, f)
			f.Path, f.Expr, f.Depth = f.Path+".", f.Expr+subscripts(m.Type)+".", f.Depth+1
		}
		if inner != nil && inner.Tag == "" {
			l.flatten(inner, f, out)
		}
	}
}

// subscripts is "[0]" for each dimension of an array.
func subscripts(t *model.Type) string {
	s := ""
	for ; t != nil && t.Kind == model.Array; t = t.Elem {
		s += "[0]"
	}
	return s
}
