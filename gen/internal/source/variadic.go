package source

import (
	"bytes"
	"regexp"
	"sync"
)

// namedVariadic matches the head of a macro in GCC's old spelling of a
// variable number of arguments: #define M(a, rest...)
var namedVariadic = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ \t]*#[ \t]*define[ \t]+\w+\(([^()\n]*?\b)?([A-Za-z_]\w*)([ \t]*\.\.\.)[ \t]*\)`)
})

// standardVariadics rewrites named variadic macros to the standard's spelling,
// which is all that the C front end knows. Lines stay where they are, and so
// do columns up to the first use of the name in a body.
func standardVariadics(text []byte) []byte {
	if !bytes.Contains(text, []byte("...")) {
		return text
	}
	heads := namedVariadic().FindAllSubmatchIndex(text, -1)
	if heads == nil {
		return text
	}
	var out []byte
	done := 0
	for _, h := range heads {
		if h[0] < done {
			continue
		}
		name := text[h[4]:h[5]]
		out = append(out, text[done:h[4]]...)
		out = append(out, "..."...)
		out = append(out, bytes.Repeat([]byte(" "), h[7]-h[4]-3)...)
		done = logicalEnd(text, h[1])
		out = append(out, text[h[7]:h[1]]...)
		out = append(out, replaceWord(text[h[1]:done], name)...)
	}
	return append(out, text[done:]...)
}

// logicalEnd is the end of the line at off, lines continued by a backslash
// included.
func logicalEnd(text []byte, off int) int {
	for off < len(text) {
		n := bytes.IndexByte(text[off:], '\n')
		if n < 0 {
			return len(text)
		}
		off += n
		if !bytes.HasSuffix(text[:off], []byte(`\`)) {
			return off
		}
		off++
	}
	return off
}

func replaceWord(body, name []byte) []byte {
	return regexp.MustCompile(`\b`+string(name)+`\b`).ReplaceAll(body, []byte("__VA_ARGS__"))
}
