package cfront

import (
	"modernc.org/cc/v4"
)

// hide is a set of macro names: those that a token came out of and must not
// be expanded as again.
type hide struct {
	name string
	next *hide
}

func (h *hide) has(name string) bool {
	for ; h != nil; h = h.next {
		if h.name == name {
			return true
		}
	}
	return false
}

func (h *hide) with(name string) *hide {
	if h.has(name) {
		return h
	}
	return &hide{name, h}
}

func (h *hide) union(o *hide) *hide {
	if h == nil {
		return o
	}
	for ; o != nil; o = o.next {
		h = h.with(o.name)
	}
	return h
}

func (h *hide) intersect(o *hide) *hide {
	var out *hide
	for ; h != nil; h = h.next {
		if o.has(h.name) {
			out = out.with(h.name)
		}
	}
	return out
}

// expander replaces macros in a list of tokens, by the algorithm that the C
// standard's rules on rescanning come from. It is needed apart from cc's, as
// cc expands only what the text of a header uses.
type expander struct {
	macros map[string]*cc.Macro
	bodies map[string][]tok
	steps  int

	// known gives the value of an object-like macro that can stand for its
	// body, so that common ones need not be expanded over and over.
	known func(name string) (*value, bool)
}

// maxSteps bounds the expansion of one macro.
const maxSteps = 20_000

// body is a macro's replacement list.
func (x *expander) body(name string, m *cc.Macro) []tok {
	if b, ok := x.bodies[name]; ok {
		return b
	}
	list := m.ReplacementList()
	b := make([]tok, len(list))
	for i := range list {
		b[i] = fromCC(&list[i])
		b[i].gap = len(list[i].Sep()) > 0
	}
	x.bodies[name] = b
	return b
}

// value expands the body of an object-like macro. Where its own name comes
// up in it, the token is marked.
func (x *expander) value(name string, m *cc.Macro) ([]tok, error) {
	x.steps = 0
	out, err := x.expand(paint(x.body(name, m), nil, (*hide)(nil).with(name)))
	for i := range out {
		out[i].self = out[i].kind == ident && out[i].text == name
	}
	return out, err
}

func (x *expander) expand(toks []tok) ([]tok, error) {
	in := stream{toks}
	out := make([]tok, 0, len(toks))
	for {
		t, ok := in.next()
		if !ok {
			return out, nil
		}
		if x.steps++; x.steps > maxSteps {
			return nil, errNotConstant
		}
		m := x.macros[t.text]
		if t.kind != ident || m == nil || t.hide.has(t.text) {
			out = append(out, t)
			continue
		}
		if !m.IsFnLike {
			if v, ok := x.known(t.text); ok {
				out = append(out, tok{kind: known, text: t.text, src: t.src, val: v})
				continue
			}
			in.push(paint(x.body(t.text, m), t.src, t.hide.with(t.text)))
			continue
		}
		if !in.at("(") {
			out = append(out, t)
			continue
		}
		args, closing, ok := in.arguments()
		if !ok {
			return nil, errNotConstant
		}
		body, err := x.substitute(t.text, m, args)
		if err != nil {
			return nil, err
		}
		in.push(paint(body, t.src, t.hide.intersect(closing.hide).with(t.text)))
	}
}

// paint copies tokens, puts them at the place of src unless that is nil, and
// hides macros in them.
func paint(toks []tok, src *cc.Token, h *hide) []tok {
	out := make([]tok, len(toks))
	for i, t := range toks {
		if src != nil {
			t.src = src
		}
		if t.kind == ident || t.text == ")" {
			t.hide = h.union(t.hide)
		}
		out[i] = t
	}
	return out
}

// stream is what is still to be expanded: the text and, before it, the
// bodies that macros were replaced by, innermost last.
type stream [][]tok

func (s *stream) push(toks []tok) {
	if len(toks) > 0 {
		*s = append(*s, toks)
	}
}

func (s *stream) next() (tok, bool) {
	for n := len(*s); n > 0; n = len(*s) {
		top := (*s)[n-1]
		if len(top) > 0 {
			(*s)[n-1] = top[1:]
			return top[0], true
		}
		*s = (*s)[:n-1]
	}
	return tok{}, false
}

// at tells whether the next token is the punctuator p.
func (s *stream) at(p string) bool {
	for i := len(*s) - 1; i >= 0; i-- {
		if top := (*s)[i]; len(top) > 0 {
			return top[0].text == p
		}
	}
	return false
}

// arguments takes "( a , b )" off the stream.
func (s *stream) arguments() (args [][]tok, closing tok, ok bool) {
	var arg []tok
	for depth := 0; ; {
		t, more := s.next()
		if !more {
			return nil, tok{}, false
		}
		switch {
		case t.kind != punct:
		case t.text == "(" || t.text == "[" || t.text == "{":
			if depth++; depth == 1 {
				continue
			}
		case t.text == ")" || t.text == "]" || t.text == "}":
			if depth--; depth == 0 {
				return append(args, arg), t, true
			}
		case t.text == "," && depth == 1:
			args, arg = append(args, arg), nil
			continue
		}
		arg = append(arg, t)
	}
}
