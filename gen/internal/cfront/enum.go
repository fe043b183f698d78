package cfront

import (
	"math"

	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// enumSpec is the type that an enum specifier names.
func (b *builder) enumSpec(s *cc.EnumSpecifier, packed bool) *model.Type {
	name := s.Token2.SrcStr()
	t := &model.Type{Kind: model.EnumType, C: "enum"}
	defines := s.Case == cc.EnumSpecifierDef
	e := &model.Enum{Base: model.UInt}
	if name != "" {
		t.C += " " + name
		tag := b.tag(name, "enum", position(s.Token2))
		if tag.enum == nil {
			tag.enum = &model.Enum{Tag: name, Base: model.UInt}
		}
		e = tag.enum
		if defines && tag.complete {
			b.fault(position(s.Token2), "%s is defined twice, first at %s", t.C, e.Pos)
			defines = false
		}
		tag.complete = tag.complete || defines
	}
	t.Enum = e
	b.track(t)
	if defines {
		b.enum(s, e, packed)
	}
	return t
}

func (b *builder) enum(s *cc.EnumSpecifier, e *model.Enum, packed bool) {
	e.Pos = position(s.Token)
	if e.Tag != "" {
		e.Pos = position(s.Token2)
	}
	b.p.doing = "enum " + e.Tag + " at " + e.Pos.String()
	b.unit.Enums = append(b.unit.Enums, e)
	next, over := value{base: model.IntBase}, false
	for l := s.EnumeratorList; l != nil; l = l.EnumeratorList {
		if l.Enumerator == nil {
			continue
		}
		tok := l.Enumerator.Token
		v := next
		if l.Enumerator.ConstantExpression != nil {
			var ok bool
			if v, ok = b.integer(l.Enumerator.ConstantExpression, "value of "+tok.SrcStr()); !ok {
				v = value{base: model.IntBase}
			}
		} else if over {
			b.fault(position(tok), "value of %s does not fit 64 bits", tok.SrcStr())
		}
		v = b.enumerator(e, tok, v)
		next, over = b.successor(v)
	}
	e.Base = b.compatible(e, packed)
	if f := s.EnumTypeSpecifier; f != nil {
		if t, _ := b.base(b.memberSpecs(f.SpecifierQualifierList), nil); t.Kind == model.Int {
			e.Base = t.Base
		}
	}
}

// enumerator records a constant. Its type is int where the value fits.
func (b *builder) enumerator(e *model.Enum, tok cc.Token, v value) value {
	name, pos := tok.SrcStr(), position(tok)
	if first, ok := b.consts[name]; ok {
		b.fault(pos, "enumerator %s is declared twice, first at %s", name, first.pos)
	}
	c := &model.Const{Name: name, Pos: pos, Value: b.eval.model(v)}
	if fitsInt(c.Value) {
		v = value{base: model.IntBase, bits: c.Value.Bits}
	}
	e.Consts = append(e.Consts, c)
	b.consts[name] = constant{v, pos}
	return v
}

func fitsInt(v model.Value) bool {
	if v.Negative {
		return v.Int64() >= math.MinInt32
	}
	return v.Bits <= math.MaxInt32
}

// successor is the value of the enumerator that follows one with value v,
// and whether there is none.
func (b *builder) successor(v value) (value, bool) {
	m := b.eval.model(v)
	n := model.Value{Bits: m.Bits + 1, Negative: m.Negative && m.Bits+1 != 0}
	if !m.Negative && n.Bits == 0 {
		return v, true
	}
	base := model.ULongLong
	switch {
	case fitsInt(n):
		base = model.IntBase
	case n.Negative || n.Bits <= math.MaxInt64:
		base = model.LongLong
	}
	return value{base: base, bits: n.Bits}, false
}

// compatible is the integer type that GCC and clang give an enum: unsigned
// unless a value is negative, int-sized unless a value needs more, and the
// smallest that holds all values if packed. One of 64 bits is called long long
// even where it is long: the two are alike, and the model stays the same on
// all targets.
func (b *builder) compatible(e *model.Enum, packed bool) model.Base {
	var lo int64
	var hi uint64
	for _, c := range e.Consts {
		if c.Value.Negative {
			lo = min(lo, c.Value.Int64())
		} else {
			hi = max(hi, c.Value.Bits)
		}
	}
	sizes := []model.Base{model.IntBase, model.LongLong}
	if packed {
		sizes = []model.Base{model.SChar, model.Short, model.IntBase, model.LongLong}
	}
	for _, s := range sizes {
		bits := b.p.target.Size(s) * 8
		if lo < 0 {
			if lo >= -1<<(bits-1) && hi <= 1<<(bits-1)-1 {
				return s
			}
		} else if bits == 64 || hi <= 1<<bits-1 {
			return unsigned(s)
		}
	}
	return model.LongLong
}
