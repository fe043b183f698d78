package cfront

import (
	"github.com/uringgen/uringgen/gen/internal/comment"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// comments fills in the Comment fields from the headers' text.
func (b *builder) comments() {
	c := &commenter{b: b, files: map[string]*comment.File{}, listed: map[string]map[string]string{}}
	for _, r := range b.unit.Records {
		r.Comment = c.file(r.Pos).Leading(r.Pos.Line)
		entries := comment.Entries(r.Comment)
		for _, m := range r.Members {
			if m.Comment = c.file(m.Pos).Of(m.Pos.Line, m.Pos.Col); m.Comment == "" {
				m.Comment = entries[m.Name]
			}
		}
	}
	for _, e := range b.unit.Enums {
		e.Comment = c.file(e.Pos).Leading(e.Pos.Line)
		for _, k := range e.Consts {
			k.Comment = c.constant(k.Name, k.Pos)
		}
	}
	for _, m := range b.unit.Macros {
		m.Comment = c.constant(m.Name, m.Pos)
	}
}

type commenter struct {
	b      *builder
	files  map[string]*comment.File
	listed map[string]map[string]string
}

func (c *commenter) file(pos model.Pos) *comment.File {
	f := c.files[pos.File]
	if f == nil {
		f = comment.Scan(c.b.p.files.text[pos.File])
		c.files[pos.File] = f
	}
	return f
}

// constant prefers the entry of a list over what stands beside a constant.
func (c *commenter) constant(name string, pos model.Pos) string {
	f := c.file(pos)
	l, ok := c.listed[pos.File]
	if !ok {
		l = f.Listed(c.known)
		c.listed[pos.File] = l
	}
	if text := l[name]; text != "" {
		return text
	}
	return f.OfOne(pos.Line, pos.Col)
}

func (c *commenter) known(name string) bool {
	if _, ok := c.b.consts[name]; ok {
		return true
	}
	return c.b.ast.Macros[name] != nil
}
