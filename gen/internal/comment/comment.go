// Package comment finds the comments of a C header and tells which of them
// belong to a declaration. It works on the text: around preprocessor
// directives a parser never sees them.
package comment

import (
	"bytes"
	"strings"
)

// File is the comments of one header, by place.
type File struct {
	text     []byte
	comments []span
	code     []extent // by line, from 0: where code stands on it
}

// span is one comment, or several // lines that follow each other.
type span struct {
	first, last int // lines, from 0
	col         int // of its start, from 0
	line        bool
	text        string // cleaned
}

// extent is the part of a line that holds code; empty if from < 0.
type extent struct {
	from, to  int  // in the text
	continues bool // ends in a backslash
}

// Scan reads a header.
func Scan(text []byte) *File {
	s := scanner{text: text, f: &File{text: text, code: []extent{{from: -1}}}}
	s.run()
	return s.f
}

type scanner struct {
	text      []byte
	pos       int
	line      int
	lineStart int
	f         *File
}

func (s *scanner) newline() {
	s.line++
	s.lineStart = s.pos
	s.f.code = append(s.f.code, extent{from: -1})
}

func (s *scanner) mark(from, to int) {
	e := &s.f.code[s.line]
	if e.from < 0 {
		e.from = from
	}
	e.to = to
}

func (s *scanner) run() {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		next := byte(0)
		if s.pos+1 < len(s.text) {
			next = s.text[s.pos+1]
		}
		switch {
		case c == '\n':
			s.pos++
			s.newline()
		case c == ' ' || c == '\t' || c == '\r':
			s.pos++
		case c == '\\' && next == '\n':
			s.f.code[s.line].continues = true
			s.pos++
		case c == '/' && next == '*':
			s.block()
		case c == '/' && next == '/':
			s.rest()
		case c == '"' || c == '\'':
			s.literal(c)
		default:
			s.pos++
			s.mark(s.pos-1, s.pos)
		}
	}
}

func (s *scanner) block() {
	c := span{first: s.line, col: s.pos - s.lineStart}
	start := s.pos
	s.pos += 2
	n := bytes.Index(s.text[s.pos:], []byte("*/"))
	end := len(s.text)
	if n >= 0 {
		end = s.pos + n + 2
	}
	for s.pos < end {
		if s.text[s.pos] == '\n' {
			s.pos++
			s.newline()
			continue
		}
		s.pos++
	}
	c.last = s.line
	c.text = cleanBlock(string(s.text[start:end]))
	s.f.comments = append(s.f.comments, c)
}

// rest takes a // comment, and joins it to the one in the line above if both
// start in the same column.
func (s *scanner) rest() {
	c := span{first: s.line, last: s.line, col: s.pos - s.lineStart, line: true}
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos] != '\n' {
		s.pos++
	}
	c.text = strings.TrimRight(strings.TrimPrefix(strings.TrimLeft(string(s.text[start:s.pos]), "/"), " "), " \t\r")
	if n := len(s.f.comments); n > 0 && s.f.code[s.line].from < 0 {
		if up := &s.f.comments[n-1]; up.line && up.last == s.line-1 && up.col == c.col {
			up.last = s.line
			up.text = strings.TrimSpace(up.text + "\n" + c.text)
			return
		}
	}
	s.f.comments = append(s.f.comments, c)
}

func (s *scanner) literal(quote byte) {
	start := s.pos
	for s.pos++; s.pos < len(s.text) && s.text[s.pos] != '\n'; s.pos++ {
		if s.text[s.pos] == quote {
			s.pos++
			break
		}
		if s.text[s.pos] == '\\' && s.pos+1 < len(s.text) && s.text[s.pos+1] != '\n' {
			s.pos++
		}
	}
	s.mark(start, s.pos)
}

// cleanBlock drops the delimiters, the stars that start lines and the blank
// lines at both ends. Behind a star, an indent stays; without stars there is
// nothing to measure it against.
func cleanBlock(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "/*"), "*/")
	var out []string
	for _, l := range strings.Split(s, "\n") {
		l = strings.TrimRight(l, " \t\r")
		t := strings.TrimLeft(l, " \t")
		if strings.HasPrefix(t, "*") {
			t = strings.TrimPrefix(strings.TrimLeft(t, "*"), " ")
		}
		out = append(out, t)
	}
	return strings.TrimRight(strings.TrimLeft(strings.Join(out, "\n"), "\n "), "\n ")
}
