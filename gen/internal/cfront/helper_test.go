package cfront_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// tree makes a source of "name", "text" pairs.
func tree(files ...string) *source.Source {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return source.FromFS(m)
}

func parseFor(t *testing.T, goarch, text string) *model.Unit {
	t.Helper()
	u, err := cfront.Parse(tree("h.h", text), target.ByGOARCH(goarch), []string{"h.h"}, cfront.Options{})
	if err != nil {
		t.Fatalf("%s: %v", goarch, err)
	}
	return u
}

func parse(t *testing.T, text string) *model.Unit {
	t.Helper()
	return parseFor(t, "amd64", text)
}

// show prints a unit in a form that is easy to read and to compare.
func show(u *model.Unit) string {
	var b strings.Builder
	for _, r := range u.Records {
		fmt.Fprintf(&b, "%s %s%s%s\n", r.Kind, or(r.Tag), typedefName(r), flags(r.Packed, r.Aligned, r.Pack))
		for _, m := range r.Members {
			fmt.Fprintf(&b, "\t%s %s%s%s\n", or(m.Name), showType(m.Type), bits(m), flags(m.Packed, m.Aligned, 0))
		}
	}
	for _, e := range u.Enums {
		fmt.Fprintf(&b, "enum %s %s:", or(e.Tag), bases[e.Base])
		for _, c := range e.Consts {
			fmt.Fprintf(&b, " %s=%s", c.Name, c.Value)
		}
		b.WriteString("\n")
	}
	for _, td := range u.Typedefs {
		fmt.Fprintf(&b, "typedef %s %s\n", td.Name, showType(td.Type))
	}
	for _, m := range u.Macros {
		fmt.Fprintf(&b, "%s\n", showMacro(m))
	}
	return b.String()
}

func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func typedefName(r *model.Record) string {
	if r.Typedef == "" {
		return ""
	}
	return " typedef " + r.Typedef
}

func flags(packed bool, aligned, pack int64) string {
	s := ""
	if packed {
		s += " packed"
	}
	if aligned != 0 {
		s += fmt.Sprintf(" aligned(%d)", aligned)
	}
	if pack != 0 {
		s += fmt.Sprintf(" pack(%d)", pack)
	}
	return s
}

func bits(m *model.Member) string {
	if !m.Bitfield {
		return ""
	}
	return fmt.Sprintf(" :%d", m.Bits)
}

var bases = map[model.Base]string{
	model.Char: "char", model.SChar: "schar", model.UChar: "uchar", model.Short: "short", model.UShort: "ushort",
	model.IntBase: "int", model.UInt: "uint", model.Long: "long", model.ULong: "ulong",
	model.LongLong: "llong", model.ULongLong: "ullong", model.Int128: "int128", model.UInt128: "uint128",
	model.FloatBase: "float", model.Double: "double", model.LongDouble: "ldouble",
}

func showType(t *model.Type) string {
	s := t.C
	switch t.Kind {
	case model.Array:
		s = fmt.Sprintf("[%d]%s", t.Len, showType(t.Elem))
		if t.Len < 0 {
			s = "[]" + showType(t.Elem)
		}
	case model.Pointer:
		s = "*func"
		if t.Elem != nil {
			s = "*" + showType(t.Elem)
		}
	case model.RecordType:
		if t.Record == nil {
			s += "(incomplete)"
		}
	case model.Int:
		if b := bases[t.Base]; b != s {
			s += "=" + b
		}
	}
	if t.Aligned != 0 {
		s += fmt.Sprintf("@%d", t.Aligned)
	}
	return s
}

func showMacro(m *model.Macro) string {
	switch m.Kind {
	case model.IntMacro:
		return fmt.Sprintf("%s = %s %s", m.Name, m.Value, bases[m.Base])
	case model.StringMacro:
		return fmt.Sprintf("%s = %q", m.Name, m.Text)
	case model.FloatMacro:
		return m.Name + " = float"
	case model.FunctionMacro:
		return fmt.Sprintf("%s(%s) %s", m.Name, strings.Join(m.Params, ","), m.Body)
	}
	return m.Name + " " + m.Body
}

// errorOf is the text of the error that headers give, "" if none.
func errorOf(src *source.Source, goarch string, headers ...string) string {
	_, err := cfront.Parse(src, target.ByGOARCH(goarch), headers, cfront.Options{})
	if err != nil {
		return err.Error()
	}
	return ""
}

func mustParse(t *testing.T, src *source.Source, headers ...string) *model.Unit {
	t.Helper()
	u, err := cfront.Parse(src, target.ByGOARCH("amd64"), headers, cfront.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}
