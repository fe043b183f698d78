package filters

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// noteWidth is how many characters a comment behind an instruction has: a line
// of C can be endless.
const noteWidth = 160

// note is text from a source in a form that can stand behind "//".
func note(text string) string {
	text = clean(strings.Join(strings.Fields(text), " "))
	if r := []rune(text); len(r) > noteWidth {
		text = string(r[:noteWidth]) + "..."
	}
	return text
}

// clean is text without what Go source must not have, and without characters
// that change how it is shown. Ends of lines stay.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return utf8.RuneError
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}
