package cfront

import (
	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// specs is the part of a declaration that stands before its declarators. C's
// grammar has two productions for it; they are one here.
type specs struct {
	types   []*cc.TypeSpecifier
	attrs   attributes
	typedef bool
}

func (b *builder) declarationSpecs(l *cc.DeclarationSpecifiers) specs {
	var s specs
	for ; l != nil; l = l.DeclarationSpecifiers {
		if l.TypeSpecifier != nil {
			s.types = append(s.types, l.TypeSpecifier)
		}
		if c := l.StorageClassSpecifier; c != nil && c.Case == cc.StorageClassSpecifierTypedef {
			s.typedef = true
		}
		if l.TypeQualifier != nil {
			s.attrs.add(b, l.TypeQualifier.AttributeSpecifierList)
		}
		s.attrs.add(b, l.AttributeSpecifierList)
		s.attrs.alignas(b, l.AlignmentSpecifier)
	}
	return s
}

func (b *builder) memberSpecs(l *cc.SpecifierQualifierList) specs {
	var s specs
	for ; l != nil; l = l.SpecifierQualifierList {
		if l.TypeSpecifier != nil {
			s.types = append(s.types, l.TypeSpecifier)
		}
		if l.TypeQualifier != nil {
			s.attrs.add(b, l.TypeQualifier.AttributeSpecifierList)
		}
		s.attrs.add(b, l.AttributeSpecifierList)
		s.attrs.alignas(b, l.AlignmentSpecifier)
	}
	return s
}

// base is the type that specifiers name, and the record that they define in
// place, if they do. owner is the record that they stand in.
func (b *builder) base(s specs, owner *model.Record) (*model.Type, *model.Record) {
	var words words
	for _, ts := range s.types {
		switch ts.Case {
		case cc.TypeSpecifierStructOrUnion:
			return b.recordSpec(ts.StructOrUnionSpecifier, owner)
		case cc.TypeSpecifierEnum:
			return b.enumSpec(ts.EnumSpecifier, s.attrs.packed), nil
		case cc.TypeSpecifierTypeName:
			return b.typedefUse(ts.Token.SrcStr(), position(ts.Token)), nil
		case cc.TypeSpecifierAtomic, cc.TypeSpecifierTypeofExpr, cc.TypeSpecifierTypeofType:
			b.fault(position(ts), "%s is not supported in a declaration", first(ts))
			return &model.Type{Kind: model.Int, Base: model.IntBase, C: "int"}, nil
		default:
			if !words.add(ts.Token.SrcStr()) {
				b.fault(position(ts), "type %s is not supported", first(ts))
				return &model.Type{Kind: model.Int, Base: model.IntBase, C: "int"}, nil
			}
		}
	}
	t, ok := words.typ()
	if !ok && len(s.types) > 0 {
		b.fault(position(s.types[0]), "no type has these words together")
	}
	return t, nil
}

func first(ts *cc.TypeSpecifier) string { return ts.Token.SrcStr() }

func (b *builder) typedefUse(name string, pos model.Pos) *model.Type {
	under := b.typedefs[name]
	if under == nil {
		b.fault(pos, "unknown type %s", name)
		return &model.Type{Kind: model.Int, Base: model.IntBase, C: name}
	}
	t := *under
	if t.Kind != model.Array && t.Kind != model.Pointer {
		t.C = name
	}
	b.track(&t)
	return &t
}

// words counts the words of an arithmetic type's name, which may come in any
// order.
type words struct {
	char, short, int, long, signed, unsigned int
	void, bool, float, double, int128        int
	total                                    int
}

// add takes a word; it returns false if it is not one of them.
func (w *words) add(s string) bool {
	w.total++
	switch s {
	case "char":
		w.char++
	case "short":
		w.short++
	case "int":
		w.int++
	case "long":
		w.long++
	case "signed", "__signed", "__signed__":
		w.signed++
	case "unsigned":
		w.unsigned++
	case "void":
		w.void++
	case "_Bool":
		w.bool++
	case "float":
		w.float++
	case "double":
		w.double++
	case "__int128", "__int128_t":
		w.int128++
	case "__uint128_t":
		w.int128++
		w.unsigned++
	default:
		w.total--
		return false
	}
	return true
}

// typ is the type that the words name. Without any word it is int, as in C
// before 1999.
func (w *words) typ() (*model.Type, bool) {
	ok := w.signed+w.unsigned <= 1 && w.long <= 2
	switch {
	case w.void == 1:
		return &model.Type{Kind: model.Void, C: "void"}, ok && w.total == 1
	case w.bool == 1:
		return &model.Type{Kind: model.Bool, C: "_Bool"}, ok && w.total == 1
	case w.float == 1:
		return &model.Type{Kind: model.Float, Base: model.FloatBase, C: "float"}, ok && w.total == 1
	case w.double == 1 && w.long == 1:
		return &model.Type{Kind: model.Float, Base: model.LongDouble, C: "long double"}, ok && w.total == 2
	case w.double == 1:
		return &model.Type{Kind: model.Float, Base: model.Double, C: "double"}, ok && w.total == 1
	}
	base := model.IntBase
	kinds := 0
	for _, k := range []struct {
		n    int
		base model.Base
	}{{w.char, model.Char}, {w.short, model.Short}, {w.int128, model.Int128}} {
		if k.n > 0 {
			base = k.base
			kinds += k.n
		}
	}
	if w.long > 0 {
		base = model.Long
		kinds++
	}
	if w.long == 2 {
		base = model.LongLong
	}
	if w.char+w.int128 > 0 {
		kinds += w.int
	}
	switch {
	case w.unsigned > 0:
		base = unsigned(base)
	case w.signed > 0 && base == model.Char:
		base = model.SChar
	}
	ok = ok && kinds <= 1 && w.int <= 1 && w.float+w.double+w.void+w.bool == 0
	return intType(base), ok
}

func intType(base model.Base) *model.Type {
	return &model.Type{Kind: model.Int, Base: base, C: spellings[base]}
}

var spellings = map[model.Base]string{
	model.Char: "char", model.SChar: "signed char", model.UChar: "unsigned char",
	model.Short: "short", model.UShort: "unsigned short",
	model.IntBase: "int", model.UInt: "unsigned int",
	model.Long: "long", model.ULong: "unsigned long",
	model.LongLong: "long long", model.ULongLong: "unsigned long long",
	model.Int128: "__int128", model.UInt128: "unsigned __int128",
}

// unsigned is the unsigned sister of an integer type.
func unsigned(b model.Base) model.Base {
	switch b {
	case model.Char, model.SChar:
		return model.UChar
	case model.Short:
		return model.UShort
	case model.IntBase:
		return model.UInt
	case model.Long:
		return model.ULong
	case model.LongLong:
		return model.ULongLong
	case model.Int128:
		return model.UInt128
	}
	return b
}
