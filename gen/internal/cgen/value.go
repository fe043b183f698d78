package cgen

import (
	"fmt"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// suffixes keep an integer literal's type. What is narrower than int has no
// literal: it is promoted wherever it is used.
var suffixes = map[model.Base]string{
	model.UInt: "U", model.Long: "L", model.ULong: "UL", model.LongLong: "LL", model.ULongLong: "ULL",
}

// Literal is an integer constant expression of exactly the given value and
// type (int for what is narrower). Signed numbers are decimal, unsigned ones,
// mostly masks and flags, hexadecimal.
func Literal(v model.Value, base model.Base) string {
	suffix := suffixes[base]
	switch {
	case v.Negative && v.Bits == 1<<63: // its magnitude is no signed number
		return fmt.Sprintf("(-9223372036854775807%s - 1)", suffix)
	case v.Negative && base == model.IntBase && int64(v.Bits) == -1<<31:
		return "(-2147483647 - 1)"
	case v.Negative:
		return fmt.Sprintf("(%d%s)", int64(v.Bits), suffix)
	case strings.HasPrefix(suffix, "U"):
		return fmt.Sprintf("%#x%s", v.Bits, suffix)
	}
	return fmt.Sprintf("%d%s", v.Bits, suffix)
}

// enumerator is the value of an enumerator. Its type is the enumeration's
// affair; the literal only has to hold the value.
func enumerator(v model.Value) string {
	base := model.IntBase
	switch n := int64(v.Bits); {
	case v.Negative && n < -1<<31:
		base = model.LongLong
	case v.Negative || v.Bits < 1<<31:
	case v.Bits < 1<<32:
		base = model.UInt
	case v.Bits < 1<<63:
		base = model.LongLong
	default:
		base = model.ULongLong
	}
	text := Literal(v, base)
	if strings.Contains(text, " ") {
		return text
	}
	return strings.Trim(text, "()")
}

// quote is a C string literal. Octal escapes of three digits cannot run into
// the text that follows, as hexadecimal ones do.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '?' && i > 0 && s[i-1] == '?': // no trigraph
			b.WriteString(`\?`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
