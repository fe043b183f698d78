// Package facts writes what a set of headers promises as text, one fact a
// line, sorted, so that two kernels or two architectures can be compared with
// any tool that knows lines:
//
//	rec io_uring_sqe 64 8                    size and alignment of a record
//	fld io_uring_sqe.opcode 0 1 __u8         offset, size and type of a member
//	fld x.flags 4.3 :5 __u32                 bit-field: byte.bit and width
//	fld x.tail 8 0 __u64[]                   flexible array
//	cst IORING_REGISTER_FILES_SKIP -2        enumerator or macro
//
// Records go by their tag, or typedef name without one. Records defined in
// place without a tag have no line of their own: their members are reached
// through dotted paths.
package facts

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// The kinds of fact.
const (
	Const  = "cst"
	Field  = "fld"
	Record = "rec"
)

// Fact is one line.
type Fact struct {
	Kind string // Const, Field or Record
	Name string
	Rest string // the columns after the name
}

// String is the line.
func (f Fact) String() string { return f.Kind + " " + f.Name + " " + f.Rest }

// Of lists the facts that the given files of a unit state, sorted. files are
// include names.
func Of(u *model.Unit, l *layout.Layout, files []string) []Fact {
	c := newCollector(l, files)
	c.constants(u)
	c.records(u)
	return c.sorted()
}

// order is the order of lines. Since a space sorts before whatever a name
// can hold, it is also the order of plain bytes.
func order(a, b Fact) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// key is what no two facts share.
type key struct{ kind, name string }

type collector struct {
	l     *layout.Layout
	files map[string]bool
	at    map[key]int // index in facts
	facts []Fact
}

func newCollector(l *layout.Layout, files []string) *collector {
	c := &collector{l: l, at: map[key]int{}, files: map[string]bool{}}
	for _, f := range files {
		c.files[f] = true
	}
	return c
}

func (c *collector) sorted() []Fact {
	slices.SortFunc(c.facts, order)
	return c.facts
}

// add states a fact; what was stated under its name before is replaced.
func (c *collector) add(kind, name, rest string) {
	k := key{kind, name}
	if i, ok := c.at[k]; ok {
		c.facts[i].Rest = rest
		return
	}
	c.at[k] = len(c.facts)
	c.facts = append(c.facts, Fact{kind, name, rest})
}

// constants states enumerators and then macros: where both have a name, the
// macro is what C code sees.
func (c *collector) constants(u *model.Unit) {
	for _, e := range u.Enums {
		for _, k := range e.Consts {
			c.constant(k.Name, k.Pos, k.Value)
		}
	}
	for _, m := range u.Macros {
		if m.Kind == model.IntMacro {
			c.constant(m.Name, m.Pos, m.Value)
		}
	}
}

func (c *collector) constant(name string, pos model.Pos, v model.Value) {
	if c.files[pos.File] {
		c.add(Const, name, v.String())
	}
}

// records states records. C allows a typedef name that is also the tag of
// another record; the tag keeps the name then.
func (c *collector) records(u *model.Unit) {
	tags := map[string]bool{}
	for _, r := range u.Records {
		tags[r.Tag] = true
	}
	for _, r := range u.Records {
		name := r.Name()
		if name == "" || !c.files[r.Pos.File] {
			continue
		}
		if r.Tag == "" && tags[name] {
			name += "__typedef"
		}
		c.record(r, name)
	}
}

func (c *collector) record(r *model.Record, name string) {
	x := c.l.Record(r)
	c.add(Record, name, num(x.Size)+" "+num(x.Align))
	for _, f := range c.l.Flatten(r) {
		if synthetic(f.Owner, f.Member) {
			continue
		}
		where := num(f.Offset) + " " + num(f.Size)
		if f.Member.Bitfield {
			where = num(f.BitOffset/8) + "." + num(f.BitOffset%8) + " :" + num(f.Member.Bits)
		}
		c.add(Field, name+"."+f.Path, where+" "+TypeName(f.Member.Type))
	}
}

// synthetic tells the empty member that the kernel's headers put before a
// flexible array because C wants a struct to have another member.
func synthetic(owner *model.Record, m *model.Member) bool {
	in := m.InPlace(owner)
	return in != nil && len(in.Members) == 0 && strings.HasPrefix(m.Name, "__empty_")
}

// TypeName spells a type for a fact: as the header does, arrays with their
// dimensions behind ("__u8[2][4]", "__u64[]"), pointers with a star, records
// defined in place by their keyword.
func TypeName(t *model.Type) string {
	switch {
	case t == nil:
		return "void"
	case t.Kind == model.Array:
		dims := ""
		for ; t != nil && t.Kind == model.Array; t = t.Elem {
			if t.Len < 0 {
				dims += "[]"
			} else {
				dims += "[" + num(t.Len) + "]"
			}
		}
		return TypeName(t) + dims
	case t.C != "":
		return t.C
	case t.Kind == model.Pointer:
		return TypeName(t.Elem) + "*"
	case t.Kind == model.Func:
		return "function"
	case t.Kind == model.RecordType && t.Record != nil:
		return t.Record.Kind.String() + space(t.Record.Tag)
	case t.Kind == model.EnumType && t.Enum != nil:
		return "enum" + space(t.Enum.Tag)
	}
	return "void"
}

func space(tag string) string {
	if tag == "" {
		return ""
	}
	return " " + tag
}

func num(n int64) string { return strconv.FormatInt(n, 10) }

// Text is the facts as lines. The same facts give the same bytes.
func Text(facts []Fact) string {
	var b strings.Builder
	for _, f := range facts {
		b.WriteString(f.Kind)
		b.WriteByte(' ')
		b.WriteString(f.Name)
		b.WriteByte(' ')
		b.WriteString(f.Rest)
		b.WriteByte('\n')
	}
	return b.String()
}
