package calls

import (
	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// emitSyscalls writes syscall_linux.go.
func (s *Set) emitSyscalls(f *jen.File) {
	set := s.syscalls
	var used []*plan.Record
	for _, r := range set.rows {
		for _, p := range r.env.params {
			if p.typ.kind == pointer && p.typ.elem.rec != nil {
				used = append(used, p.typ.elem.rec)
			}
		}
	}
	s.source(f, syscallTable, used...)
	for _, b := range set.bitmaps {
		doc(f, sentence(b.name, b.doc))
		f.Type().Id(b.name).Index(
			jen.Id(b.bits).Op("/").Lit(8).Op("/").Qual("unsafe", "Sizeof").Call(jen.Uintptr().Call(jen.Lit(0))),
		).Uintptr()
	}
	if set.index != nil {
		emitIndex(f, set)
	}
	for _, h := range s.helpers(syscallFile) {
		if h != "ringIndex" {
			emitHelper(f, h)
		}
	}
	for _, r := range set.rows {
		r.emit(f)
	}
}

// emitIndex writes how a registered index becomes a descriptor, and back. -1
// means "no ring" to the kernel, so indexes start at -2.
func emitIndex(f *jen.File, set *syscallSet) {
	name := set.index.Get("syscall")
	doc(f, sentence(name, set.index.Get("doc")))
	f.Func().Id(name).Params(jen.Id("index").Int()).Int().Block(jen.Return(jen.Lit(-2).Op("-").Id("index")))
	if !set.needs["ringIndex"] {
		return
	}
	doc(f, "ringIndex undoes "+name+": it tells whether fd is a registered index, and which.")
	f.Func().Id("ringIndex").Params(jen.Id("fd").Int()).Params(jen.Int(), jen.Bool()).Block(
		jen.If(jen.Id("fd").Op("<").Lit(-1)).Block(jen.Return(jen.Lit(-2).Op("-").Id("fd"), jen.True())),
		jen.Return(jen.Id("fd"), jen.False()),
	)
}

func (row *syscallRow) emit(f *jen.File) {
	docs := []string{row.doc}
	if row.since != "" {
		docs = append(docs, "Works "+row.since+".")
	}
	doc(f, docs...)
	results := jen.Params(jen.Id(row.result).Add(row.resType.code()), jen.Err().Error())
	f.Func().Id(row.name).Params(paramCode(row.env.params)...).Add(results).BlockFunc(func(g *jen.Group) {
		if row.ring != "" {
			g.List(jen.Id(row.ring), jen.Id("registered")).Op(":=").Id("ringIndex").Call(jen.Id(row.ring))
		}
		for _, l := range row.locals {
			l.arg.emit(g)
		}
		g.List(jen.Id("r"), jen.Id("_"), jen.Id("errno")).Op(":=").Add(row.call())
		for _, p := range row.env.pinned {
			g.Qual("runtime", "KeepAlive").Call(jen.Id(p.name))
		}
		g.If(jen.Id("errno").Op("!=").Lit(0)).Block(jen.Return(jen.Lit(-1), jen.Id("errno")))
		g.Return(row.resType.code().Call(jen.Id("r")), jen.Nil())
	})
}

func (row *syscallRow) call() *jen.Statement {
	name, n := "Syscall", 3
	if len(row.args) > 3 {
		name, n = "Syscall6", 6
	}
	if row.raw {
		name = "Raw" + name
	}
	args := append([]jen.Code{jen.Id(row.number)}, row.args...)
	for len(args) < n+1 {
		args = append(args, jen.Lit(0))
	}
	return jen.Qual("syscall", name).Call(args...)
}
