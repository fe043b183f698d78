package cfront

import (
	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// maxArrayLen bounds one dimension of an array: beyond it, sizes in bits do
// not fit 64 bits.
const maxArrayLen = 1 << 40

// declare applies a declarator to the type before it. It returns the name
// that is declared and its type.
func (b *builder) declare(d *cc.Declarator, t *model.Type) (cc.Token, *model.Type) {
	for ptr := d.Pointer; ptr != nil; ptr = ptr.Pointer {
		t = pointerTo(t)
	}
	return b.direct(d.DirectDeclarator, t)
}

// direct goes from the outside of a declarator to the name in it: the
// subscript that stands last belongs to the innermost elements.
func (b *builder) direct(d *cc.DirectDeclarator, t *model.Type) (cc.Token, *model.Type) {
	if d == nil {
		return cc.Token{}, t
	}
	switch d.Case {
	case cc.DirectDeclaratorIdent:
		return d.Token, t
	case cc.DirectDeclaratorDecl:
		return b.declare(d.Declarator, t)
	case cc.DirectDeclaratorFuncParam, cc.DirectDeclaratorFuncIdent:
		return b.direct(d.DirectDeclarator, &model.Type{Kind: model.Func})
	}
	a := &model.Type{Kind: model.Array, Len: -1, Elem: t}
	if d.AssignmentExpression != nil {
		a.Len = b.arrayLen(d)
	}
	return b.direct(d.DirectDeclarator, a)
}

func (b *builder) arrayLen(d *cc.DirectDeclarator) int64 {
	n, ok := b.constant(d.AssignmentExpression, "array length")
	switch {
	case !ok:
		return 0
	case n < 0:
		b.fault(position(d.AssignmentExpression), "array length %d is negative", n)
		return 0
	case n > maxArrayLen:
		b.fault(position(d.AssignmentExpression), "array length %d is too large", n)
		return 0
	}
	return n
}

// pointerTo is a pointer to t. What a function pointer points to is of no
// use to anyone.
func pointerTo(t *model.Type) *model.Type {
	p := &model.Type{Kind: model.Pointer, Elem: t}
	if t.Kind == model.Func {
		p.Elem = nil
	}
	return p
}
