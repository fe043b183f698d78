package cfront

import (
	"errors"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// unary parses what stands between binary operators.
func (e *evaluator) unary() (value, error) {
	if e.depth++; e.depth > 4*maxNesting {
		return value{}, errNotConstant
	}
	defer func() { e.depth-- }()
	t := e.peek()
	if t.kind == ident {
		switch t.text {
		case "sizeof", "_Alignof", "__alignof__", "__alignof":
			e.at++
			return e.measure(t)
		}
		return e.postfix()
	}
	if t.kind != punct {
		return e.postfix()
	}
	switch t.text {
	case "&":
		e.at++
		v, err := e.unary()
		if err != nil || !v.place {
			return value{}, errNotConstant
		}
		return value{typ: pointerTo(v.typ), bits: v.bits}, nil
	case "+", "-", "~", "!":
		e.at++
		v, err := e.unary()
		if err != nil {
			return value{}, err
		}
		return e.prefix(t.text, v)
	case "(":
		if e.typeAhead(1) {
			return e.castExpr()
		}
	}
	return e.postfix()
}

// castExpr parses "(type) operand".
func (e *evaluator) castExpr() (value, error) {
	e.at++
	t, err := e.typeName()
	if err != nil {
		return value{}, err
	}
	if !e.accept(")") || e.peek().text == "{" {
		return value{}, errNotConstant
	}
	v, err := e.unary()
	if err != nil {
		return value{}, err
	}
	return e.cast(t, v)
}

// measure parses the operand of sizeof or _Alignof, which is not evaluated.
func (e *evaluator) measure(op tok) (value, error) {
	t, err := e.operandType()
	if err != nil {
		return value{}, err
	}
	size, align, err := e.sizeOf(t, op)
	if err != nil {
		return value{}, err
	}
	if op.text != "sizeof" {
		size = align
	}
	return value{base: e.sizeT(), bits: uint64(size)}, nil
}

// operandType parses "(type)" or an operand, and gives its type.
func (e *evaluator) operandType() (*model.Type, error) {
	if e.peek().text == "(" && e.typeAhead(1) {
		e.at++
		t, err := e.typeName()
		if err == nil && !e.accept(")") {
			err = errNotConstant
		}
		return t, err
	}
	v, err := e.skipping(true, e.unary)
	return e.typeOf(v), err
}

// typeOf is the type of an operand.
func (e *evaluator) typeOf(v value) *model.Type {
	switch {
	case v.typ != nil:
		return v.typ
	case v.isInt():
		return intType(v.base)
	case v.isFlo:
		return &model.Type{Kind: model.Float, Base: model.Double, C: "double"}
	case v.isStr:
		return &model.Type{Kind: model.Array, Len: int64(len(v.text)) + 1, Elem: intType(model.Char)}
	}
	return nil
}

func (e *evaluator) primary() (value, error) {
	t := e.next()
	var v value
	var err error
	switch t.kind {
	case known:
		v = *t.val
	case number:
		v, err = e.number(t.text)
	case char:
		v, err = e.character(t.text)
	case str:
		return e.strings(t)
	case ident:
		if t.text == "__builtin_offsetof" {
			return e.offsetOf(t)
		}
		return e.name(t)
	case punct:
		if t.text != "(" {
			return value{}, errNotConstant
		}
		if v, err = e.conditional(); err == nil && !e.accept(")") {
			err = errNotConstant
		}
	default:
		return value{}, errNotConstant
	}
	if errors.Is(err, errTooWide) {
		err = &fault{t.pos(), t.text + " does not fit 64 bits"}
	}
	return v, err
}

func (e *evaluator) strings(t tok) (value, error) {
	s, err := text(t.text)
	for err == nil && e.peek().kind == str {
		var more string
		more, err = text(e.next().text)
		s += more
	}
	return value{isStr: true, text: s}, err
}

// name evaluates an identifier: an enumerator, or the macro itself whose body
// this is.
func (e *evaluator) name(t tok) (value, error) {
	c, ok := e.b.consts[t.text]
	if t.self {
		e.self = true
		if !ok {
			return value{base: model.IntBase, bits: 1}, nil
		}
	}
	if !ok {
		return value{}, errNotConstant
	}
	return c.value, nil
}
