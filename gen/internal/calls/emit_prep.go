package calls

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

// emitPrep writes prep.go.
func (s *Set) emitPrep(f *jen.File) {
	set := s.prep
	s.source(f, prepTable, set.scope.receiver)
	if set.doc != "" {
		f.PackageComment(comment(strings.Split(set.doc+".", " // ")...))
	}
	for _, h := range s.helpers(prepFile) {
		emitHelper(f, h)
	}
	for _, r := range set.rows {
		r.emit(f, set)
	}
}

func (p *prepRow) emit(f *jen.File, set *prepSet) {
	doc(f, p.docs()...)
	name := set.scope.receiver.Name
	recv := jen.Id(receiverName).Op("*").Id(name)
	f.Func().Params(recv).Id(p.method).Params(paramCode(p.env.params)...).BlockFunc(func(g *jen.Group) {
		// Zeroing the slot and then storing beats one composite literal,
		// which the compiler builds on the stack and copies.
		if !p.modify {
			g.Op("*").Id(receiverName).Op("=").Id(name).Values()
		}
		for _, st := range p.fields {
			g.Id(receiverName).Dot(st.name).Op("=").Add(st.code)
		}
		for _, st := range p.setters {
			g.Id(receiverName).Dot(st.name).Call(st.code)
		}
	})
}

// docs is the doc comment: what it does, how long memory must live, and
// where it comes from.
func (p *prepRow) docs() []string {
	var origin []string
	if p.op != nil {
		origin = append(origin, p.op.Name)
	}
	if p.since != "" {
		origin = append(origin, p.since)
	}
	if p.twin != "" {
		origin = append(origin, "as "+p.twin+"(3)")
	}
	last := ""
	if len(origin) > 0 {
		last = strings.Join(origin, ", ") + "."
	}
	return []string{p.doc, p.memory, last}
}
