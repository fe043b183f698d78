package cfront

import (
	"errors"
	"slices"
	"strings"

	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// macros fills in the unit's macros, with the values of those that have one.
func (b *builder) macros() {
	v := &macroValues{b: b, memo: map[string]*result{}}
	v.x = &expander{macros: b.ast.Macros, bodies: make(map[string][]tok, len(b.ast.Macros)), known: v.known}
	for name, m := range b.ast.Macros {
		pos := position(m.Name)
		if !isFile(pos.File) {
			continue
		}
		mac := &model.Macro{Name: name, Pos: pos, Body: bodyText(v.x.body(name, m))}
		if m.IsFnLike {
			mac.Kind = model.FunctionMacro
			mac.Params = params(m)
		}
		b.unit.Macros = append(b.unit.Macros, mac)
	}
	sortMacros(b.unit.Macros)
	for _, mac := range b.unit.Macros {
		if mac.Kind != model.FunctionMacro && mac.Body != "" {
			v.fill(mac)
		}
	}
}

func params(m *cc.Macro) []string {
	var out []string
	for _, p := range m.Params {
		out = append(out, p.SrcStr())
	}
	if m.VarArg >= len(out) {
		out = append(out, "...")
	} else if m.VarArg >= 0 {
		out[m.VarArg] += "..."
	}
	return out
}

func bodyText(toks []tok) string {
	if len(toks) == 1 {
		return toks[0].text
	}
	var s strings.Builder
	for i, t := range toks {
		if i > 0 && t.gap {
			s.WriteByte(' ')
		}
		s.WriteString(t.text)
	}
	return s.String()
}

// macroValues works out the values of object-like macros, each once.
type macroValues struct {
	b    *builder
	x    *expander
	memo map[string]*result
}

// result is what a macro evaluates to.
type result struct {
	busy bool // being worked out
	self bool // depends on the macro's own name
	val  value
	err  error
}

func (v *macroValues) get(name string) *result {
	if r := v.memo[name]; r != nil {
		return r
	}
	r := &result{busy: true}
	v.memo[name] = r
	// One macro's value may ask for another's, halfway.
	steps := v.x.steps
	toks, err := v.x.value(name, v.b.ast.Macros[name])
	v.x.steps = steps
	if err == nil && len(toks) == 0 {
		err = errNotConstant
	}
	if err != nil {
		*r = result{err: err}
		return r
	}
	e := newEvaluator(v.b)
	val, err := e.run(toks)
	*r = result{self: e.self, val: val, err: err}
	return r
}

// known lets a macro stand for its value where its body is a single operand:
// there, putting in the value and putting in the body is the same.
func (v *macroValues) known(name string) (*value, bool) {
	body := v.x.body(name, v.b.ast.Macros[name])
	if !operand(body) {
		return nil, false
	}
	r := v.get(name)
	if r.busy || r.self || r.err != nil || !r.val.isInt() {
		return nil, false
	}
	return &r.val, true
}

// operand tells whether tokens are a number, a name or in parentheses.
func operand(body []tok) bool {
	if len(body) == 1 {
		return body[0].kind == number || body[0].kind == ident
	}
	depth := 0
	for i, t := range body {
		switch {
		case t.kind != punct:
		case t.text == "(":
			depth++
		case t.text == ")":
			if depth--; depth == 0 && i < len(body)-1 {
				return false
			}
		}
		if depth == 0 && i < len(body)-1 {
			return false
		}
	}
	return len(body) > 0
}

// fill puts a value into the model, or reports why it cannot have one.
func (v *macroValues) fill(mac *model.Macro) {
	r := v.get(mac.Name)
	var f *fault
	if errors.As(r.err, &f) {
		v.b.fault(f.pos, "macro %s: %s", mac.Name, f.msg)
		return
	}
	if r.err != nil {
		return
	}
	if r.self && !v.selfOK(mac) {
		return
	}
	switch {
	case r.val.isInt():
		mac.Kind, mac.Base, mac.Value = model.IntMacro, r.val.base, v.b.eval.model(r.val)
	case r.val.isFlo:
		mac.Kind = model.FloatMacro
	case r.val.isStr:
		mac.Kind, mac.Text = model.StringMacro, r.val.text
	}
}

// selfOK reports a macro over an enumerator (or over nothing) of its own
// name, unless it is that name and nothing more: the idiom that makes an
// enumerator visible to #ifdef.
func (v *macroValues) selfOK(mac *model.Macro) bool {
	if strings.Trim(mac.Body, "() ") != mac.Name {
		if !slices.Contains(v.b.p.roots, mac.Pos.File) {
			return false // an included header's own affair
		}
		v.b.fault(mac.Pos, "macro %s refers to itself: after expansion %q has another value than %s", mac.Name, mac.Body, mac.Name)
		return false
	}
	_, ok := v.b.consts[mac.Name]
	return ok // else a name for something that is no constant
}
