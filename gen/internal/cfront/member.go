package cfront

import (
	"cmp"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// postfix parses a primary expression and the members selected of it.
func (e *evaluator) postfix() (value, error) {
	v, err := e.primary()
	for err == nil {
		op := e.peek()
		switch {
		case v.typ != nil && !v.place && v.typ.Kind == model.Pointer && e.accept("->"):
			v, err = e.selectMember(v.typ.Elem, v.bits, op)
		case v.place && e.accept("."):
			v, err = e.selectMember(v.typ, v.bits, op)
		case v.place && v.typ.Kind == model.Array && e.accept("["):
			v, err = e.element(v, op)
		default:
			return v, nil
		}
	}
	return value{}, err
}

func (e *evaluator) selectMember(t *model.Type, at uint64, op tok) (value, error) {
	name := e.next()
	if t == nil || t.Kind != model.RecordType || t.Record == nil || !e.b.complete(t) {
		return value{}, errNotConstant
	}
	off, m, err := e.findMember(t.Record, name.text, op)
	if err != nil || m == nil || m.Bitfield {
		return value{}, cmp.Or(err, errNotConstant)
	}
	return value{typ: m.Type, bits: at + uint64(off), place: true}, nil
}

// findMember finds a member and its offset, through anonymous records.
func (e *evaluator) findMember(r *model.Record, name string, op tok) (int64, *model.Member, error) {
	l, err := layout.Compute(&model.Unit{Records: []*model.Record{r}}, e.t)
	if err != nil {
		return 0, nil, &fault{op.pos(), firstLine(err.Error())}
	}
	places := l.Record(r).Members
	for i, m := range r.Members {
		if m.Name == name && name != "" {
			return places[i].Offset, m, nil
		}
		if m.Name == "" && m.Type.Kind == model.RecordType && m.Type.Record != nil {
			off, in, err := e.findMember(m.Type.Record, name, op)
			if err != nil || in != nil {
				return places[i].Offset + off, in, err
			}
		}
	}
	return 0, nil, nil
}

func (e *evaluator) element(v value, op tok) (value, error) {
	n, err := e.conditional()
	if err != nil {
		return value{}, err
	}
	if !n.isInt() || !e.accept("]") {
		return value{}, errNotConstant
	}
	size, _, err := e.sizeOf(v.typ.Elem, op)
	return value{typ: v.typ.Elem, bits: v.bits + n.bits*uint64(size), place: true}, err
}

// offsetOf parses the operands of __builtin_offsetof.
func (e *evaluator) offsetOf(op tok) (value, error) {
	if !e.accept("(") {
		return value{}, errNotConstant
	}
	t, err := e.typeName()
	if err != nil {
		return value{}, err
	}
	if !e.accept(",") {
		return value{}, errNotConstant
	}
	v, err := e.selectMember(t, 0, op)
	for err == nil && !e.accept(")") {
		switch {
		case e.accept("."):
			v, err = e.selectMember(v.typ, v.bits, op)
		case v.typ.Kind == model.Array && e.accept("["):
			v, err = e.element(v, op)
		default:
			err = errNotConstant
		}
	}
	return value{base: e.sizeT(), bits: v.bits}, err
}
