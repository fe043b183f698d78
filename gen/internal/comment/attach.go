package comment

import (
	"bytes"
	"strings"
)

// Leading is the comment right above the declaration that starts on a line
// (from 1): it ends on the line before, and nothing else stands on its lines.
func (f *File) Leading(line int) string {
	if c := f.above(line - 1); c != nil {
		return c.text
	}
	return ""
}

func (f *File) above(line int) *span {
	for i := range f.comments {
		c := &f.comments[i]
		if c.last == line-1 && f.alone(c) {
			return c
		}
	}
	return nil
}

// alone tells whether no code shares a line with a comment.
func (f *File) alone(c *span) bool {
	for l := c.first; l <= c.last; l++ {
		if f.code[l].from >= 0 {
			return false
		}
	}
	return true
}

// Trailing is the comment that starts after a declaration on its line. col is
// where the declaration's name stands (both from 1).
func (f *File) Trailing(line, col int) string {
	for i := range f.comments {
		if c := &f.comments[i]; c.first == line-1 && c.col >= col {
			return c.text
		}
	}
	return ""
}

// Of is the comment of a declaration: what stands above it, then what stands
// after it.
func (f *File) Of(line, col int) string {
	return join(f.Leading(line), f.Trailing(line, col))
}

// OfOne is the comment of a declaration in a row of like ones, such as
// constants. A comment above the first of several is a heading for all of
// them, so it counts only where a single declaration follows it.
func (f *File) OfOne(line, col int) string {
	lead := ""
	if c := f.above(line - 1); c != nil && f.single(line-1) && !list(c.text) {
		lead = c.text
	}
	return join(lead, f.Trailing(line, col))
}

// single tells whether the line after a declaration (from 0) is free of code.
func (f *File) single(line int) bool {
	for line < len(f.code) && f.code[line].continues {
		line++
	}
	line++
	return line >= len(f.code) || f.code[line].from < 0 || f.closes(line)
}

// closes tells whether a line holds no more than what ends a body: "};" or
// "#endif" do not carry a heading on.
func (f *File) closes(line int) bool {
	code := f.text[f.code[line].from:f.code[line].to]
	return code[0] == '}' || bytes.HasPrefix(code, []byte("#e")) // #endif, #else, #elif
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// list tells whether a comment has the form of a list of names.
func list(text string) bool {
	for l := range strings.Lines(text) {
		if name, _, ok := entry(l); ok && name == strings.ToUpper(name) {
			return true
		}
	}
	return false
}
