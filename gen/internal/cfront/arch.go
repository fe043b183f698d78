package cfront

import (
	"bytes"
	"strings"
	"sync"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// ArchSensitive finds the first place, in the order of u.Files, where what a
// file says may depend on the target: a macro that compilers predefine
// differently, a header of asm/, a size, a type whose width differs in a
// place where a constant could be computed from it. ok is false if there is
// none: then Parse gives the same unit for every target.
//
// It looks at tokens, not at meaning, so it may see a dependence where there
// is none. It must never miss one.
func ArchSensitive(src *source.Source, u *model.Unit) (pos model.Pos, ok bool) {
	any := target.All()[0]
	for _, name := range u.Files {
		if strings.HasPrefix(name, "asm/") {
			return start(name), true
		}
		text, err := src.Read(any, name)
		if err != nil {
			return start(name), true
		}
		s := archScan{text: text}
		if s.find() {
			line := 1 + bytes.Count(text[:s.start], []byte("\n"))
			col := s.start - bytes.LastIndexByte(text[:s.start], '\n')
			return model.Pos{File: name, Line: line, Col: col}, true
		}
	}
	return model.Pos{}, false
}

// varying is what target says, and the words by which a size or an offset
// comes into a constant.
var varying = sync.OnceValue(func() map[string]bool {
	m := target.Varying()
	for _, w := range []string{
		"sizeof", "_Alignof", "alignof", "__alignof", "__alignof__", "offsetof", "_Alignas",
		"typeof", "__typeof", "__typeof__", "_Generic", "_Pragma",
		"__has_include", "__has_include_next", "__has_include__", "include_next",
	} {
		m[w] = true
	}
	return m
})

// archScan walks over the tokens of a file.
type archScan struct {
	text  []byte
	pos   int
	start int // of the token at hand

	last    string // the token before it
	define  bool   // in a #define
	typedef bool   // between typedef and ";"
	longs   int    // "long" words in a row, up to the token before
	longAt  int
	charAt  int  // a plain char in a risky place waits for its next word, or -1
	sign    bool // signed or unsigned stands before
}

// find advances to the first token that depends on the target.
func (s *archScan) find() bool {
	s.charAt = -1
	for s.token() {
		tok := s.text[s.start:s.pos]
		if s.varies(tok) {
			return true
		}
		s.last = string(tok)
	}
	return s.pending("")
}

// varies judges one token.
func (s *archScan) varies(tok []byte) bool {
	at := s.start
	if s.pending(string(tok)) {
		return true
	}
	if !wordByte(tok[0]) {
		s.sign = false
	}
	switch c := tok[0]; {
	case c == '\n':
		s.define = false
	case identByte(c):
		return s.word(string(tok), at)
	case c >= '0' && c <= '9':
		return wideNumber(string(tok))
	case c == '\'':
		return bytes.IndexByte(tok, '\\') >= 0 && highEscape(tok) || !ascii(tok)
	case c == ';':
		s.typedef = false
	case c == ')' && s.last == "*":
		return true // a pointer's width, or an offset, may come into a constant
	case c == '#' && s.last == "#" && s.define:
		return true // what is pasted together cannot be told
	case c == '\\':
		return true // a line continued inside a word
	}
	return false
}

func (s *archScan) word(w string, at int) bool {
	switch w {
	case "define":
		s.define = s.last == "#"
	case "typedef":
		s.typedef = true
	case "include":
		if s.last == "#" {
			return s.include()
		}
	case "long":
		if s.longs++; s.longs == 1 {
			s.longAt = at
		}
	case "char":
		if s.define || s.typedef || s.last == "(" {
			s.charAt = at
		}
	case "signed", "unsigned", "__signed__", "__signed":
		s.sign = true
		return false
	}
	if w != "char" && w != "int" && w != "const" && w != "volatile" {
		s.sign = false
	}
	return varying()[w] || strings.HasPrefix(w, "__builtin_")
}

// pending decides on a word that depends on the ones after it: "long" alone
// and "char" without a sign.
func (s *archScan) pending(next string) bool {
	if s.longs > 0 && next != "long" && next != "int" && next != "unsigned" && next != "signed" {
		n := s.longs
		s.longs = 0
		if n == 1 {
			s.start = s.longAt
			return true
		}
	}
	if s.charAt >= 0 {
		at := s.charAt
		s.charAt = -1
		if !s.sign && next != "unsigned" && next != "signed" {
			s.start = at
			return true
		}
	}
	return false
}

// include reads the operand of #include. Only a name that is spelled out and
// does not lead below asm/ is the same everywhere.
func (s *archScan) include() bool {
	rest := bytes.TrimLeft(s.text[s.pos:], " \t")
	if len(rest) == 0 || rest[0] != '<' && rest[0] != '"' {
		return true
	}
	closing := byte('>')
	if rest[0] == '"' {
		closing = '"'
	}
	n := bytes.IndexByte(rest[1:], closing)
	if n < 0 || bytes.IndexByte(rest[1:1+n], '\n') >= 0 {
		return true
	}
	name := "/" + string(rest[1:1+n])
	s.pos = len(s.text) - len(rest) + n + 2
	return strings.Contains(name, "/asm/")
}

// wideNumber tells whether a number's type depends on the target: it has an
// L suffix, or needs more than 32 bits and does not say long long.
func wideNumber(s string) bool {
	if isFloat(s) {
		return false
	}
	digits := strings.TrimRight(s, "uUlL")
	suffix := strings.ToLower(s[len(digits):])
	if strings.Contains(suffix, "ll") {
		return false
	}
	if strings.Contains(suffix, "l") {
		return true
	}
	n, decimal, err := digitsValue(digits)
	if err != nil {
		return true
	}
	if decimal && suffix == "" {
		return n > 1<<31-1
	}
	return n > 1<<32-1
}

// highEscape tells whether a character constant may have its top bit set, so
// that its value depends on the sign of char.
func highEscape(tok []byte) bool {
	body := strings.Trim(string(tok), "'")
	for body != "" {
		c, rest, err := unescape(body)
		if err != nil || c >= 0x80 {
			return true
		}
		body = rest
	}
	return false
}

func ascii(tok []byte) bool {
	for _, c := range tok {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func identByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '$' || c >= 0x80
}

// token finds the next token, comments and white space left out. Line ends
// count, unless continued.
func (s *archScan) token() bool {
	for s.pos < len(s.text) {
		s.start = s.pos
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
		case c == '\\' && s.pos < len(s.text) && s.text[s.pos] == '\n':
			inside := s.start > 0 && wordByte(s.text[s.start-1]) && s.pos+1 < len(s.text) && wordByte(s.text[s.pos+1])
			s.pos++
			if inside {
				return true
			}
		case c == '/' && s.pos < len(s.text) && s.text[s.pos] == '/':
			s.skipTo("\n")
		case c == '/' && s.pos < len(s.text) && s.text[s.pos] == '*':
			s.pos++
			s.skipTo("*/")
			s.pos = min(s.pos+2, len(s.text))
		case c == '"' || c == '\'':
			s.literal(c)
			return true
		case wordByte(c):
			for s.pos < len(s.text) && wordByte(s.text[s.pos]) {
				s.pos++
			}
			return true
		default:
			return true
		}
	}
	s.start = s.pos
	return false
}

func wordByte(c byte) bool { return identByte(c) || '0' <= c && c <= '9' }

func (s *archScan) skipTo(what string) {
	n := bytes.Index(s.text[s.pos:], []byte(what))
	if n < 0 {
		n = len(s.text) - s.pos
	}
	s.pos += n
}

// literal passes over a string or a character constant, up to the end of the
// line at most.
func (s *archScan) literal(quote byte) {
	for s.pos < len(s.text) && s.text[s.pos] != '\n' {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == quote:
			return
		case c == '\\' && s.pos < len(s.text):
			s.pos++
		}
	}
}
