package cfront

import (
	"bytes"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// maxNesting bounds brackets, unary operators and #if sections. cc recurses
// on all of them, and a Go program does not survive a stack overflow.
const maxNesting = 200

// scanText finds, in a single pass, what cc either does not report, reports
// elsewhere or does not survive: unterminated comments and #if sections,
// brackets nested too deep, #line. open is a bracket that nothing closes, if
// there is one. That is no fault by itself: each branch of an #if may open
// its own.
func scanText(name string, text []byte, f *faults) (open model.Pos) {
	s := scan{name: name, text: text, line: 1, faults: f}
	s.run()
	if n := len(s.ifs); n > 0 && !s.over {
		s.faults.add(s.ifs[n-1], "#if without #endif")
	}
	if n := len(s.brackets); n > 0 {
		return s.brackets[n-1]
	}
	return model.Pos{}
}

type scan struct {
	name      string
	text      []byte
	pos       int // of the next byte
	line      int
	lineStart int
	brackets  []model.Pos // open ones
	ifs       []model.Pos
	code      bool // something but white space or comments stands on this line
	operators int  // unary ones in a row, perhaps
	over      bool // no use in going on
	faults    *faults
}

func (s *scan) at(off int) model.Pos {
	line, start := s.line, s.lineStart
	return model.Pos{File: s.name, Line: line, Col: off - start + 1}
}

func (s *scan) newline() {
	s.line++
	s.lineStart = s.pos
	s.code = false
}

func (s *scan) run() {
	for s.pos < len(s.text) && !s.over {
		c := s.text[s.pos]
		s.pos++
		switch c {
		case '\n':
			s.newline()
		case ' ', '\t', '\r', '\v', '\f':
		case '/':
			if !s.comment() {
				s.token(c)
			}
		case '\\':
			if s.pos < len(s.text) && s.text[s.pos] == '\n' {
				s.pos++
				code := s.code
				s.newline()
				s.code = code
				continue
			}
			s.token(c)
		default:
			s.token(c)
		}
	}
}

// token looks at what is neither white space nor comment.
func (s *scan) token(c byte) {
	operators := 0
	switch c {
	case '"', '\'':
		s.literal(c)
	case '(', '[', '{':
		if s.brackets = append(s.brackets, s.at(s.pos-1)); len(s.brackets) > maxNesting {
			s.refuse("brackets are nested more than %d deep", maxNesting)
		}
	case ')', ']', '}':
		if n := len(s.brackets); n > 0 {
			s.brackets = s.brackets[:n-1]
		}
	case '-', '+', '!', '~', '*', '&':
		if operators = s.operators + 1; operators > maxNesting {
			s.refuse("more than %d operators in a row", maxNesting)
		}
	case '#':
		if !s.code {
			s.directive()
		}
	case 0:
		s.refuse("zero byte: this is not a text file")
	}
	s.code = true
	s.operators = operators
}

// refuse reports a fault at the byte just read, and ends the scan.
func (s *scan) refuse(format string, args ...any) {
	s.faults.add(s.at(s.pos-1), format, args...)
	s.over = true
}

// comment skips a comment whose first byte was read. It tells whether there
// was one.
func (s *scan) comment() bool {
	if s.pos >= len(s.text) {
		return false
	}
	rest := s.text[s.pos:]
	switch rest[0] {
	case '/':
		n := bytes.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		s.pos += n
		return true
	case '*':
		end := bytes.Index(rest[1:], []byte("*/"))
		if end < 0 {
			s.faults.add(s.at(s.pos-1), "comment is not terminated")
			s.pos = len(s.text)
			return true
		}
		stop := s.pos + 1 + end + 2
		for {
			n := bytes.IndexByte(s.text[s.pos:stop], '\n')
			if n < 0 {
				break
			}
			s.pos += n + 1
			code := s.code
			s.newline()
			s.code = code
		}
		s.pos = stop
		return true
	}
	return false
}

// literal skips a string or a character constant. One that does not end on
// its line may be an apostrophe in an #error or in skipped text: cc knows.
func (s *scan) literal(quote byte) {
	for i := s.pos; i < len(s.text); i++ {
		switch s.text[i] {
		case quote:
			s.pos = i + 1
			return
		case '\n':
			return
		case '\\':
			i++
		}
	}
}

// directive looks at the word after a "#" that starts a line.
func (s *scan) directive() {
	rest := bytes.TrimLeft(s.text[s.pos:], " \t")
	switch {
	case bytes.HasPrefix(rest, []byte("if")):
		if s.ifs = append(s.ifs, s.at(s.pos-1)); len(s.ifs) > maxNesting {
			s.refuse("#if sections are nested more than %d deep", maxNesting)
		}
	case bytes.HasPrefix(rest, []byte("endif")):
		if len(s.ifs) == 0 {
			s.refuse("#endif without #if")
			return
		}
		s.ifs = s.ifs[:len(s.ifs)-1]
	case isLine(rest):
		s.refuse("#line is not supported: positions have to be those of this file")
	}
}

func isLine(rest []byte) bool {
	after, ok := bytes.CutPrefix(rest, []byte("line"))
	return ok && len(after) > 0 && (after[0] == ' ' || after[0] == '\t' || after[0] == '\\' || after[0] == '/')
}
