package calls

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// An expr is an expression as a table has it:
//
//	expr = term { "|" term }
//	term = integer | name | function "(" expr { "," expr } ")"
//	name = parameter, C constant, or a record's tag in sizeof(tag)
//
// A name may end in "?" where a function allows it.
type expr struct {
	or   []*expr // two or more: their OR
	name string  // parameter or constant; of a call the function
	call bool
	args []*expr
	num  string // an integer literal
}

// String is the expression as in the table.
func (e *expr) String() string {
	switch {
	case len(e.or) > 0:
		return join(e.or, "|")
	case e.call:
		return e.name + "(" + join(e.args, ",") + ")"
	case e.num != "":
		return e.num
	}
	return e.name
}

func join(list []*expr, sep string) string {
	var s []string
	for _, e := range list {
		s = append(s, e.String())
	}
	return strings.Join(s, sep)
}

// parseExpr reads a whole expression.
func parseExpr(text string) (*expr, error) {
	p := &exprParser{text: text}
	e, err := p.or()
	if err == nil && p.pos < len(p.text) {
		err = fmt.Errorf("unexpected %q", p.text[p.pos:])
	}
	if err != nil {
		return nil, fmt.Errorf("expression %q: %w", text, err)
	}
	return e, nil
}

type exprParser struct {
	text  string
	pos   int
	depth int
}

// Deeper nesting than this is a mistake, and would cost stack.
const maxDepth = 20

func (p *exprParser) next(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *exprParser) or() (*expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("nested too deep")
	}
	defer func() { p.depth-- }()
	first, err := p.term()
	if err != nil {
		return nil, err
	}
	list := []*expr{first}
	for p.next('|') {
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	if len(list) == 1 {
		return first, nil
	}
	return &expr{or: list}, nil
}

func (p *exprParser) term() (*expr, error) {
	word := p.word()
	if word == "" {
		return nil, fmt.Errorf("want a name or a number at %q", p.text[p.pos:])
	}
	if word[0] == '-' || unicode.IsDigit(rune(word[0])) {
		if _, err := strconv.ParseInt(word, 0, 64); err != nil {
			if _, err := strconv.ParseUint(word, 0, 64); err != nil {
				return nil, fmt.Errorf("%q is not a number", word)
			}
		}
		return &expr{num: word}, nil
	}
	if !p.next('(') {
		return &expr{name: word}, nil
	}
	e := &expr{name: word, call: true}
	for {
		a, err := p.or()
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, a)
		if p.next(',') {
			continue
		}
		if p.next(')') {
			return e, nil
		}
		return nil, fmt.Errorf("want , or ) at %q", p.text[p.pos:])
	}
}

func (p *exprParser) word() string {
	start := p.pos
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		ok := c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
			c == '-' && p.pos == start || c == '?' && p.pos > start
		if !ok {
			break
		}
		p.pos++
	}
	return p.text[start:p.pos]
}

// fields cuts text at white space that stands outside of brackets.
func fields(text string) ([]string, error) {
	var out []string
	depth, start := 0, -1
	for i, c := range text {
		switch c {
		case '(', '{':
			depth++
		case ')', '}':
			depth--
		}
		if depth < 0 {
			return nil, fmt.Errorf("%q closes a bracket that is not open", text)
		}
		if c == ' ' && depth == 0 {
			if start >= 0 {
				out = append(out, text[start:i])
			}
			start = -1
		} else if start < 0 {
			start = i
		}
	}
	if depth != 0 {
		return nil, fmt.Errorf("%q leaves a bracket open", text)
	}
	if start >= 0 {
		out = append(out, text[start:])
	}
	return out, nil
}

// assign is "member=expr".
type assign struct {
	member string
	value  *expr
}

func parseAssigns(text string) ([]assign, error) {
	list, err := fields(text)
	if err != nil {
		return nil, err
	}
	var out []assign
	for _, f := range list {
		member, value, ok := strings.Cut(f, "=")
		if !ok || member == "" {
			return nil, fmt.Errorf("%q: want member=expression", f)
		}
		e, err := parseExpr(value)
		if err != nil {
			return nil, err
		}
		out = append(out, assign{member, e})
	}
	return out, nil
}
