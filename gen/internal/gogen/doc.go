package gogen

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

// lineWidth is where the lines of a comment end.
const lineWidth = 79

// Doc is a text as a doc comment. Its lines are broken where they are too
// long; an empty one separates paragraphs.
func Doc(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		if line == "" {
			b.WriteString("//")
		}
		wrap(&b, line)
	}
	return b.String()
}

func wrap(b *strings.Builder, text string) {
	width := 0
	for w := range strings.FieldsSeq(text) {
		switch {
		case width == 0:
			b.WriteString("//")
			width = len("//")
		case width+1+len(w) > lineWidth:
			b.WriteString("\n//")
			width = len("//")
		}
		b.WriteByte(' ')
		b.WriteString(w)
		width += 1 + len(w)
	}
}

// comment puts a doc comment before what follows it.
func comment(s *jen.Group, text string) {
	if text != "" {
		s.Comment(Doc(text))
	}
}
