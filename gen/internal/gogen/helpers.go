package gogen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

func hasBits(f *plan.File) bool {
	return slices.ContainsFunc(f.Records, func(r *plan.Record) bool {
		return slices.ContainsFunc(r.Access, func(a *plan.Access) bool { return a.Bits != nil })
	})
}

// emitByteOrder writes the types of members with a byte order of their own.
func emitByteOrder(f *jen.File, types []string) {
	for _, t := range types {
		bits, order, words := t[2:], "BigEndian", "big-endian (network)"
		if strings.HasPrefix(t, "LE") {
			order, words = "LittleEndian", "little-endian"
		}
		host, method := "uint"+bits, "Uint"+bits
		octets := jen.Index(jen.Id(number(size(bits)))).Byte()
		bytesOf := func(v string) *jen.Statement {
			return jen.Parens(jen.Op("*").Add(octets)).Parens(jen.Qual("unsafe", "Pointer").Call(jen.Op("&").Id(v))).Index(jen.Op(":"))
		}
		f.Comment("// " + t + " is a " + bits + "-bit number kept in " + words + " byte order, whatever the\n// machine's is. To" + t + " makes one, Host gives its value.")
		f.Type().Id(t).Id(host).Line()
		f.Comment("// To" + t + " puts a number into " + words + " byte order.")
		f.Func().Id("To"+t).Params(jen.Id("n").Id(host)).Params(jen.Id("v").Id(t)).Block(
			jen.Qual("encoding/binary", order).Dot("Put"+method).Call(bytesOf("v"), jen.Id("n")),
			jen.Return(jen.Id("v")),
		).Line()
		f.Comment("// Host is the number in the machine's byte order.")
		f.Func().Params(jen.Id("v").Id(t)).Id("Host").Params().Id(host).Block(
			jen.Return(jen.Qual("encoding/binary", order).Dot(method).Call(bytesOf("v"))),
		).Line()
		f.Comment("// String is the number in decimal.")
		f.Func().Params(jen.Id("v").Id(t)).Id("String").Params().String().Block(
			jen.Return(jen.Qual("strconv", "FormatUint").Call(jen.Uint64().Call(jen.Id("v").Dot("Host").Call()), jen.Lit(10))),
		).Line()
	}
}

// size is the number of bytes for a number of bits.
func size(bits string) int64 {
	switch bits {
	case "16":
		return 2
	case "32":
		return 4
	}
	return 8
}

// emitBits writes what bit-fields are read and written with. Compilers fill
// bit-fields from the least significant bit on little-endian machines, from
// the most significant one on big-endian ones; first counts in that order.
func emitBits(f *jen.File) {
	params := []jen.Code{jen.Id("b").Index().Byte(), jen.Id("first").Op(",").Id("width").Int()}
	f.Comment("// littleEndian tells how the machine orders the bytes of a number.")
	f.Var().Id("littleEndian").Op("=").Qual("encoding/binary", "NativeEndian").Dot("Uint16").Call(jen.Index().Byte().Values(jen.Lit(1), jen.Lit(0))).Op("==").Lit(1).Line()

	f.Comment("// bitUnit is the number that b holds, and by how much the bit-field is shifted in\n// it. Compilers fill b from its least significant bit on little-endian machines,\n// from its most significant one on others; first counts in that order.")
	f.Func().Id("bitUnit").Params(params...).Params(jen.Id("unit").Uint64(), jen.Id("shift").Int()).Block(
		jen.If(jen.Id("littleEndian")).Block(
			jen.For(jen.Id("i").Op(":=").Range().Id("b")).Block(
				jen.Id("unit").Op("|=").Uint64().Call(jen.Id("b").Index(jen.Id("i"))).Op("<<").Parens(jen.Lit(8).Op("*").Id("i")),
			),
			jen.Return(jen.Id("unit"), jen.Id("first")),
		),
		jen.For(jen.Id("i").Op(":=").Range().Id("b")).Block(
			jen.Id("unit").Op("=").Id("unit").Op("<<").Lit(8).Op("|").Uint64().Call(jen.Id("b").Index(jen.Id("i"))),
		),
		jen.Return(jen.Id("unit"), jen.Lit(8).Op("*").Len(jen.Id("b")).Op("-").Id("first").Op("-").Id("width")),
	).Line()

	f.Comment("// loadBits is the value of a bit-field.")
	f.Func().Id("loadBits").Params(params...).Uint64().Block(
		jen.Id("unit").Op(",").Id("shift").Op(":=").Id("bitUnit").Call(jen.Id("b"), jen.Id("first"), jen.Id("width")),
		jen.Return(jen.Id("unit").Op(">>").Id("shift").Op("&").Parens(jen.Lit(1).Op("<<").Id("width").Op("-").Lit(1))),
	).Line()

	f.Comment("// loadSignedBits is the value of a bit-field whose first bit is its sign.")
	f.Func().Id("loadSignedBits").Params(params...).Int64().Block(
		jen.Id("free").Op(":=").Lit(64).Op("-").Id("width"),
		jen.Return(jen.Int64().Call(jen.Id("loadBits").Call(jen.Id("b"), jen.Id("first"), jen.Id("width")).Op("<<").Id("free")).Op(">>").Id("free")),
	).Line()

	f.Comment("// storeBits sets a bit-field, to as many bits of v as it has, and leaves the bits\n// beside it alone.")
	f.Func().Id("storeBits").Params(append(params, jen.Id("v").Uint64())...).Block(
		jen.Id("unit").Op(",").Id("shift").Op(":=").Id("bitUnit").Call(jen.Id("b"), jen.Id("first"), jen.Id("width")),
		jen.Id("mask").Op(":=").Parens(jen.Uint64().Call(jen.Lit(1)).Op("<<").Id("width").Op("-").Lit(1)).Op("<<").Id("shift"),
		jen.Id("unit").Op("=").Id("unit").Op("&^").Id("mask").Op("|").Id("v").Op("<<").Id("shift").Op("&").Id("mask"),
		jen.For(jen.Id("i").Op(":=").Range().Id("b")).Block(
			jen.If(jen.Id("littleEndian")).Block(
				jen.Id("b").Index(jen.Id("i")).Op("=").Byte().Call(jen.Id("unit").Op(">>").Parens(jen.Lit(8).Op("*").Id("i"))),
			).Else().Block(
				jen.Id("b").Index(jen.Len(jen.Id("b")).Op("-").Lit(1).Op("-").Id("i")).Op("=").Byte().Call(jen.Id("unit").Op(">>").Parens(jen.Lit(8).Op("*").Id("i"))),
			),
		),
	).Line()
}
