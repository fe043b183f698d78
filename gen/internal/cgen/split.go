package cgen

import (
	"maps"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// Pick asks for declarations of a header.
type Pick struct {
	Header  string
	Symbols []string // names; a "*" at the end stands for any rest
}

// Matches tells whether a name is asked for.
func (p *Pick) Matches(name string) bool {
	return name != "" && slices.ContainsFunc(p.Symbols, func(s string) bool { return match(s, name) })
}

func match(pattern, name string) bool {
	prefix, ok := strings.CutSuffix(pattern, "*")
	return name == pattern || ok && strings.HasPrefix(name, prefix)
}

// Part is what one header has to declare.
type Part struct {
	Name     string
	Decls    Decls
	Includes []string // headers that declare what this one uses, sorted
}

// Selection is what Split finds.
type Selection struct {
	Parts   []*Part        // sorted by name
	Macros  []*model.Macro // asked for, but without a value to write
	Missing []Pick         // the symbols that match nothing
}

// Split takes from a unit what is asked for and everything that it needs, and
// says which header declares what.
func Split(u *model.Unit, picks []Pick) *Selection {
	s := newSplitter(u)
	for i := range picks {
		s.pick(&picks[i])
	}
	out := &Selection{Macros: s.valueless}
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		p := s.parts[name]
		p.Includes = slices.Sorted(maps.Keys(s.includes[name]))
		out.Parts = append(out.Parts, p)
	}
	for _, p := range picks {
		if p.Symbols = s.unmatched(&p); len(p.Symbols) > 0 {
			out.Missing = append(out.Missing, p)
		}
	}
	return out
}

type splitter struct {
	u         *model.Unit
	typedefs  map[string]*model.Typedef
	taken     map[any]bool
	parts     map[string]*Part
	includes  map[string]map[string]bool
	valueless []*model.Macro
}

func newSplitter(u *model.Unit) *splitter {
	s := &splitter{
		u:        u,
		typedefs: map[string]*model.Typedef{},
		taken:    map[any]bool{},
		parts:    map[string]*Part{},
		includes: map[string]map[string]bool{},
	}
	for _, t := range u.Typedefs {
		s.typedefs[t.Name] = t
	}
	return s
}

func (s *splitter) pick(p *Pick) {
	for _, m := range s.u.Macros {
		if m.Pos.File == p.Header && p.Matches(m.Name) {
			s.macro(m)
		}
	}
	for _, e := range s.u.Enums {
		if e.Pos.File == p.Header && p.matchesEnum(e) {
			s.enum(e)
		}
	}
	for _, r := range s.u.Records {
		if r.Pos.File == p.Header && r.Parent == nil && p.Matches(r.Name()) {
			s.record(r)
		}
	}
	for _, t := range s.u.Typedefs {
		if t.Pos.File == p.Header && p.Matches(t.Name) {
			s.typedef(t)
		}
	}
}

func (p *Pick) matchesEnum(e *model.Enum) bool {
	if p.Matches(e.Tag) || p.Matches(e.Typedef) {
		return true
	}
	return slices.ContainsFunc(e.Consts, func(c *model.Const) bool { return p.Matches(c.Name) })
}

func (s *splitter) part(file string) *Part {
	if s.parts[file] == nil {
		s.parts[file] = &Part{Name: file}
		s.includes[file] = map[string]bool{}
	}
	return s.parts[file]
}

// take reports whether a declaration is new.
func (s *splitter) take(d any) bool {
	if s.taken[d] {
		return false
	}
	s.taken[d] = true
	return true
}

func (s *splitter) macro(m *model.Macro) {
	if !s.take(m) {
		return
	}
	if m.Kind == model.IntMacro || m.Kind == model.StringMacro {
		d := &s.part(m.Pos.File).Decls
		d.Macros = append(d.Macros, m)
		return
	}
	s.valueless = append(s.valueless, m)
}

func (s *splitter) enum(e *model.Enum) {
	if s.take(e) {
		d := &s.part(e.Pos.File).Decls
		d.Enums = append(d.Enums, e)
	}
}

// record takes the record at file scope that r is, or is defined in.
func (s *splitter) record(r *model.Record) *model.Record {
	for r.Parent != nil {
		r = r.Parent
	}
	if s.take(r) {
		d := &s.part(r.Pos.File).Decls
		d.Records = append(d.Records, r)
		s.members(r.Pos.File, r)
	}
	return r
}

func (s *splitter) members(file string, r *model.Record) {
	for _, m := range r.Members {
		if inner := m.InPlace(r); inner != nil {
			s.members(file, inner)
			continue
		}
		s.need(file, m.Type)
	}
}

func (s *splitter) typedef(t *model.Typedef) {
	if s.take(t) {
		d := &s.part(t.Pos.File).Decls
		d.Typedefs = append(d.Typedefs, t)
		s.need(t.Pos.File, t.Type)
	}
}

// need takes what the use of a type in file wants declared.
func (s *splitter) need(file string, t *model.Type) {
	switch {
	case t == nil:
	case s.typedefs[t.C] != nil:
		s.typedef(s.typedefs[t.C])
		s.include(file, s.typedefs[t.C].Pos.File)
	case t.Kind == model.Array:
		s.need(file, t.Elem)
	case t.Kind == model.Pointer && t.Elem != nil && t.Elem.Kind == model.RecordType && s.typedefs[t.Elem.C] == nil:
		// a pointer is content with a record's name
	case t.Kind == model.Pointer:
		s.need(file, t.Elem)
	case t.Kind == model.RecordType && t.Record != nil:
		s.include(file, s.record(t.Record).Pos.File)
	case t.Kind == model.EnumType && t.Enum != nil:
		s.enum(t.Enum)
		s.include(file, t.Enum.Pos.File)
	}
}

func (s *splitter) include(from, to string) {
	if from != to {
		s.part(from)
		s.includes[from][to] = true
	}
}

// unmatched is the part of a pick's symbols that took nothing.
func (s *splitter) unmatched(p *Pick) []string {
	var out []string
	for _, symbol := range p.Symbols {
		if symbol != "*" && !s.matchesAny(&Pick{p.Header, []string{symbol}}) {
			out = append(out, symbol)
		}
	}
	return out
}

func (s *splitter) matchesAny(p *Pick) bool {
	for d := range s.taken {
		switch d := d.(type) {
		case *model.Macro:
			if d.Pos.File == p.Header && p.Matches(d.Name) {
				return true
			}
		case *model.Enum:
			if d.Pos.File == p.Header && p.matchesEnum(d) {
				return true
			}
		case *model.Record:
			if d.Pos.File == p.Header && p.Matches(d.Name()) {
				return true
			}
		case *model.Typedef:
			if d.Pos.File == p.Header && p.Matches(d.Name) {
				return true
			}
		}
	}
	return false
}
