package cfront

import (
	"regexp"
	"strings"
	"sync"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// explain turns cc's errors into ours, in the words of somebody who reads a
// header and not a parser.
func (p *parse) explain(err error) {
	for _, open := range p.files.open {
		p.faults.add(open, "this bracket is never closed")
	}
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		pos, msg, ok := splitPos(line)
		if _, known := p.files.text[pos.File]; !ok || !known {
			p.nowhere(dropOrigin(line))
			continue
		}
		p.one(p.files.clamp(pos), msg)
	}
}

// nowhere takes an error of which cc does not know the place: nearly always
// the end of all input.
func (p *parse) nowhere(msg string) {
	if len(p.files.open) > 0 {
		return // said already
	}
	last := p.roots[len(p.roots)-1]
	at := p.files.clamp(model.Pos{File: last, Line: 1 << 30})
	if strings.Contains(msg, "EOF") {
		p.faults.add(at, "the last declaration is not complete")
		return
	}
	p.faults.add(at, "%s", strings.TrimPrefix(msg, "-: "))
}

// unknownType is a line that starts like a declaration with a type that is
// none.
var unknownType = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[{};(,]|\b(?:const|volatile|extern|static|typedef)\s)\s*([A-Za-z_]\w*)[\s*]+$`)
})

func (p *parse) one(pos model.Pos, msg string) {
	const missing = "include file not found: "
	before := p.files.before(pos)
	switch {
	case strings.HasPrefix(msg, missing):
		p.files.notFound(pos, strings.Trim(strings.TrimPrefix(msg, missing), `<>"`))
		return
	case strings.HasSuffix(strings.TrimRight(before, " \t"), "#"):
		// The place of an #error is that of its word; its text is all of msg.
		pos.Col = len(strings.TrimRight(before, " \t"))
		msg = "#error: " + msg
	case strings.HasPrefix(msg, "unexpected"):
		if m := unknownType().FindStringSubmatchIndex(before); m != nil && !p.keyword(before[m[2]:m[3]]) {
			pos.Col = m[2] + 1
			msg = "unknown type " + before[m[2]:m[3]] + ": include the header that defines it"
		}
	}
	p.faults.add(pos, "%s", msg)
}

// keyword tells a word that can stand before a declarator from a name.
func (p *parse) keyword(w string) bool {
	switch w {
	case "struct", "union", "enum", "const", "volatile", "inline", "register", "restrict", "return":
		return true
	}
	var words words
	return words.add(w)
}
