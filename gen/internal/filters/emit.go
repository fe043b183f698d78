package filters

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/gogen"
	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Packages that the filters are made of.
const (
	cbpf = "github.com/uringgen/uringgen/bpf/cbpf"
	uapi = "github.com/uringgen/uringgen/generated/uapi"
)

// Emit writes the files, sorted by name.
func Emit(p *Package) ([]gogen.File, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	e := &emitter{pkg: p}
	main := e.part("", "")
	if p.Doc != "" {
		main.file.PackageComment(gogen.Doc("Package " + p.Name + " " + p.Doc))
	}
	for i := range p.Filters {
		e.filter(main.file, &p.Filters[i])
	}
	return e.render()
}

// emitter is a package in the making.
type emitter struct {
	pkg   *Package
	parts []*part
}

// part is a file, which is for the architectures of a constraint.
type part struct {
	name, constraint string
	file             *jen.File
}

// part finds the file for a constraint, or begins it under a name that has the
// label.
func (e *emitter) part(constraint, label string) *part {
	name := e.pkg.Stem()
	if label != "" {
		name += "_on-" + label
	}
	for _, p := range e.parts {
		switch {
		case p.constraint == constraint:
			return p
		case p.name == name+".go":
			name += "-too"
		}
	}
	f := jen.NewFile(e.pkg.Name)
	f.HeaderComment(gogen.Marker)
	f.HeaderComment("//")
	f.HeaderComment("// Source: " + e.pkg.Source)
	for _, in := range e.pkg.Inputs {
		f.HeaderComment(fmt.Sprintf("// SHA-256 of %s: %s", in.Name, in.SHA256))
	}
	if constraint != "" {
		f.HeaderComment("//go:build " + constraint)
	}
	e.parts = append(e.parts, &part{name + ".go", constraint, f})
	return e.parts[len(e.parts)-1]
}

// filter writes a filter: its function, and its programs where they belong.
func (e *emitter) filter(main *jen.File, f *Filter) {
	ls := f.literals()
	gs := groups(ls)
	f.function(main, ls)
	if len(gs) == 1 && len(gs[0]) == len(target.All()) {
		f.write(main, ls, gs[0][0])
		return
	}
	var known []string
	for _, g := range gs {
		f.write(e.part(strings.Join(g, " || "), label(g)).file, ls, g[0])
		known = append(known, g...)
	}
	slices.Sort(known)
	rest := "others"
	if len(known) < len(target.All()) {
		rest = "any-but-" + strings.Join(known, "-")
	}
	f.deny(e.part("!"+strings.Join(known, " && !"), rest).file, ls)
}

// write writes the programs as they are on an architecture.
func (f *Filter) write(out *jen.File, ls []literal, goarch string) {
	for _, l := range ls {
		out.Comment(fmt.Sprintf("// %s is %s%s.", l.name, f.Name, l.purpose()))
		out.Var().Id(l.name).Op("=").Index(jen.Op("...")).Qual(cbpf, "Instruction").CustomFunc(lines, func(s *jen.Group) {
			place := ""
			for i, in := range l.on[goarch] {
				note := fmt.Sprintf("// l%d: %s", i, in.Text)
				if in.Place != "" && in.Place != place {
					note += " ; " + in.Place
					place = in.Place
				}
				s.Add(in.literal()).Op(",").Comment(note)
			}
		})
		out.Line()
	}
}

// lines puts each element on a line of its own.
var lines = jen.Options{Open: "{", Close: "}", Multi: true}

// deny writes programs that deny everything, for where there are no others.
func (f *Filter) deny(out *jen.File, ls []literal) {
	for _, l := range ls {
		out.Comment(fmt.Sprintf("// %s denies everything: %s was not made for this architecture.", l.name, f.Name))
		out.Var().Id(l.name).Op("=").Index(jen.Op("...")).Qual(cbpf, "Instruction").Values(returnZero.literal())
		out.Line()
	}
}

// returnZero is BPF_RET|BPF_K with 0.
var returnZero = Instruction{Op: 0x06}

