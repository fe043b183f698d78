package calls

import (
	"fmt"
	"regexp"
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

// worksSince is how the doc of a row says that the call needs a kernel newer
// than what it names; rest is what else the sentence says.
var worksSince = regexp.MustCompile(`\s*\bWorks since Linux (\d+\.\d+)([^.]*\.?)`)

// docs is the doc of a row as a sentence about name, and "since Linux 5.6", or
// "" if that is not known: a call works from where all the constants exist that
// it names, or from where its doc says. A doc that says an older kernel is
// wrong. op is the operation, nil if there is none: it can be older than a form
// of it.
func (e *env) docs(name, text string, op *plan.Const) (doc, since string, err error) {
	newest := ""
	for _, c := range e.consts {
		if c.Since != "" && (newest == "" || older(newest, c.Since)) {
			newest = c.Since
		}
	}
	if m := worksSince.FindStringSubmatchIndex(text); m != nil {
		said, rest := text[m[2]:m[3]], text[m[4]:m[5]]
		if newest != "" && older(said, newest) {
			return "", "", fmt.Errorf("doc: it says \"since Linux %s\", but a constant that it needs came with %s", said, newest)
		}
		newest = said
		if strings.TrimSuffix(rest, ".") == "" { // else it says more, and stays
			text = text[:m[0]] + text[m[1]:]
		}
	}
	switch {
	case newest == "":
	case op != nil && op.Since != newest:
		since = "in this form since Linux " + newest
	default:
		since = "since Linux " + newest
	}
	return sentence(name, strings.TrimSpace(text)), since, nil
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
