package cgen

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// writer turns declarations into text and keeps the first error.
type writer struct {
	// aligned is the alignment that a typedef of the header gives by itself:
	// a use of it needs no attribute of its own.
	aligned map[string]int64
	// nameless are the enumerations without a name that a member defines: they
	// are written there, true once that is done.
	nameless map[*model.Enum]bool
	err      error
}

func newWriter(d *Decls) *writer {
	w := &writer{aligned: map[string]int64{}, nameless: map[*model.Enum]bool{}}
	for _, t := range d.Typedefs {
		w.aligned[t.Name] = t.Type.Aligned
	}
	for _, r := range d.Records {
		for e := range usedEnums(r) {
			if e.Tag == "" && e.Typedef == "" {
				w.nameless[e] = false
			}
		}
	}
	return w
}

// usedEnums is the set of enumerations that members of a record are of.
func usedEnums(r *model.Record) map[*model.Enum]bool {
	out := map[*model.Enum]bool{}
	for _, m := range r.Members {
		t := m.Type
		for t.Kind == model.Array {
			t = t.Elem
		}
		if t.Enum != nil {
			out[t.Enum] = true
		}
		if inner := m.InPlace(r); inner != nil {
			maps.Copy(out, usedEnums(inner))
		}
	}
	return out
}

func (w *writer) fail(pos model.Pos, format string, args ...any) {
	w.err = errors.Join(w.err, fmt.Errorf("%s: %s", pos, fmt.Sprintf(format, args...)))
}

// macro writes the value, never the expression, but for a macro that stands
// for itself: that only tells the preprocessor of an enumerator.
func (w *writer) macro(m *model.Macro) string {
	switch {
	case m.Body == m.Name:
		return fmt.Sprintf("#define %s %s\n", m.Name, m.Name)
	case m.Kind == model.IntMacro:
		return fmt.Sprintf("#define %s %s\n", m.Name, Literal(m.Value, m.Base))
	case m.Kind == model.StringMacro:
		return fmt.Sprintf("#define %s %s\n", m.Name, quote(m.Text))
	}
	w.fail(m.Pos, "macro %s has no value to write", m.Name)
	return ""
}

func (w *writer) enum(e *model.Enum) string {
	var b strings.Builder
	if e.Tag == "" && e.Typedef != "" {
		b.WriteString("typedef ")
	}
	b.WriteString("enum ")
	if e.Tag != "" {
		b.WriteString(e.Tag + " ")
	}
	b.WriteString("{\n")
	for _, c := range e.Consts {
		fmt.Fprintf(&b, "\t%s = %s,\n", c.Name, enumerator(c.Value))
	}
	b.WriteString("}")
	if e.Tag == "" && e.Typedef != "" {
		b.WriteString(" " + e.Typedef)
	}
	b.WriteString(";\n")
	return b.String()
}

// enumInPlace is the definition of an enumeration as a member's type.
func enumInPlace(e *model.Enum) string {
	var list []string
	for _, c := range e.Consts {
		list = append(list, c.Name+" = "+enumerator(c.Value))
	}
	return "enum { " + strings.Join(list, ", ") + " }"
}

// typedef is empty for a typedef that its record or enumeration writes.
func (w *writer) typedef(t *model.Typedef) string {
	switch x := t.Type; {
	case x.Kind == model.RecordType && x.Record != nil && x.Record.Tag == "" && x.Record.Typedef == t.Name,
		x.Kind == model.EnumType && x.Enum != nil && x.Enum.Tag == "" && x.Enum.Typedef == t.Name:
		return ""
	}
	return fmt.Sprintf("typedef %s%s;\n", w.declare(t.Pos, t.Type, t.Name), attributes(false, w.raised(t.Type)))
}

// raised is the alignment that a use of a type has to say, since what it is
// called does not.
func (w *writer) raised(t *model.Type) int64 {
	if a, ok := w.aligned[t.C]; ok && a == t.Aligned {
		return 0
	}
	return t.Aligned
}

// declare is a C declaration of name with type t, without the semicolon.
func (w *writer) declare(pos model.Pos, t *model.Type, name string) string {
	switch {
	case t.Kind == model.Array:
		n := ""
		if t.Len >= 0 {
			n = fmt.Sprint(t.Len)
		}
		return w.declare(pos, t.Elem, name+"["+n+"]")
	case t.Kind == model.Func || t.Kind == model.Pointer && (t.Elem == nil || t.Elem.Kind == model.Func):
		w.fail(pos, "%s: cannot write a pointer to a function; leave it out", name)
		return ""
	case t.Kind == model.Pointer && t.Elem.Kind == model.Array:
		return w.declare(pos, t.Elem, "(*"+name+")")
	case t.Kind == model.Pointer:
		return w.declare(pos, t.Elem, "*"+name)
	}
	return strings.TrimSuffix(w.typeName(pos, t)+" "+name, " ")
}

func (w *writer) typeName(pos model.Pos, t *model.Type) string {
	done, inPlace := w.nameless[t.Enum]
	switch {
	case inPlace && done:
		w.fail(pos, "a second use of an enumeration without a name cannot be written; leave it out")
		return "int"
	case inPlace:
		w.nameless[t.Enum] = true
		return enumInPlace(t.Enum)
	case t.C != "":
		return t.C
	case t.Kind == model.Void:
		return "void"
	case t.Kind == model.Bool:
		return "_Bool"
	case t.Kind == model.RecordType && t.Record != nil && t.Record.Tag != "":
		return t.Record.Kind.String() + " " + t.Record.Tag
	case t.Kind == model.RecordType && t.Record != nil && t.Record.Typedef != "":
		return t.Record.Typedef
	case t.Kind == model.EnumType && t.Enum != nil && t.Enum.Tag != "":
		return "enum " + t.Enum.Tag
	case t.Kind == model.EnumType && t.Enum != nil && t.Enum.Typedef != "":
		return t.Enum.Typedef
	}
	w.fail(pos, "type without a name")
	return "int"
}

// attributes is the GNU attribute list, with a space in front, or nothing.
func attributes(packed bool, aligned int64) string {
	var list []string
	if packed {
		list = append(list, "packed")
	}
	switch {
	case aligned < 0:
		list = append(list, "aligned")
	case aligned > 0:
		list = append(list, fmt.Sprintf("aligned(%d)", aligned))
	}
	if len(list) == 0 {
		return ""
	}
	return " __attribute__((" + strings.Join(list, ", ") + "))"
}
