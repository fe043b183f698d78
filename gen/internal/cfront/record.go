package cfront

import (
	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// recordSpec is the type that a struct or union specifier names, and the
// record if it defines one.
func (b *builder) recordSpec(s *cc.StructOrUnionSpecifier, owner *model.Record) (*model.Type, *model.Record) {
	kind := model.Struct
	if s.StructOrUnion.Case == cc.StructOrUnionUnion {
		kind = model.Union
	}
	name := s.Token.SrcStr()
	t := &model.Type{Kind: model.RecordType, C: kind.String()}
	defines := s.Case == cc.StructOrUnionSpecifierDef
	r := &model.Record{Kind: kind}
	if name != "" {
		t.C += " " + name
		tag := b.tag(name, kind.String(), position(s.Token))
		if tag.record == nil {
			tag.record = &model.Record{Kind: kind, Tag: name}
		}
		r = tag.record
		if defines && tag.complete {
			b.fault(position(s.Token), "%s is defined twice, first at %s", t.C, r.Pos)
			defines = false
		}
		if defines {
			defer func() { tag.complete = true }()
		}
	}
	t.Record = r
	b.track(t)
	if !defines {
		return t, nil
	}
	b.record(s, r, owner)
	return t, r
}

// tag finds what a tag names. struct, union and enum share one name space.
func (b *builder) tag(name, keyword string, pos model.Pos) *tag {
	t := b.tags[name]
	if t == nil {
		t = &tag{keyword: keyword}
		b.tags[name] = t
	}
	if t.keyword != keyword {
		b.fault(pos, "%s %s was %s %s before", keyword, name, t.keyword, name)
		return &tag{keyword: keyword}
	}
	return t
}

func (b *builder) record(s *cc.StructOrUnionSpecifier, r, owner *model.Record) {
	r.Parent = owner
	r.Pos = position(s.StructOrUnion.Token)
	if r.Tag != "" {
		r.Pos = position(s.Token)
	}
	r.Pack = b.p.packs.at(position(s.Token2))
	var a attributes
	a.add(b, s.AttributeSpecifierList, s.AttributeSpecifierList2)
	r.Packed, r.Aligned = a.packed, a.aligned
	b.unit.Records = append(b.unit.Records, r)
	b.p.doing = describe(r) + " at " + r.Pos.String()
	names := map[string]model.Pos{}
	for l := s.StructDeclarationList; l != nil; l = l.StructDeclarationList {
		b.members(l.StructDeclaration, r, names)
	}
	b.checkFlexible(r)
}

func describe(r *model.Record) string {
	if n := r.Name(); n != "" {
		return r.Kind.String() + " " + n
	}
	return r.Kind.String()
}

// members takes one declaration in a record, which may declare several
// members.
func (b *builder) members(d *cc.StructDeclaration, r *model.Record, names map[string]model.Pos) {
	if d == nil {
		return
	}
	if d.Case == cc.StructDeclarationAssert {
		b.staticAssert(d.StaticAssertDeclaration)
		return
	}
	if d.SpecifierQualifierList == nil && d.StructDeclaratorList == nil {
		return // a stray ";"
	}
	if d.Token.SrcStr() != ";" {
		b.fault(position(d), "a ; is missing after this member of %s", describe(r))
	}
	s := b.memberSpecs(d.SpecifierQualifierList)
	if len(s.types) == 0 {
		b.fault(position(d), "a member of %s has no type", describe(r))
		return
	}
	t, in := b.base(s, r)
	if d.StructDeclaratorList == nil {
		s.attrs.add(b, d.AttributeSpecifierList)
		b.anonymous(position(d), t, in, r, s.attrs, names)
		return
	}
	for l := d.StructDeclaratorList; l != nil; l = l.StructDeclaratorList {
		a := s.attrs
		if l.StructDeclaratorList == nil {
			a.add(b, d.AttributeSpecifierList)
		}
		b.member(l.StructDeclarator, t, r, a, names)
	}
}

// anonymous adds a record without tag and name, whose members count as r's.
// Anything else without a name declares no member.
func (b *builder) anonymous(pos model.Pos, t *model.Type, in, r *model.Record, a attributes, names map[string]model.Pos) {
	if in == nil || in.Tag != "" {
		return
	}
	m := &model.Member{Pos: pos, Type: t, Packed: a.packed, Aligned: a.aligned}
	r.Members = append(r.Members, m)
	b.claimAll(in, names)
}

func (b *builder) member(d *cc.StructDeclarator, t *model.Type, r *model.Record, a attributes, names map[string]model.Pos) {
	m := &model.Member{Type: t, Packed: a.packed, Aligned: a.aligned}
	if d.Declarator != nil {
		var name cc.Token
		name, m.Type = b.declare(d.Declarator, t)
		m.Name, m.Pos = name.SrcStr(), position(name)
		b.claim(m, names)
	} else {
		m.Pos = position(d.Token)
	}
	if d.Case == cc.StructDeclaratorBitField {
		m.Bitfield = true
		n, ok := b.constant(d.ConstantExpression, "width of a bit-field")
		if !ok {
			return
		}
		m.Bits = n
	}
	if b.checkMember(r, m) {
		r.Members = append(r.Members, m)
	}
}

// claim reports a name that the record has already.
func (b *builder) claim(m *model.Member, names map[string]model.Pos) {
	if first, ok := names[m.Name]; ok {
		b.fault(m.Pos, "member %s is declared twice, first at %s", m.Name, first)
		return
	}
	names[m.Name] = m.Pos
}

// claimAll claims the names of an anonymous record for the one around it.
func (b *builder) claimAll(in *model.Record, names map[string]model.Pos) {
	for _, m := range in.Members {
		switch {
		case m.Name != "":
			b.claim(m, names)
		case m.Type.Kind == model.RecordType && m.Type.Record != nil:
			b.claimAll(m.Type.Record, names)
		}
	}
}
