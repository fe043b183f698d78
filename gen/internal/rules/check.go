package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// bindHeaders wants every header of the table to be among those read, and a
// file for every record that comes out.
func (b *Bound) bindHeaders(errs *faults) {
	emits := map[string]bool{}
	for _, r := range b.Records {
		emits[r.Pos.File] = true
	}
	for _, name := range b.Reads() {
		if !slices.Contains(b.Unit.Files, name) {
			errs.row(b.row(name), "header %s was not read", name)
		}
	}
	for _, h := range b.With {
		for _, p := range h.only {
			if !b.any(func(name, file string) bool { return file == h.Name && p.Match(name) }) {
				errs.row(h.row, "%s declares nothing that matches %s", h.Name, p)
			}
		}
	}
	for _, h := range b.Uses {
		if !emits[h.Name] {
			errs.row(h.row, "no bound header uses a record of %s", h.Name)
		}
	}
	for _, r := range b.Records {
		if b.fileOf(r.Pos.File) == "" {
			b.finding(r.Name(), r.Pos, fmt.Sprintf("it goes to %s for now: say which Go file the records of %s belong to, by a \"uses\" row in %s", defaultFile(r.Pos.File), r.Pos.File, rulesFile))
		}
	}
}

// GoFile is the file for what a header declares.
func (b *Bound) GoFile(header string) string { return cmp.Or(b.fileOf(header), defaultFile(header)) }

func (b *Bound) fileOf(header string) string {
	for _, h := range b.all() {
		if h.Name == header {
			return h.File
		}
	}
	return ""
}

// row is the row of rules.tbl that names a header.
func (b *Bound) row(header string) table.Row {
	all := b.all()
	return all[slices.IndexFunc(all, func(h Header) bool { return h.Name == header })].row
}

// any tells whether a record or constant that comes out is as wanted.
func (b *Bound) any(ok func(name, file string) bool) bool {
	return slices.ContainsFunc(b.Records, func(r *model.Record) bool { return ok(r.Name(), r.Pos.File) }) ||
		slices.ContainsFunc(b.Consts, func(c *Const) bool { return ok(c.Name, c.Pos.File) })
}

// defaultFile makes a file name of a header's name that no table gives one.
// The ending keeps the go command from reading a target into it.
func defaultFile(header string) string {
	s := strings.Map(func(r rune) rune {
		if r == '/' || r == '-' || r == '.' {
			return '_'
		}
		return r
	}, strings.TrimSuffix(header, ".h"))
	return strings.TrimLeft(s, "_") + "_h.go"
}

// bindCarriers gives each carrier its family, and each family its size.
func (b *Bound) bindCarriers(errs *faults) {
	for _, f := range b.families.list {
		for _, c := range f.carriers {
			goType, err := b.carrierType(c)
			switch other := b.carriers[c.path]; {
			case err != nil:
				errs.add(err)
			case other != nil:
				errs.row(c.row, "%s carries %s already, since line %d", c.path, other.Type, other.row.Line)
			case f.Underlying == "":
				f.Underlying = goType
			case f.Underlying != goType:
				errs.row(c.row, "%s is %s, but %s is %s", c.path, goType, f.Type, f.Underlying)
			}
			b.carriers[c.path] = f
		}
	}
}

func (b *Bound) carrierType(c carrier) (string, error) {
	m, ok := b.members[c.path]
	if !ok {
		return "", c.row.Errorf("there is no member %s", c.path)
	}
	t := m.Member.Type
	base := t.Base
	switch {
	case m.Member.Bitfield:
		return "", c.row.Errorf("%s is a bit-field and cannot carry a family", c.path)
	case t.Kind == model.EnumType && t.Enum != nil:
		base = t.Enum.Base
	case t.Kind != model.Int:
		return "", c.row.Errorf("%s is not an integer and cannot carry a family", c.path)
	}
	sign := "u"
	if b.Layout.Target.Signed(base) {
		sign = ""
	}
	return fmt.Sprintf("%sint%d", sign, m.Size*8), nil
}

// bindFamilies gives each constant its family.
func (b *Bound) bindFamilies(errs *faults) {
	for _, c := range b.Consts {
		if c.String {
			continue
		}
		tag := ""
		if c.Enum != nil {
			tag = c.Enum.Tag
		}
		row := b.families.find(c.Name, tag)
		if row == nil {
			b.finding(c.Name, c.Pos, "it stays untyped for now: give it a family, or \"-\", by a row for it, its enum or its prefix in "+familiesFile)
			continue
		}
		row.used = true
		c.Family = row.family
		if f := row.family; f != nil && f.Underlying != "" && !fits(c.Value, f.Underlying) {
			errs.row(row.row, "%s (%v) is %v, which %s (%s) cannot hold", c.Name, c.Pos, c.Value, f.Type, f.Underlying)
		}
	}
	for _, row := range b.families.rows {
		if !row.used {
			errs.row(row.row, "%s decides no constant; remove the row or mend its spelling", row.row.Get("match"))
		}
	}
}

// fits tells whether a Go integer type can hold a value.
func fits(v model.Value, goType string) bool {
	n := bits(goType)
	if strings.HasPrefix(goType, "u") {
		return !v.Negative && v.Bits>>(n-1)>>1 == 0
	}
	if v.Negative {
		return v.Int64() >= -1<<(n-1)
	}
	return v.Bits < 1<<(n-1)
}

// bindNames checks the rows of rules.tbl that speak of members and types.
func (b *Bound) bindNames(errs *faults) {
	for _, list := range [][]pattern{b.padding, b.reserved} {
		for _, p := range list {
			if !b.anyMember(func(m *model.Member) bool { return p.Match(m.Name) }) {
				errs.row(p.row, "no member matches %s", p.Pattern)
			}
		}
	}
	for _, h := range sorted(b.helpers) {
		if !b.anyMember(func(m *model.Member) bool { return element(m.Type).C == h.key }) {
			errs.row(h.row, "no member is a %s", h.key)
		}
	}
	for _, n := range sorted(b.names) {
		if _, ok := b.members[n.key]; !ok && b.records[n.key] == nil {
			errs.row(n.row, "there is no record or member %s", n.key)
		}
	}
	for _, s := range b.sinceFor {
		if b.families.byType[s.key] == nil {
			errs.row(s.row, "%s has no type %s", familiesFile, s.key)
		}
	}
}

func (b *Bound) anyMember(ok func(*model.Member) bool) bool {
	for _, f := range b.members {
		if ok(f.Member) {
			return true
		}
	}
	return false
}

// element is the type that an array is of, in the end.
func element(t *model.Type) *model.Type {
	for t.Kind == model.Array && t.Elem != nil {
		t = t.Elem
	}
	return t
}
