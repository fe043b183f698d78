package cfront

import "modernc.org/cc/v4"

// substitute puts arguments into a function-like macro's body. A body that
// makes text of its argument has no value, so "#" ends the expansion.
func (x *expander) substitute(name string, m *cc.Macro, args [][]tok) ([]tok, error) {
	if !fits(m, len(args)) {
		return nil, errNotConstant
	}
	body := x.body(name, m)
	out := make([]tok, 0, 2*len(body))
	for i := 0; i < len(body); i++ {
		t := body[i]
		if t.kind == punct && t.text == "#" {
			return nil, errNotConstant
		}
		if t.text == "##" && len(out) > 0 && i+1 < len(body) {
			i++
			right, ok := argument(m, args, body[i])
			if !ok {
				right = body[i : i+1]
			}
			out = glue(out, right)
			continue
		}
		arg, ok := argument(m, args, t)
		if !ok {
			out = append(out, t)
			continue
		}
		if i+1 < len(body) && body[i+1].text == "##" {
			out = append(out, arg...) // an operand of ## is not expanded
			continue
		}
		full, err := x.expand(arg)
		if err != nil {
			return nil, err
		}
		out = append(out, full...)
	}
	return out, nil
}

// fits tells whether a macro takes n arguments. None and one empty one look
// alike.
func fits(m *cc.Macro, n int) bool {
	if m.VarArg >= 0 {
		return n >= m.VarArg
	}
	return n == len(m.Params) || n == 1 && len(m.Params) == 0
}

// argument is what a token of the body is replaced by, if it is a parameter.
func argument(m *cc.Macro, args [][]tok, t tok) ([]tok, bool) {
	if t.kind != ident {
		return nil, false
	}
	for i := range m.Params {
		if m.Params[i].SrcStr() != t.text {
			continue
		}
		if i == m.VarArg {
			return rest(args, i), true
		}
		if i < len(args) {
			return args[i], true
		}
		return nil, true
	}
	if m.VarArg >= 0 && t.text == "__VA_ARGS__" {
		return rest(args, m.VarArg), true
	}
	return nil, false
}

// rest joins the arguments from i on, commas between them.
func rest(args [][]tok, i int) []tok {
	var out []tok
	for n := i; n < len(args); n++ {
		if n > i {
			out = append(out, tok{kind: punct, text: ","})
		}
		out = append(out, args[n]...)
	}
	return out
}

func glue(left, right []tok) []tok {
	if len(right) == 0 {
		return left
	}
	n := len(left) - 1
	t := left[n]
	t.text += right[0].text
	t.kind = kindOf(t.text)
	t.hide = t.hide.intersect(right[0].hide)
	return append(append(left[:n:n], t), right[1:]...)
}
