package cfront

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// number evaluates a preprocessing number. Its type is the first of C's list
// for its base and suffix that holds the value.
func (e *evaluator) number(s string) (value, error) {
	if isFloat(s) {
		f, err := strconv.ParseFloat(strings.TrimRight(s, "fFlL"), 64)
		if err != nil {
			return value{}, errNotConstant
		}
		return value{isFlo: true, float: f}, nil
	}
	digits := strings.TrimRight(s, "uUlL")
	bases, ok := suffixes[strings.ToLower(s[len(digits):])]
	if !ok {
		return value{}, errNotConstant
	}
	n, decimal, err := digitsValue(digits)
	if err != nil {
		return value{}, err
	}
	for _, b := range bases {
		if decimal && len(bases) > 3 && !e.t.Signed(b) {
			continue // a decimal constant without u is never unsigned
		}
		if n <= e.max(b) {
			return value{base: b, bits: n}, nil
		}
	}
	// A decimal number over the range of long long is taken as unsigned by
	// compilers, with a warning.
	return value{base: model.ULongLong, bits: n}, nil
}

func isFloat(s string) bool {
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		return strings.ContainsAny(s, ".pP")
	}
	return strings.ContainsAny(s, ".eE")
}

// digitsValue reads decimal, octal, hexadecimal and binary digits.
func digitsValue(s string) (n uint64, decimal bool, err error) {
	base := 10
	switch low := strings.ToLower(s); {
	case strings.HasPrefix(low, "0x"):
		s, base = s[2:], 16
	case strings.HasPrefix(low, "0b"):
		s, base = s[2:], 2
	case len(s) > 1 && s[0] == '0':
		base = 8
	}
	n, err = strconv.ParseUint(s, base, 64)
	if err == nil {
		return n, base == 10, nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return 0, false, errTooWide
	}
	return 0, false, errNotConstant
}

// suffixes are the types that C tries for an integer constant.
var suffixes = map[string][]model.Base{
	"":    {model.IntBase, model.UInt, model.Long, model.ULong, model.LongLong, model.ULongLong},
	"l":   {model.Long, model.ULong, model.LongLong, model.ULongLong},
	"ll":  {model.LongLong, model.ULongLong, model.LongLong, model.ULongLong},
	"u":   {model.UInt, model.ULong, model.ULongLong},
	"ul":  {model.ULong, model.ULongLong},
	"lu":  {model.ULong, model.ULongLong},
	"ull": {model.ULongLong},
	"llu": {model.ULongLong},
}

func (e *evaluator) max(b model.Base) uint64 {
	bits := e.t.Size(b) * 8
	if e.t.Signed(b) {
		return 1<<(bits-1) - 1
	}
	if bits == 64 {
		return math.MaxUint64
	}
	return 1<<bits - 1
}

var escapes = map[byte]uint64{
	'a': 7, 'b': 8, 'e': 27, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11,
	'\\': '\\', '\'': '\'', '"': '"', '?': '?',
}

// character evaluates a character constant. Several characters are one
// number, the first on top, as GCC and clang have it.
func (e *evaluator) character(s string) (value, error) {
	body, ok := strings.CutPrefix(s, "'")
	body, ok2 := strings.CutSuffix(body, "'")
	if !ok || !ok2 || body == "" {
		return value{}, errNotConstant
	}
	var bytes []byte
	for body != "" {
		c, rest, err := unescape(body)
		if err != nil {
			return value{}, err
		}
		bytes = append(bytes, c)
		body = rest
	}
	if len(bytes) == 1 {
		v := e.fit(uint64(bytes[0]), model.Char)
		return value{base: model.IntBase, bits: v.bits}, nil
	}
	n := uint64(0)
	for _, c := range bytes {
		n = n<<8 | uint64(c)
	}
	return e.fit(n, model.IntBase), nil
}

func unescape(s string) (byte, string, error) {
	if s[0] != '\\' {
		return s[0], s[1:], nil
	}
	if len(s) < 2 {
		return 0, "", errNotConstant
	}
	if c, ok := escapes[s[1]]; ok {
		return byte(c), s[2:], nil
	}
	digits, base := s[1:], 8
	if s[1] == 'x' {
		digits, base = s[2:], 16
	}
	n := 0
	for n < len(digits) && (base == 16 || n < 3) && strings.IndexByte("0123456789abcdef"[:base], lower(digits[n])) >= 0 {
		n++
	}
	v, err := strconv.ParseUint(digits[:n], base, 8)
	if err != nil {
		return 0, "", errNotConstant
	}
	return byte(v), digits[n:], nil
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// text is the value of a string literal, without its quotes.
func text(s string) (string, error) {
	body, ok := strings.CutPrefix(s, `"`)
	body, ok2 := strings.CutSuffix(body, `"`)
	if !ok || !ok2 {
		return "", errNotConstant
	}
	var out []byte
	for body != "" {
		c, rest, err := unescape(body)
		if err != nil {
			return "", err
		}
		out = append(out, c)
		body = rest
	}
	return string(out), nil
}
