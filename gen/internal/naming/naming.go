// Package naming turns C names into Go names and finds those that clash.
package naming

import (
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Identifier is the exported Go name of a C type or member. It follows the
// rule by which bpf2go names what it finds in BTF, so that both worlds agree:
// words begin with a capital and lose the underscore before them, except
// after a capital, where dropping it would make two words one ("x_y" is
// "X_y").
//
// The result may still not be an identifier ("_1" gives "1"); Valid tells.
func Identifier(c string) string {
	var b strings.Builder
	b.Grow(len(c))
	begin := true // the next letter begins a word
	keep := false // an underscore here separates two capitals
	for _, r := range c {
		switch {
		case unicode.IsLetter(r):
			if begin {
				r = unicode.ToUpper(r)
			}
			begin, keep = false, !unicode.IsLower(r)
		case unicode.IsDigit(r):
			begin, keep = false, false
		case r == '_' && keep:
			// Nothing changes: neither a word nor a run of underscores ends.
		case r == '_':
			begin = true
			continue
		default:
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Unexported is the name of a C member that is kept from a Go package's API.
func Unexported(c string) string {
	name := Identifier(c)
	first, n := utf8.DecodeRuneInString(name)
	return Safe(string(unicode.ToLower(first)) + name[n:])
}

// Safe makes a name usable for parameters and fields: keywords and what the
// language predeclares get an underscore behind.
func Safe(name string) string {
	if token.IsKeyword(name) || predeclared[name] {
		return name + "_"
	}
	return name
}

// Valid tells whether name is an exported Go identifier.
func Valid(name string) bool {
	return token.IsIdentifier(name) && token.IsExported(name)
}

// predeclared is the universe block. Shadowing it is legal and confusing.
var predeclared = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`
		any bool byte comparable complex64 complex128 error float32 float64
		int int8 int16 int32 int64 rune string
		uint uint8 uint16 uint32 uint64 uintptr
		true false iota nil
		append cap clear close complex copy delete imag len make max min new
		panic print println real recover`) {
		m[name] = true
	}
	return m
}()
