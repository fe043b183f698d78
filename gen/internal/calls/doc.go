package calls

import (
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// comment breaks text into lines for a doc comment. Paragraphs are separated
// by a blank line.
func comment(paragraphs ...string) string {
	var out []string
	for _, p := range paragraphs {
		if p == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, "//")
		}
		line := "//"
		for _, w := range strings.Fields(p) {
			if len(line)+1+len(w) > 80 && line != "//" {
				out = append(out, line)
				line = "//"
			}
			line += " " + w
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// sinceDoc is the newest "since" of the constants: a call works from where
// all that it names exists.
func sinceDoc(consts []*plan.Const) string {
	newest := ""
	for _, c := range consts {
		if c.Since != "" && (newest == "" || older(newest, c.Since)) {
			newest = c.Since
		}
	}
	if newest == "" {
		return ""
	}
	return "since Linux " + newest
}

// older compares versions such as "5.6", or brackets such as "6.12..7.2" by
// their end.
func older(a, b string) bool {
	va, vb := version(a), version(b)
	return va[0] < vb[0] || va[0] == vb[0] && va[1] < vb[1]
}

func version(s string) [2]int {
	if i := strings.LastIndex(s, ".."); i >= 0 {
		s = s[i+2:]
	}
	major, minor, _ := strings.Cut(s, ".")
	var v [2]int
	v[0], _ = strconv.Atoi(major)
	v[1], _ = strconv.Atoi(strings.TrimRight(minor, "?"))
	return v
}
