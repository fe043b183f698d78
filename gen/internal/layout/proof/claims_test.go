package proof_test

import (
	"fmt"
	"math"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// claims collects assertions in C.
type claims struct {
	text strings.Builder
	n    int

	// anyLong takes long for long long where both have 64 bits. Some
	// architectures' originals define __u64 as the one, the canonical headers
	// as the other everywhere.
	anyLong bool
}

// that asserts a condition, which is its own message: not all compilers quote
// what does not hold.
func (c *claims) that(format string, args ...any) {
	c.n++
	cond := fmt.Sprintf(format, args...)
	fmt.Fprintf(&c.text, "_Static_assert(%s, %q);\n", cond, cond)
}

// sameType asserts that the type of expr is one that baseName or cType spell.
func (c *claims) sameType(expr, name string) {
	const same = "__builtin_types_compatible_p(__typeof__(%s), %s)"
	if c.anyLong && strings.Contains(name, "long long") {
		c.that(same+" || "+same, expr, name, expr, strings.Replace(name, "long long", "long", 1))
		return
	}
	c.that(same, expr, name)
}

// claimAll states everything that we say about o.
func claimAll(o ours) *claims {
	c := &claims{}
	c.all(o)
	return c
}

func (c *claims) all(o ours) {
	for _, r := range o.unit.Records {
		if ref := recordRef(r); ref != "" {
			c.record(o.layout, r, ref)
		}
	}
	for _, e := range o.unit.Enums {
		c.enum(o.layout, e)
	}
	for _, m := range o.unit.Macros {
		if m.Kind == model.IntMacro {
			c.value(m.Name, m.Value)
			c.sameType(m.Name, baseName(m.Base))
		}
	}
}

// record claims a record under the name that C knows it by.
func (c *claims) record(l *layout.Layout, r *model.Record, ref string) {
	x := l.Record(r)
	c.that("sizeof(%s) == %d", ref, x.Size)
	c.that("_Alignof(%s) == %d", ref, x.Align)
	for _, f := range l.Flatten(r) {
		if f.Member.Bitfield {
			continue // has no address; the enumeration compares it
		}
		c.that("__builtin_offsetof(%s, %s) == %d", ref, f.Expr, f.Offset)
		c.memberType(l, f, fmt.Sprintf("((%s *)0)->%s", ref, f.Expr))
	}
}

// memberType claims size and type of a member, which is reached by expr.
func (c *claims) memberType(l *layout.Layout, f layout.Flat, expr string) {
	t := f.Member.Type
	if !open(t) {
		c.that("sizeof(%s) == %d", expr, f.Size)
	}
	if name, ok := cType(t, ""); ok {
		c.sameType(expr, name)
	}
	if in := f.Member.InPlace(f.Owner); in != nil && t.Kind == model.RecordType {
		// What has no name can only be asked about through its member.
		c.that("_Alignof(__typeof__(%s)) == %d", expr, l.Record(in).Align)
	}
}

func (c *claims) enum(l *layout.Layout, e *model.Enum) {
	for _, k := range e.Consts {
		c.value(k.Name, k.Value)
	}
	ref := ""
	switch {
	case e.Tag != "":
		ref = "enum " + e.Tag
	case e.Typedef != "":
		ref = e.Typedef
	default:
		return
	}
	size, align := l.Type(&model.Type{Kind: model.EnumType, Enum: e})
	c.that("sizeof(%s) == %d", ref, size)
	c.that("_Alignof(%s) == %d", ref, align)
	c.that("((%s)-1 < 0) == %d", ref, btoi(l.Target.Signed(e.Base)))
}

// value claims a constant's value and sign.
func (c *claims) value(name string, v model.Value) {
	if v.Negative {
		c.that("(%s) == %s && (%s) < 0", name, literal(v), name)
	} else {
		c.that("(%s) == %s && !((%s) < 0)", name, literal(v), name)
	}
}

func literal(v model.Value) string {
	switch {
	case !v.Negative:
		return v.String() + "ULL"
	case v.Int64() == math.MinInt64:
		return "(-9223372036854775807LL-1)"
	}
	return v.String() + "LL"
}

// recordRef is how C names a record, "" if it has no name.
func recordRef(r *model.Record) string {
	if r.Tag != "" {
		return r.Kind.String() + " " + r.Tag
	}
	return r.Typedef
}

// open tells a type without sizeof.
func open(t *model.Type) bool { return t.Kind == model.Array && t.Len < 0 }

// cType spells a type by what it is made of, not by its typedef, so that the
// compiler checks what the typedef stands for. dims are outer dimensions.
func cType(t *model.Type, dims string) (string, bool) {
	switch t.Kind {
	case model.Bool:
		return "_Bool" + dims, true
	case model.Int, model.Float:
		return baseName(t.Base) + dims, true
	case model.Array:
		n := "[]"
		if t.Len >= 0 {
			n = fmt.Sprintf("[%d]", t.Len)
		}
		return cType(t.Elem, dims+n)
	case model.EnumType:
		if t.Enum.Tag != "" {
			return "enum " + t.Enum.Tag + dims, true
		}
		return baseName(t.Enum.Base) + dims, t.Enum.Base != model.NoBase
	case model.RecordType:
		ref := recordRef(t.Record)
		return ref + dims, ref != ""
	case model.Pointer:
		// Of pointers the model keeps no qualifiers.
		return "", false
	}
	return "", false
}

var baseNames = map[model.Base]string{
	model.Char: "char", model.SChar: "signed char", model.UChar: "unsigned char",
	model.Short: "short", model.UShort: "unsigned short",
	model.IntBase: "int", model.UInt: "unsigned int",
	model.Long: "long", model.ULong: "unsigned long",
	model.LongLong: "long long", model.ULongLong: "unsigned long long",
	model.Int128: "__int128", model.UInt128: "unsigned __int128",
	model.FloatBase: "float", model.Double: "double", model.LongDouble: "long double",
}

func baseName(b model.Base) string {
	if s, ok := baseNames[b]; ok {
		return s
	}
	return fmt.Sprintf("no_base_%d", b) // does not compile
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// enumerate is what we have, in the terms of the compiler's enumeration.
func enumerate(o ours, x arch) listing {
	out := listing{}
	for _, r := range o.unit.Records {
		name := r.Name()
		if name == "" {
			continue
		}
		out.add("rec "+recordRef(r), o.layout.Record(r).Size)
		for _, f := range o.layout.Flatten(r) {
			key := "fld " + recordRef(r) + "." + f.Path
			// Debug information does not tell a bit-field as wide as its type
			// from a plain member.
			if f.Member.Bitfield && f.Member.Bits < f.Size*8 {
				out.add(key, f.BitOffset, "bits", f.Member.Bits)
			} else {
				out.add(key, f.BitOffset, "size", f.Size)
			}
		}
	}
	for _, e := range o.unit.Enums {
		if e.Tag != "" {
			out.add("enum "+e.Tag, x.Size(e.Base))
		}
		for _, k := range e.Consts {
			out.add("enumerator "+k.Name, k.Value.Int64())
		}
	}
	return out
}
