package rules

import (
	"github.com/uringgen/uringgen/gen/internal/model"
)

// Class is what the tables make of a member.
type Class uint8

// The classes of member.
const (
	Plain    Class = iota // part of the API
	Padding               // fills a hole
	Reserved              // has no meaning yet
	Nothing               // has no bytes and no elements: a trick of the header
)

// Public tells whether members of the class belong to the API.
func Public(c Class) bool { return c == Plain }

// Class says what a member is.
func (b *Bound) Class(m *model.Member) Class {
	t := element(m.Type)
	if t.Kind == model.RecordType && t.Record != nil && len(t.Record.Members) == 0 {
		return Nothing
	}
	for _, p := range b.padding {
		if p.Match(m.Name) {
			return Padding
		}
	}
	for _, p := range b.reserved {
		if p.Match(m.Name) {
			return Reserved
		}
	}
	return Plain
}

// Carried is the family whose values a member holds, nil if none. path is the
// record's name and the member's path, dotted.
func (b *Bound) Carried(path string) *Family { return b.carriers[path] }

// Families lists the families in order of the table.
func (b *Bound) Families() []*Family { return b.families.list }

// Record is the record of that name that comes out, nil if there is none.
func (b *Bound) Record(name string) *model.Record { return b.records[name] }

// Doc is our own words for a symbol, "" if there are none.
func (b *Bound) Doc(symbol string) string {
	if v := b.docs[symbol]; v != nil {
		return v.text
	}
	return ""
}

// PackageDoc is our own words for the package, "" if there are none.
func (r *Rules) PackageDoc() string {
	if r.doc == nil {
		return ""
	}
	return r.doc.text
}

// Rename is the Go name that the tables give a record or member, "" if none.
func (b *Bound) Rename(symbol string) string {
	if v := b.names[symbol]; v != nil {
		return v.text
	}
	return ""
}

// Helper is the Go type that stands for a C typedef, "" if none.
func (b *Bound) Helper(typedef string) string {
	if v := b.helpers[typedef]; v != nil {
		return v.text
	}
	return ""
}

// Since says which kernel brought a symbol: "5.6", "6.13..7.2" where only
// that is known, "" where nothing is.
func (b *Bound) Since(symbol string) string {
	if v := b.since[symbol]; v != nil {
		return v.text
	}
	if fact := b.facts[symbol]; fact != "" {
		return b.history.since(fact)
	}
	return ""
}

// Pos is the place of a family in the tables, as if it were a header.
func (f *Family) Pos() model.Pos {
	return model.Pos{File: f.row.File, Line: f.row.Line, Col: 1}
}

// Kin is the family that a constant belongs to, or that a macro would belong
// to if no exact row said otherwise; nil if none.
func (b *Bound) Kin(c *Const) *Family {
	if c.Family != nil || c.Enum != nil {
		return c.Family
	}
	if row := b.families.byPrefix(c.Name); row != nil {
		return row.family
	}
	return nil
}

// Set is the prefix row of untyped constants that c belongs to, "" if none.
func (b *Bound) Set(c *Const) string {
	if row := b.families.byPrefix(c.Name); row != nil {
		return row.match
	}
	return ""
}
