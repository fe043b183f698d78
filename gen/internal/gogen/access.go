package gogen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// self is the receiver of all methods.
const self = "r"

func number(n int64) string { return strconv.FormatInt(n, 10) }

// emitAccess writes the methods for a member that is no field.
func emitAccess(f *jen.File, r *plan.Record, a *plan.Access) {
	receiver := func() *jen.Statement { return jen.Id(self).Op("*").Id(r.Name) }
	switch {
	case a.Kind == plan.Flexible:
		comment(f.Group, a.Doc+"\n\n"+flexibleNote(a))
		f.Func().Params(receiver()).Id(a.Getter).Params(jen.Id("n").Int()).Index().Id(a.GoType).Block(
			jen.If(jen.Id("n").Op("<=").Lit(0)).Block(jen.Return(jen.Nil())),
			jen.Return(jen.Qual("unsafe", "Slice").Call(cast(a.GoType, add(jen.Qual("unsafe", "Pointer").Call(jen.Id(self)), a.Offset)), jen.Id("n"))),
		).Line()
	case a.Kind == plan.Pointer:
		comment(f.Group, a.Doc)
		f.Func().Params(receiver()).Id(a.Getter).Params().Op("*").Id(a.GoType).Block(
			jen.Return(cast(a.GoType, inStore(a))),
		).Line()
	default:
		get, set := scalar(a)
		comment(f.Group, a.Doc)
		f.Func().Params(receiver()).Id(a.Getter).Params().Id(a.GoType).Block(jen.Return(get)).Line()
		f.Comment("// " + a.Setter + " sets " + a.Getter + ".")
		f.Func().Params(receiver()).Id(a.Setter).Params(jen.Id("v").Id(a.GoType)).Block(set).Line()
	}
}

func flexibleNote(a *plan.Access) string {
	return fmt.Sprintf("%s returns n elements, none if n is not positive. The caller vouches that so many are there: the record does not tell, and its own size does not count them.", a.Getter)
}

// scalar is how the value of a is read, and how v is written.
func scalar(a *plan.Access) (get, set *jen.Statement) {
	field := func(s string) *jen.Statement { return jen.Id(self).Dot(s) }
	switch {
	case a.Bits != nil:
		b := a.Bits
		load := "loadBits"
		if b.Signed {
			load = "loadSignedBits"
		}
		where := []jen.Code{octets(a, b.Bytes), jen.Id(number(b.First)), jen.Id(number(b.Width))}
		return convert(a.GoType, "", jen.Id(load).Call(where...)),
			jen.Id("storeBits").Call(append(where, jen.Id("uint64").Call(jen.Id("v")))...)
	case a.Field != "":
		return convert(a.GoType, a.FieldType, field(a.Field)),
			field(a.Field).Op("=").Add(convert(a.FieldType, a.GoType, jen.Id("v")))
	case isFloat(a.GoType):
		return jen.Op("*").Add(cast(a.GoType, inStore(a))), jen.Op("*").Add(cast(a.GoType, inStore(a))).Op("=").Id("v")
	case inWord(a):
		word := fmt.Sprintf("uint%d", a.Size*8)
		at := func() *jen.Statement {
			return field(a.Store.Name).Index(jen.Id(number((a.Offset - a.Store.Offset) / a.Size)))
		}
		return convert(a.GoType, word, at()), at().Op("=").Add(convert(word, a.GoType, jen.Id("v")))
	case loose(a):
		order, bits := jen.Qual("encoding/binary", "NativeEndian"), fmt.Sprintf("Uint%d", a.Size*8)
		word := strings.ToLower(bits)
		return convert(a.GoType, word, jen.Add(order).Dot(bits).Call(octets(a, a.Size))),
			jen.Add(order).Dot("Put"+bits).Call(octets(a, a.Size), convert(word, a.GoType, jen.Id("v")))
	}
	return jen.Op("*").Add(cast(a.GoType, inStore(a))), jen.Op("*").Add(cast(a.GoType, inStore(a))).Op("=").Id("v")
}

func isFloat(goType string) bool { return strings.HasPrefix(goType, "float") }

// inWord tells that the member is exactly one word of its carrier.
func inWord(a *plan.Access) bool {
	return a.Store.Word == a.Size && (a.Offset-a.Store.Offset)%a.Size == 0
}

// loose tells that the member may be where Go does not align it.
func loose(a *plan.Access) bool {
	limit := a.Store.Word
	if limit == 0 {
		limit = a.Store.Size
	}
	return a.Size > limit || a.Offset%a.Size != 0
}

// octets is the bytes of the record from the member's place on.
func octets(a *plan.Access, n int64) *jen.Statement {
	d := a.Offset - a.Store.Offset
	if a.Store.Word == 1 {
		return jen.Id(self).Dot(a.Store.Name).Index(jen.Id(number(d)), jen.Id(number(d+n)))
	}
	return jen.Qual("unsafe", "Slice").Call(cast("byte", inStore(a)), jen.Id(number(n)))
}

// inStore is an unsafe.Pointer to the member.
func inStore(a *plan.Access) *jen.Statement {
	return add(jen.Qual("unsafe", "Pointer").Call(jen.Op("&").Id(self).Dot(a.Store.Name)), a.Offset-a.Store.Offset)
}

func add(p *jen.Statement, n int64) *jen.Statement {
	if n == 0 {
		return p
	}
	return jen.Qual("unsafe", "Add").Call(p, jen.Id(number(n)))
}

// cast is (*T)(p).
func cast(goType string, p *jen.Statement) *jen.Statement {
	return jen.Parens(jen.Op("*").Id(goType)).Parens(p)
}

// convert is T(x), or x if it is a T already.
func convert(to, from string, x *jen.Statement) *jen.Statement {
	if to == from {
		return x
	}
	return jen.Id(to).Call(x)
}
