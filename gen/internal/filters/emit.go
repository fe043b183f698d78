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
	cbpfPath = "github.com/uringgen/uringgen/bpf/cbpf"
	uapiPath = "github.com/uringgen/uringgen/generated/uapi"
)

// Emit writes the files of all sources of a package, sorted by name.
func Emit(sources ...*Package) ([]gogen.File, error) {
	if err := check(sources); err != nil {
		return nil, err
	}
	var out []gogen.File
	for _, p := range sources {
		e := &emitter{pkg: p}
		main := e.part("", "")
		for i := range p.Filters {
			e.filter(main.file, &p.Filters[i])
		}
		files, err := e.render()
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	slices.SortFunc(out, func(a, b gogen.File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// emitter is the files of a source in the making.
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
	name := e.pkg.prefix()
	if label != "" {
		name += onPrefix + label
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
	f.HeaderComment("// Source: " + note(e.pkg.Source))
	for _, in := range e.pkg.Inputs {
		f.HeaderComment(fmt.Sprintf("// SHA-256 of %s: %s", note(in.Name), note(in.SHA256)))
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
	f.deny(e.part("!"+strings.Join(known, " && !"), "others").file, ls)
}

// write writes the programs as they are on an architecture.
func (f *Filter) write(out *jen.File, ls []literal, goarch string) {
	for _, l := range ls {
		if l.on[goarch] == nil {
			f.deny(out, []literal{l})
			continue
		}
		out.Comment(fmt.Sprintf("// %s is %s%s.", l.name, f.Name, l.purpose()))
		out.Var().Id(l.name).Op("=").Index(jen.Op("...")).Qual(cbpfPath, "Instruction").CustomFunc(lines, func(s *jen.Group) {
			place := ""
			for i, in := range l.on[goarch] {
				text := in.Text
				if in.Place != "" && in.Place != place {
					text += " ; " + in.Place
					place = in.Place
				}
				s.Add(in.literal()).Op(",").Comment(fmt.Sprintf("// l%d: %s", i, note(text)))
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
		out.Var().Id(l.name).Op("=").Index(jen.Op("...")).Qual(cbpfPath, "Instruction").Values(returnZero.literal())
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
	return out, nil
}

// function writes what users call.
func (f *Filter) function(out *jen.File, ls []literal) {
	name := naming.Identifier(f.Name)
	out.Comment(gogen.Doc(name + " " + f.doc() + "\n\n" + f.origin()))
	if f.AnyOp {
		f.anyOp(out, name, ls[0].name)
		return
	}
	out.Func().Id(name).Params().Index().Qual(cbpfPath, "Filter").Block(
		jen.Return(jen.Index().Qual(cbpfPath, "Filter").CustomFunc(lines, func(s *jen.Group) {
			for _, p := range f.operations() {
				i := slices.IndexFunc(ls, func(l literal) bool { return slices.Contains(l.ops, p.Op) })
				s.Add(value(jen.Qual(uapiPath, p.Op), p.PDUSize, ls[i].name)).Op(",")
			}
		})),
	)
	out.Line()
}

// anyOp writes the function of a filter for operations that the caller names.
func (f *Filter) anyOp(out *jen.File, name, program string) {
	each := []jen.Code{jen.Id("filters").Index(jen.Id("i")).Op("=").Qual(cbpfPath, "Filter").Add(value(jen.Id("op"), 0, program))}
	if len(f.Sizes) > 0 {
		each = append(each, jen.Switch(jen.Id("op")).BlockFunc(func(s *jen.Group) {
			for _, size := range f.Sizes {
				s.Case(jen.Qual(uapiPath, size.Op)).Block(jen.Id("filters").Index(jen.Id("i")).Dot("PDUSize").Op("=").Lit(int(size.PDUSize)))
			}
		}))
	}
	out.Func().Id(name).Params(jen.Id("ops").Op("...").Qual(uapiPath, "Op")).Index().Qual(cbpfPath, "Filter").Block(
		jen.Id("filters").Op(":=").Make(jen.Index().Qual(cbpfPath, "Filter"), jen.Len(jen.Id("ops"))),
		jen.For(jen.List(jen.Id("i"), jen.Id("op")).Op(":=").Range().Id("ops")).Block(each...),
		jen.Return(jen.Id("filters")),
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
		return clean(f.Doc)
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
	return fmt.Sprintf("Operations: %s. C: %s (%s).", strings.Join(ops, ", "), f.Name, note(f.Source))
}
