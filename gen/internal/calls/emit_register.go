package calls

import (
	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// emitRegister writes register_linux.go.
func (s *Set) emitRegister(f *jen.File) {
	var used []*plan.Record
	for _, r := range s.register.rows {
		if r.arg.target != nil {
			used = append(used, r.arg.target)
		}
	}
	s.source(f, registerTable, used...)
	s.emitOnRing(f)
	for _, r := range s.register.rows {
		r.emit(f, s.register.call)
	}
}

// onRing is the call on a descriptor. It refuses -1: with that the same
// operation would bind the whole task.
const onRing = "onRing"

func (s *Set) emitOnRing(f *jen.File) {
	doc(f, onRing+" is "+s.register.call+" for operations on a ring. A descriptor of -1 would turn some of them into"+
		" operations on the calling task, so it is an error here.")
	op := s.register.rows[0].op.Type
	f.Func().Id(onRing).Params(
		jen.Id(fdName).Int(), jen.Id("op").Id(op), jen.Id(argName).Qual("unsafe", "Pointer"), jen.Id("nr").Uint32(),
	).Params(jen.Int(), jen.Error()).Block(
		jen.If(jen.Id(fdName).Op("==").Lit(-1)).Block(jen.Return(jen.Lit(-1), jen.Qual("syscall", "EBADF"))),
		jen.Return(jen.Id(s.register.call).Call(jen.Id(fdName), jen.Id("op"), jen.Id(argName), jen.Id("nr"))),
	)
}

func (row *registerRow) emit(f *jen.File, call string) {
	doc(f, row.docs()...)
	f.Func().Id(row.name).Params(paramCode(row.env.params)...).Add(row.results()).BlockFunc(func(g *jen.Group) {
		row.emitChecks(g)
		row.arg.emit(g)
		row.emitCall(g, call)
	})
}

func (row *registerRow) docs() []string {
	origin := row.op.Name
	if row.since != "" {
		origin += ", " + row.since
	}
	if row.manual != "" {
		origin += ", " + row.manual
	}
	return []string{row.doc, origin + "."}
}

func (row *registerRow) results() jen.Code {
	if row.result.typ == nil {
		return jen.Error()
	}
	return jen.Params(jen.Id(row.result.name).Add(row.result.typ.code()), jen.Err().Error())
}

// fail returns err from the helper.
func (row *registerRow) fail(err jen.Code) *jen.Statement {
	switch {
	case row.result.typ == nil:
		return jen.Return(err)
	case row.result.record:
		return jen.Return(jen.Nil(), err)
	case row.result.member == nil:
		return jen.Return(jen.Lit(-1), err)
	}
	return jen.Return(jen.Lit(0), err)
}

// emitChecks refuses what the kernel cannot see is wrong.
func (row *registerRow) emitChecks(g *jen.Group) {
	for _, c := range row.env.checks {
		g.If(c).Block(row.fail(jen.Qual("syscall", "EINVAL")))
	}
	if row.arg.kind == argMember {
		g.If(jen.Id(row.arg.name).Op("==").Nil()).Block(row.fail(jen.Qual("syscall", "EFAULT")))
	}
}

// emit prepares what the argument points to.
func (a *argument) emit(g *jen.Group) {
	var items []jen.Code
	rest := a.sets
	switch a.kind {
	case argLocal:
		for len(rest) > 0 && rest[0].field != "" {
			items = append(items, jen.Id(rest[0].field).Op(":").Add(rest[0].code))
			rest = rest[1:]
		}
		g.Id(argName).Op(":=").Id(a.target.Name).Add(braces(items...))
	case argArray:
		g.List(jen.Id(argName), jen.Id("array")).Op(":=").Id("behind").
			Types(jen.Id(a.target.Name), a.slice.typ.elem.code()).Call(jen.Lit(int(a.elems.Offset)), jen.Len(jen.Id(a.slice.name)))
		if !a.out {
			g.Copy(jen.Id("array"), jen.Id(a.slice.name))
		}
	}
	for _, s := range rest {
		if s.call {
			g.Add(s.target).Call(s.code)
		} else {
			g.Add(s.target).Op("=").Add(s.code)
		}
	}
}

func (row *registerRow) pointer() *jen.Statement {
	switch row.arg.kind {
	case argNone:
		return jen.Nil()
	case argLocal:
		return unsafePointer(jen.Op("&").Id(argName))
	case argArray:
		return unsafePointer(jen.Id(argName))
	}
	return row.arg.code
}

func (row *registerRow) emitCall(g *jen.Group, call string) {
	args := []jen.Code{jen.Id(fdName), jen.Id(row.op.Name), row.pointer(), row.nr}
	fn := onRing
	if row.task {
		fn, args[0] = call, jen.Lit(-1)
	}
	c := jen.Id(fn).Call(args...)
	own := row.result.typ != nil && row.result.member == nil && !row.result.record // the call's own result
	switch {
	case own && len(row.env.pinned) == 0 && row.result.errno == nil && !row.arg.out:
		g.Return(c)
		return
	case own:
		g.List(jen.Id(row.result.name), jen.Err()).Op("=").Add(c)
	case row.result.typ != nil:
		g.List(jen.Id("_"), jen.Err()).Op("=").Add(c)
	default:
		g.List(jen.Id("_"), jen.Err()).Op(":=").Add(c)
	}
	row.emitAfter(g)
	switch {
	case row.result.typ == nil:
		g.Return(jen.Err())
	case row.result.record:
		g.If(jen.Err().Op("!=").Nil()).Block(row.fail(jen.Err()))
		g.Return(jen.Id(argName), jen.Nil())
	case own:
		g.Return(jen.Id(row.result.name), jen.Err())
	default:
		g.If(jen.Err().Op("!=").Nil()).Block(row.fail(jen.Err()))
		g.Return(row.result.member, jen.Nil())
	}
}

// emitAfter is what follows the call, whatever its outcome.
func (row *registerRow) emitAfter(g *jen.Group) {
	for _, p := range row.env.pinned {
		g.Qual("runtime", "KeepAlive").Call(jen.Id(p.name))
	}
	if row.arg.out {
		g.Copy(jen.Id(row.arg.slice.name), jen.Id("array"))
	}
	if row.result.errno != nil {
		g.If(jen.Err().Op("==").Nil().Op("&&").Add(row.result.errno.Clone()).Op("<").Lit(0)).Block(
			jen.Err().Op("=").Qual("syscall", "Errno").Call(jen.Op("-").Add(row.result.errno.Clone())))
	}
}
