package cfront

import (
	"cmp"
	"slices"
	"strings"

	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// builder makes the model from the syntax tree.
type builder struct {
	p    *parse
	ast  *cc.AST
	unit *model.Unit

	tags     map[string]*tag
	typedefs map[string]*model.Type
	defined  map[string]model.Pos // of typedefs
	consts   map[string]constant
	uses     []*model.Type // that may name a record or enum never defined
	eval     *evaluator
}

// tag is what a struct, union or enum tag names. Types refer to it before
// and after it is complete.
type tag struct {
	keyword  string
	record   *model.Record
	enum     *model.Enum
	complete bool
}

// constant is an enumerator.
type constant struct {
	value value
	pos   model.Pos
}

func newBuilder(p *parse, ast *cc.AST) *builder {
	b := &builder{
		p:        p,
		ast:      ast,
		unit:     &model.Unit{Files: p.files.names()},
		tags:     map[string]*tag{},
		typedefs: map[string]*model.Type{},
		defined:  map[string]model.Pos{},
		consts:   map[string]constant{},
	}
	b.eval = newEvaluator(b)
	return b
}

func (b *builder) fault(pos model.Pos, format string, args ...any) {
	b.p.faults.add(pos, format, args...)
}

// track remembers a type that may turn out to name nothing.
func (b *builder) track(t *model.Type) {
	if t.Kind == model.RecordType || t.Kind == model.EnumType {
		b.uses = append(b.uses, t)
	}
}

func (b *builder) declarations() {
	for tu := b.ast.TranslationUnit; tu != nil; tu = tu.TranslationUnit {
		b.external(tu.ExternalDeclaration)
	}
}

// build walks all declarations, then evaluates the macros.
func (b *builder) build() *model.Unit {
	b.declarations()
	b.dropIncomplete()
	b.p.doing = "evaluating macros"
	b.macros()
	if b.p.opt.Comments && !b.p.faults.any() {
		b.p.doing = "reading comments"
		b.comments()
	}
	return b.unit
}

// dropIncomplete leaves no pointer to a record that nothing defines.
func (b *builder) dropIncomplete() {
	done := map[*model.Record]bool{}
	for _, r := range b.unit.Records {
		done[r] = true
	}
	enums := map[*model.Enum]bool{}
	for _, e := range b.unit.Enums {
		enums[e] = true
	}
	for _, t := range b.uses {
		if t.Record != nil && !done[t.Record] {
			t.Record = nil
		}
		if t.Enum != nil && !enums[t.Enum] {
			t.Enum = nil
		}
	}
}

func (b *builder) external(d *cc.ExternalDeclaration) {
	if d == nil {
		return
	}
	switch d.Case {
	case cc.ExternalDeclarationDecl:
		b.declaration(d.Declaration)
	case cc.ExternalDeclarationFuncDef:
		// The body is nobody's business, but the return type may define a tag.
		b.base(b.declarationSpecs(d.FunctionDefinition.DeclarationSpecifiers), nil)
	}
}

func (b *builder) declaration(d *cc.Declaration) {
	if d == nil {
		return
	}
	if d.Case == cc.DeclarationAssert {
		b.staticAssert(d.StaticAssertDeclaration)
		return
	}
	if d.Case != cc.DeclarationDecl {
		return
	}
	b.p.doing = "declaration at " + position(d).String()
	s := b.declarationSpecs(d.DeclarationSpecifiers)
	if d.InitDeclaratorList == nil {
		s.attrs.add(b, d.AttributeSpecifierList)
	}
	t, in := b.base(s, nil)
	if !s.typedef {
		return
	}
	for l := d.InitDeclaratorList; l != nil; l = l.InitDeclaratorList {
		if l.InitDeclarator == nil || l.InitDeclarator.Declarator == nil {
			continue
		}
		a := s.attrs
		a.add(b, l.AttributeSpecifierList, l.InitDeclarator.AttributeSpecifierList)
		if l.InitDeclaratorList == nil {
			a.add(b, d.AttributeSpecifierList)
		}
		b.typedef(l.InitDeclarator.Declarator, t, in, a)
	}
}

func (b *builder) typedef(d *cc.Declarator, base *model.Type, in *model.Record, a attributes) {
	name, t := b.declare(d, base)
	pos := position(name)
	if t == base && in != nil && in.Typedef == "" {
		in.Typedef = name.SrcStr()
	}
	if t == base && base.Kind == model.EnumType && base.Enum != nil && base.Enum.Tag == "" && base.Enum.Typedef == "" {
		base.Enum.Typedef = name.SrcStr()
	}
	if a.aligned != 0 {
		c := *t
		t = &c
		b.track(t)
		t.Aligned = a.aligned
	}
	if old, ok := b.typedefs[name.SrcStr()]; ok && !same(old, t) {
		b.fault(pos, "typedef %s is defined differently at %s", name.SrcStr(), b.defined[name.SrcStr()])
		return
	} else if ok {
		return
	}
	b.typedefs[name.SrcStr()] = t
	b.defined[name.SrcStr()] = pos
	if isFile(pos.File) {
		b.unit.Typedefs = append(b.unit.Typedefs, &model.Typedef{Name: name.SrcStr(), Pos: pos, Type: t})
	}
}

// isFile tells a header from the text that this package puts before it.
func isFile(name string) bool { return name != "" && !strings.HasPrefix(name, "<") }

// same tells whether two types are one.
func same(a, c *model.Type) bool {
	if a == nil || c == nil {
		return a == c
	}
	return a.Kind == c.Kind && a.Base == c.Base && a.Len == c.Len && a.Aligned == c.Aligned &&
		a.Record == c.Record && a.Enum == c.Enum && same(a.Elem, c.Elem)
}

func (b *builder) staticAssert(s *cc.StaticAssertDeclaration) {
	if s == nil {
		return
	}
	n, ok := b.constant(s.ConstantExpression, "asserted condition")
	if ok && n == 0 {
		b.fault(position(s.Token), "static assertion fails: %s", s.Token4.SrcStr())
	}
}

// sortMacros puts macros in the order of their files and lines.
func sortMacros(list []*model.Macro) {
	slices.SortFunc(list, func(a, c *model.Macro) int {
		return cmp.Or(cmp.Compare(a.Pos.File, c.Pos.File), cmp.Compare(a.Pos.Line, c.Pos.Line),
			cmp.Compare(a.Pos.Col, c.Pos.Col), cmp.Compare(a.Name, c.Name))
	})
}
