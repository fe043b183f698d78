package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// emitHeader writes what a header declares.
func emitHeader(f *jen.File, h *plan.File) {
	for _, t := range h.Types {
		comment(f.Group, t.Doc)
		f.Type().Id(t.Name).Id(t.Underlying)
		f.Line()
	}
	for _, g := range h.Consts {
		emitGroup(f, g)
	}
	for _, r := range h.Records {
		emitRecord(f, r)
	}
}

func emitGroup(f *jen.File, g *plan.Group) {
	comment(f.Group, g.Doc)
	f.Const().DefsFunc(func(s *jen.Group) {
		for _, c := range g.Consts {
			comment(s, c.Doc)
			// A literal goes out as it stands: jennifer would spell its type.
			s.Id(c.Name).Id(c.Type).Op("=").Id(c.Value)
		}
	})
	f.Line()
}

func emitRecord(f *jen.File, r *plan.Record) {
	comment(f.Group, r.Doc)
	f.Type().Id(r.Name).StructFunc(func(s *jen.Group) {
		s.Id("_").Qual("structs", "HostLayout")
		for _, x := range r.Fields {
			if x.Doc != "" {
				s.Line()
				comment(s, x.Doc)
			}
			s.Id(x.Name).Id(x.Type)
		}
	})
	f.Line()
	for _, a := range r.Access {
		if a.Getter != "" {
			emitAccess(f, r, a)
		}
	}
}

// emitAssertions writes expressions that compile only where Go lays the
// records out as C does.
func emitAssertions(f *jen.File, p *plan.Package) {
	f.Comment("// Sizes and offsets as in C. Where Go would lay a record out otherwise, an index\n// is out of range and the package does not compile.")
	f.Var().DefsFunc(func(s *jen.Group) {
		for _, h := range p.Files {
			for _, r := range h.Records {
				zero := jen.Id(r.Name).Values()
				assert(s, jen.Qual("unsafe", "Sizeof").Call(zero), r.Size)
				for _, x := range r.Fields {
					if x.Name != "_" {
						assert(s, jen.Qual("unsafe", "Offsetof").Call(jen.Add(zero).Dot(x.Name)), x.Offset)
					}
				}
			}
		}
	})
}

// assert writes _ = [1]struct{}{}[have-want].
func assert(s *jen.Group, have *jen.Statement, want int64) {
	s.Id("_").Op("=").Index(jen.Lit(1)).Struct().Values().Index(have.Op("-").Id(number(want)))
}
