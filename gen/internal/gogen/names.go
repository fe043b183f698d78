package gogen

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// family is a defined type and its constants.
type family struct {
	*plan.Type
	consts []*value // one for each value, in order of value
}

// value is a constant with its number.
type value struct {
	*plan.Const
	n   int64  // of enums
	bit uint64 // of flags: the number itself
}

// families lists the types of a package with the constants that have names of
// their own: of two with the same value, the first one; of flags, single bits.
func families(p *plan.Package) []*family {
	var out []*family
	byName := map[string]*family{}
	for _, f := range p.Files {
		for _, t := range f.Types {
			x := &family{Type: t}
			out = append(out, x)
			byName[t.Name] = x
		}
	}
	for _, f := range p.Files {
		for _, g := range f.Consts {
			for _, c := range g.Consts {
				if x := byName[c.Type]; x != nil {
					x.add(c)
				}
			}
		}
	}
	for _, x := range out {
		slices.SortStableFunc(x.consts, func(a, b *value) int {
			if x.signed() {
				return int(min(max(a.n-b.n, -1), 1))
			}
			return compare(a.bit, b.bit)
		})
	}
	return out
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (x *family) signed() bool { return strings.HasPrefix(x.Underlying, "int") }

func (x *family) add(c *plan.Const) {
	v := &value{Const: c}
	if n, err := strconv.ParseInt(c.Value, 0, 64); err == nil {
		v.n, v.bit = n, uint64(n)
	} else if n, err := strconv.ParseUint(c.Value, 0, 64); err == nil {
		v.n, v.bit = int64(n), n
	}
	if x.Flags && x.signed() && v.n < 0 {
		v.bit &= 1<<x.width() - 1
	}
	if x.Flags && bits.OnesCount64(v.bit) != 1 {
		return
	}
	if !slices.ContainsFunc(x.consts, func(o *value) bool { return o.bit == v.bit }) {
		x.consts = append(x.consts, v)
	}
}

// width is the number of bits of the type.
func (x *family) width() int {
	n, _ := strconv.Atoi(strings.TrimLeft(x.Underlying, "uint"))
	return n
}

// dense tells that the values of an enum can index an array.
func (x *family) dense() bool {
	n := len(x.consts)
	return n > 0 && !(x.signed() && x.consts[0].n < 0) && x.consts[n-1].bit < uint64(2*n+8)
}

// table is the name of a variable that goes with the type: "opNames".
func (x *family) table(what string) string {
	r := []rune(x.Name)
	// An initialism at the front is lowered as a whole: SQEFlags, sqeFlags.
	for i := range r {
		if i > 0 && i+1 < len(r) && unicode.IsLower(r[i+1]) || !unicode.IsUpper(r[i]) {
			break
		}
		r[i] = unicode.ToLower(r[i])
	}
	return string(r) + what
}

// emitNames writes the String methods.
func emitNames(f *jen.File, p *plan.Package) {
	flags, enums := false, false
	for _, x := range families(p) {
		if x.Flags {
			flags = true
			x.emitFlagNames(f)
		} else {
			enums = enums || x.dense()
			x.emitEnumNames(f)
		}
	}
	if enums {
		f.Comment("// enumName is the name of v, or what it is of if it has none.")
		f.Func().Id("enumName").Params(jen.Id("of").String(), jen.Id("names").Index().String(), jen.Id("v").Uint64()).String().Block(
			jen.If(jen.Id("v").Op("<").Uint64().Call(jen.Len(jen.Id("names"))).Op("&&").Id("names").Index(jen.Id("v")).Op("!=").Lit("")).Block(
				jen.Return(jen.Id("names").Index(jen.Id("v"))),
			),
			jen.Return(jen.Id("of").Op("+").Lit("(").Op("+").Qual("strconv", "FormatUint").Call(jen.Id("v"), jen.Lit(10)).Op("+").Lit(")")),
		).Line()
	}
	if flags {
		emitFlagName(f)
	}
}

func (x *family) emitFlagNames(f *jen.File) {
	f.Comment("// String lists the flags in their C spelling: \"A|B|0x40\", \"0\" if none is set.")
	f.Func().Params(jen.Id("v").Id(x.Name)).Id("String").Params().String().Block(
		jen.Return(jen.Id("flagNames").Call(x.slice("Names"), x.unsigned("v"))),
	).Line()
	x.emitBitTable(f, "Names", func(v *value) (entry, note string) { return v.Name, "" })
}

// unsigned is the bits of a value, without those that its sign adds.
func (x *family) unsigned(v string) *jen.Statement {
	s := jen.Id(v)
	if x.signed() {
		s = jen.Id("u" + x.Underlying).Call(s)
	}
	return jen.Uint64().Call(s)
}

// slice is the table of a type as a slice, nil if it has none.
func (x *family) slice(what string) *jen.Statement {
	if len(x.consts) == 0 {
		return jen.Nil()
	}
	return jen.Id(x.table(what)).Index(jen.Op(":"))
}

// emitBitTable writes a table with an entry for each bit.
func (x *family) emitBitTable(f *jen.File, what string, entry func(*value) (entry, note string)) {
	if len(x.consts) == 0 {
		return
	}
	f.Var().Id(x.table(what)).Op("=").Index(jen.Op("...")).String().CustomFunc(lines, func(s *jen.Group) {
		for _, v := range x.consts {
			text, note := entry(v)
			e := s.Id(strconv.Itoa(bits.TrailingZeros64(v.bit))).Op(":").Lit(text)
			if note != "" {
				e.Op(",").Comment("// " + note)
			} else {
				e.Op(",")
			}
		}
	}).Line()
}

// lines puts each element of a literal on a line of its own.
var lines = jen.Options{Open: "{", Close: "}", Multi: true}

func (x *family) emitEnumNames(f *jen.File) {
	f.Comment("// String is the C spelling, or " + x.Name + "(99) for a value that has none.")
	m := f.Func().Params(jen.Id("v").Id(x.Name)).Id("String").Params().String()
	if !x.dense() {
		m.Block(
			jen.Switch(jen.Id("v")).BlockFunc(func(s *jen.Group) {
				for _, v := range x.consts {
					s.Case(jen.Id(v.Name)).Block(jen.Return(jen.Lit(v.Name)))
				}
			}),
			jen.Return(jen.Lit(x.Name+"(").Op("+").Add(x.decimal("v")).Op("+").Lit(")")),
		).Line()
		return
	}
	m.Block(jen.Return(jen.Id("enumName").Call(jen.Lit(x.Name), x.slice("Names"), jen.Uint64().Call(jen.Id("v"))))).Line()
	f.Var().Id(x.table("Names")).Op("=").Index(jen.Op("...")).String().CustomFunc(lines, func(s *jen.Group) {
		for _, v := range x.consts {
			s.Id(v.Name).Op(":").Lit(v.Name).Op(",")
		}
	}).Line()
}

func (x *family) decimal(v string) *jen.Statement {
	if x.signed() {
		return jen.Qual("strconv", "FormatInt").Call(jen.Int64().Call(jen.Id(v)), jen.Lit(10))
	}
	return jen.Qual("strconv", "FormatUint").Call(jen.Uint64().Call(jen.Id(v)), jen.Lit(10))
}

func emitFlagName(f *jen.File) {
	f.Comment("// flagNames joins the names of the bits of v, and what has no name as a number.")
	f.Func().Id("flagNames").Params(jen.Id("names").Index().String(), jen.Id("v").Uint64()).String().Block(
		jen.Var().Id("s").String(),
		jen.For(jen.List(jen.Id("i"), jen.Id("name")).Op(":=").Range().Id("names")).Block(
			jen.If(jen.Id("name").Op("==").Lit("").Op("||").Id("v").Op("&").Parens(jen.Lit(1).Op("<<").Id("i")).Op("==").Lit(0)).Block(jen.Continue()),
			jen.Id("v").Op("&^=").Lit(1).Op("<<").Id("i"),
			jen.If(jen.Id("s").Op("!=").Lit("")).Block(jen.Id("name").Op("=").Id("s").Op("+").Lit("|").Op("+").Id("name")),
			jen.Id("s").Op("=").Id("name"),
		),
		jen.Switch().Block(
			jen.Case(jen.Id("v").Op("==").Lit(0).Op("&&").Id("s").Op("==").Lit("")).Block(jen.Return(jen.Lit("0"))),
			jen.Case(jen.Id("v").Op("==").Lit(0)).Block(jen.Return(jen.Id("s"))),
			jen.Case(jen.Id("s").Op("!=").Lit("")).Block(jen.Id("s").Op("+=").Lit("|")),
		),
		jen.Return(jen.Id("s").Op("+").Lit("0x").Op("+").Qual("strconv", "FormatUint").Call(jen.Id("v"), jen.Lit(16))),
	).Line()
}
