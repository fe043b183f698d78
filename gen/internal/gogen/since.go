package gogen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

func tellsSince(f *plan.File) bool {
	return slices.ContainsFunc(f.Types, func(t *plan.Type) bool { return t.TellsSince })
}

// emitSince writes the Since methods.
func emitSince(f *jen.File, p *plan.Package) {
	flags, enums := false, false
	for _, x := range families(p) {
		x.consts = filter(x.consts, func(v *value) bool { return v.Since != "" })
		switch {
		case !x.TellsSince:
		case x.Flags:
			flags = true
			x.emitFlagSince(f)
		default:
			enums = enums || x.dense()
			x.emitEnumSince(f)
		}
	}
	if enums {
		f.Comment("// enumSince is the entry for v, if there is one.")
		f.Func().Id("enumSince").Params(jen.Id("kernels").Index().String(), jen.Id("v").Uint64()).String().Block(
			jen.If(jen.Id("v").Op(">=").Uint64().Call(jen.Len(jen.Id("kernels")))).Block(jen.Return(jen.Lit(""))),
			jen.Return(jen.Id("kernels").Index(jen.Id("v"))),
		).Line()
	}
	if flags {
		emitFlagSinceHelpers(f)
	}
}

func (x *family) emitEnumSince(f *jen.File) {
	f.Comment("// Since is the first kernel that knows v, such as \"5.6\", or \"\" for a value that\n// this package does not know.")
	m := f.Func().Params(jen.Id("v").Id(x.Name)).Id("Since").Params().String()
	if !x.dense() {
		m.Block(
			jen.Switch(jen.Id("v")).BlockFunc(func(s *jen.Group) {
				for _, v := range x.consts {
					s.Case(jen.Id(v.Name)).Block(jen.Return(jen.Lit(v.Since)))
				}
			}),
			jen.Return(jen.Lit("")),
		).Line()
		return
	}
	m.Block(jen.Return(jen.Id("enumSince").Call(x.slice("Since"), jen.Uint64().Call(jen.Id("v"))))).Line()
	f.Var().Id(x.table("Since")).Op("=").Index(jen.Op("...")).String().CustomFunc(lines, func(s *jen.Group) {
		for _, v := range x.consts {
			s.Id(v.Name).Op(":").Lit(v.Since).Op(",")
		}
	}).Line()
}

func (x *family) emitFlagSince(f *jen.File) {
	f.Comment("// Since is the first kernel that knows all flags in v, such as \"5.6\", or \"\" if\n// there are none, or one that this package does not know.")
	f.Func().Params(jen.Id("v").Id(x.Name)).Id("Since").Params().String().Block(
		jen.Return(jen.Id("flagSince").Call(x.slice("Since"), x.unsigned("v"))),
	).Line()
	x.emitBitTable(f, "Since", func(v *value) (entry, note string) { return v.Since, v.Name })
}

func emitFlagSinceHelpers(f *jen.File) {
	f.Comment("// flagSince is the newest of the entries for the bits of v.")
	f.Func().Id("flagSince").Params(jen.Id("kernels").Index().String(), jen.Id("v").Uint64()).String().Block(
		jen.Id("newest").Op(":=").Lit(""),
		jen.For(jen.List(jen.Id("i"), jen.Id("kernel")).Op(":=").Range().Id("kernels")).Block(
			jen.If(jen.Id("kernel").Op("==").Lit("").Op("||").Id("v").Op("&").Parens(jen.Lit(1).Op("<<").Id("i")).Op("==").Lit(0)).Block(jen.Continue()),
			jen.Id("v").Op("&^=").Lit(1).Op("<<").Id("i"),
			jen.If(jen.Id("release").Call(jen.Id("kernel")).Op(">").Id("release").Call(jen.Id("newest"))).Block(jen.Id("newest").Op("=").Id("kernel")),
		),
		jen.If(jen.Id("v").Op("!=").Lit(0)).Block(jen.Return(jen.Lit(""))),
		jen.Return(jen.Id("newest")),
	).Line()
	f.Comment("// release is a kernel's version as a number that grows with it.")
	f.Func().Id("release").Params(jen.Id("kernel").String()).Int().Block(
		jen.Id("n").Op(",").Id("part").Op(":=").Lit(0).Op(",").Lit(0),
		jen.For(jen.List(jen.Id("_"), jen.Id("c")).Op(":=").Range().Id("kernel")).Block(
			jen.If(jen.Id("c").Op("==").LitRune('.')).Block(
				jen.Id("n").Op(",").Id("part").Op("=").Id("part").Op("*").Lit(1000).Op(",").Lit(0),
				jen.Continue(),
			),
			jen.Id("part").Op("=").Id("part").Op("*").Lit(10).Op("+").Int().Call(jen.Id("c").Op("-").LitRune('0')),
		),
		jen.Return(jen.Id("n").Op("+").Id("part")),
	).Line()
}