// purpose is " for IORING_OP_OPENAT", "" where any operation is meant.
func (l *literal) purpose() string {
	if l.ops[0] == "" {
		return ""
	}
	return " for " + strings.Join(l.ops, ", ")
}

func (in Instruction) literal() *jen.Statement {
	s := []jen.Code{jen.Id("Op").Op(":").Id(fmt.Sprintf("%#04x", in.Op))}
	if in.JT > 0 {
		s = append(s, jen.Id("JT").Op(":").Lit(int(in.JT)))
	}
	if in.JF > 0 {
		s = append(s, jen.Id("JF").Op(":").Lit(int(in.JF)))
	}
	if in.K > 0 {
		s = append(s, jen.Id("K").Op(":").Id(fmt.Sprintf("%#x", in.K)))
	}
	return jen.Values(s...)
}

func (e *emitter) render() ([]gogen.File, error) {
	var out []gogen.File
	for _, p := range e.parts {
		var b bytes.Buffer
		if err := p.file.Render(&b); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		out = append(out, gogen.File{Name: p.name, Data: b.Bytes()})
	}
	slices.SortFunc(out, func(a, b gogen.File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// function writes what users call.
func (f *Filter) function(out *jen.File, ls []literal) {
	name := naming.Identifier(f.Name)
	out.Comment(gogen.Doc(name + " " + f.doc() + "\n\n" + f.origin()))
	if f.AnyOp {
		out.Func().Id(name).Params(jen.Id("ops").Op("...").Qual(uapi, "Op")).Index().Qual(cbpf, "Filter").Block(
			jen.Id("filters").Op(":=").Make(jen.Index().Qual(cbpf, "Filter"), jen.Len(jen.Id("ops"))),
			jen.For(jen.List(jen.Id("i"), jen.Id("op")).Op(":=").Range().Id("ops")).Block(
				jen.Id("filters").Index(jen.Id("i")).Op("=").Qual(cbpf, "Filter").Add(value(jen.Id("op"), 0, ls[0].name)),
			),
			jen.Return(jen.Id("filters")),
		)
		out.Line()
		return
	}
	out.Func().Id(name).Params().Index().Qual(cbpf, "Filter").Block(
		jen.Return(jen.Index().Qual(cbpf, "Filter").CustomFunc(lines, func(s *jen.Group) {
			for _, p := range f.operations() {
				i := slices.IndexFunc(ls, func(l literal) bool { return slices.Contains(l.ops, p.Op) })
				s.Add(value(jen.Qual(uapi, p.Op), p.PDUSize, ls[i].name)).Op(",")
			}
		})),
	)
	out.Line()
}

// value is the fields of a cbpf.Filter.
func value(op jen.Code, pdu uint8, program string) *jen.Statement {
	fields := []jen.Code{jen.Id("Op").Op(":").Uint8().Call(op)}
	if pdu > 0 {
		fields = append(fields, jen.Id("PDUSize").Op(":").Lit(int(pdu)))
	}
	return jen.Values(append(fields, jen.Id("Program").Op(":").Qual("slices", "Clone").Call(jen.Id(program).Index(jen.Op(":"))))...)
}

// operations is a program for each operation, of any architecture.
func (f *Filter) operations() []Program {
	var out []Program
	for _, p := range f.Programs {
		if !slices.ContainsFunc(out, func(q Program) bool { return q.Op == p.Op }) {
			out = append(out, p)
		}
	}
	return out
}

// doc is the text behind the Go name.
func (f *Filter) doc() string {
	if f.Doc != "" {
		return f.Doc
	}
	return "is the filter " + f.Name + "."
}

// origin says what the filter is for, and where it stands.
func (f *Filter) origin() string {
	var ops []string
	for _, q := range f.operations() {
		text := q.Op
		if q.PDUSize > 0 {
			text = fmt.Sprintf("%s (payload of %d bytes)", q.Op, q.PDUSize)
		}
		ops = append(ops, text)
	}
	if f.AnyOp {
		ops = []string{"those that the caller names"}
	}
	return fmt.Sprintf("Operations: %s. C: %s (%s).", strings.Join(ops, ", "), f.Name, f.Source)
}
