package rules

import (
	"slices"

	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/naming"
)

// collectRecords finds the records that come out: those of the bound headers,
// and what they are made of, wherever it is defined.
func (b *Bound) collectRecords() {
	wanted := b.wanted()
	seen := map[*model.Record]bool{}
	for _, r := range b.Unit.Records {
		if r.Name() != "" && wanted(r.Pos.File, r.Name()) {
			b.mark(r, seen)
		}
	}
	for _, r := range b.Unit.Records {
		if !seen[r] || r.Name() == "" {
			continue
		}
		b.Records = append(b.Records, r)
		b.records[r.Name()] = r
		b.facts[r.Name()] = facts.Record + " " + r.Name()
		for _, f := range b.Layout.Flatten(r) {
			path := r.Name() + "." + f.Path
			b.members[path] = f
			b.facts[path] = facts.Field + " " + path
		}
	}
}

// mark takes in a record and all that it contains.
func (b *Bound) mark(r *model.Record, seen map[*model.Record]bool) {
	if seen[r] {
		return
	}
	seen[r] = true
	for _, m := range r.Members {
		t := m.Type
		for t != nil && t.Kind == model.Array {
			t = t.Elem
		}
		if t != nil && t.Kind == model.RecordType && t.Record != nil {
			b.mark(t.Record, seen)
		}
	}
}

// wanted tells what comes out for its own sake.
func (b *Bound) wanted() func(file, name string) bool {
	bound := map[string]bool{}
	for _, h := range b.Headers {
		bound[h.Name] = true
	}
	return func(file, name string) bool {
		return bound[file] || slices.ContainsFunc(b.With, func(h Header) bool { return h.Name == file && h.matches(name) })
	}
}

func (h *Header) matches(name string) bool {
	return slices.ContainsFunc(h.only, func(p naming.Pattern) bool { return p.Match(name) })
}

// collectConsts lists the constants of the bound headers in the order of the
// source. A macro of an enumerator's name, with which headers tell the
// preprocessor that it is there, is the enumerator.
func (b *Bound) collectConsts() {
	wanted := b.wanted()
	add := func(c *Const) {
		if b.consts[c.Name] != nil || !wanted(c.Pos.File, c.Name) {
			return
		}
		b.consts[c.Name] = c
		b.facts[c.Name] = facts.Const + " " + c.Name
		b.Consts = append(b.Consts, c)
	}
	for _, e := range b.Unit.Enums {
		if e.Tag != "" && slices.Contains(b.Names(), e.Pos.File) {
			b.tags[e.Tag] = true
		}
		for _, c := range e.Consts {
			add(&Const{Name: c.Name, Pos: c.Pos, Comment: c.Comment, Value: c.Value, Enum: e})
		}
	}
	for _, m := range b.Unit.Macros {
		switch m.Kind {
		case model.IntMacro:
			add(&Const{Name: m.Name, Pos: m.Pos, Comment: m.Comment, Value: m.Value})
		case model.StringMacro:
			add(&Const{Name: m.Name, Pos: m.Pos, Comment: m.Comment, Text: m.Text, String: true})
		}
	}
	order := map[string]int{}
	for i, name := range b.Reads() {
		order[name] = i
	}
	slices.SortStableFunc(b.Consts, func(x, y *Const) int {
		if x.Pos.File != y.Pos.File {
			return order[x.Pos.File] - order[y.Pos.File]
		}
		return comparePos(x.Pos, y.Pos)
	})
}
