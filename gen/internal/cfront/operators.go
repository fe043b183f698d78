package cfront

import "github.com/uringgen/uringgen/gen/internal/model"

// apply computes a binary operator.
func (e *evaluator) apply(op tok, x, y value) (value, error) {
	if x.isFlo || y.isFlo {
		return e.applyFloat(op, x, y)
	}
	if !x.isInt() || !y.isInt() {
		return value{}, errNotConstant
	}
	switch op.text {
	case "&&":
		return truth(x.bits != 0 && y.bits != 0), nil
	case "||":
		return truth(x.bits != 0 || y.bits != 0), nil
	case "<<", ">>":
		return e.shift(op, e.promote(x), e.promote(y))
	}
	x, y = e.balance(x, y)
	switch op.text {
	case "+":
		return e.fit(x.bits+y.bits, x.base), nil
	case "-":
		return e.fit(x.bits-y.bits, x.base), nil
	case "*":
		return e.fit(x.bits*y.bits, x.base), nil
	case "/", "%":
		return e.divide(op, x, y)
	case "&":
		return e.fit(x.bits&y.bits, x.base), nil
	case "|":
		return e.fit(x.bits|y.bits, x.base), nil
	case "^":
		return e.fit(x.bits^y.bits, x.base), nil
	}
	return e.compare(op.text, x, y), nil
}

func (e *evaluator) compare(op string, x, y value) value {
	less, equal := x.bits < y.bits, x.bits == y.bits
	if e.t.Signed(x.base) {
		less = int64(x.bits) < int64(y.bits)
	}
	switch op {
	case "==":
		return truth(equal)
	case "!=":
		return truth(!equal)
	case "<":
		return truth(less)
	case "<=":
		return truth(less || equal)
	case ">":
		return truth(!less && !equal)
	}
	return truth(!less)
}

func (e *evaluator) divide(op tok, x, y value) (value, error) {
	if y.bits == 0 {
		return value{base: x.base}, e.failf(op, "division by zero")
	}
	if !e.t.Signed(x.base) {
		if op.text == "/" {
			return e.fit(x.bits/y.bits, x.base), nil
		}
		return e.fit(x.bits%y.bits, x.base), nil
	}
	if int64(y.bits) == -1 { // the one quotient that overflows
		if op.text == "/" {
			return e.fit(-x.bits, x.base), nil
		}
		return value{base: x.base}, nil
	}
	if op.text == "/" {
		return e.fit(uint64(int64(x.bits)/int64(y.bits)), x.base), nil
	}
	return e.fit(uint64(int64(x.bits)%int64(y.bits)), x.base), nil
}

func (e *evaluator) shift(op tok, x, y value) (value, error) {
	width := uint64(e.t.Size(x.base) * 8)
	if y.bits >= width {
		return value{base: x.base}, e.failf(op, "shift by %s of a value of %d bits", e.model(y), width)
	}
	switch {
	case op.text == "<<":
		return e.fit(x.bits<<y.bits, x.base), nil
	case e.t.Signed(x.base):
		return e.fit(uint64(int64(x.bits)>>y.bits), x.base), nil
	}
	return e.fit(x.bits>>y.bits, x.base), nil
}

func (e *evaluator) applyFloat(op tok, x, y value) (value, error) {
	a, ok := e.asFloat(x)
	b, ok2 := e.asFloat(y)
	if !ok || !ok2 {
		return value{}, errNotConstant
	}
	switch op.text {
	case "+":
		return value{isFlo: true, float: a + b}, nil
	case "-":
		return value{isFlo: true, float: a - b}, nil
	case "*":
		return value{isFlo: true, float: a * b}, nil
	case "/":
		return value{isFlo: true, float: a / b}, nil
	case "<":
		return truth(a < b), nil
	case ">":
		return truth(a > b), nil
	case "==":
		return truth(a == b), nil
	}
	return value{}, errNotConstant
}

func (e *evaluator) asFloat(v value) (float64, bool) {
	switch {
	case v.isFlo:
		return v.float, true
	case v.isInt() && e.t.Signed(v.base):
		return float64(int64(v.bits)), true
	}
	return float64(v.bits), v.isInt()
}

// prefix computes a unary operator.
func (e *evaluator) prefix(op string, v value) (value, error) {
	switch {
	case v.isFlo && op == "-":
		return value{isFlo: true, float: -v.float}, nil
	case v.isFlo && op == "+":
		return v, nil
	case !v.isInt():
		return value{}, errNotConstant
	}
	if op == "!" {
		return truth(v.bits == 0), nil
	}
	v = e.promote(v)
	switch op {
	case "-":
		return e.fit(-v.bits, v.base), nil
	case "~":
		return e.fit(^v.bits, v.base), nil
	}
	return v, nil
}

// cast converts to a type. A pointer's value is no integer constant.
func (e *evaluator) cast(t *model.Type, v value) (value, error) {
	base := t.Base
	switch t.Kind {
	case model.Int:
	case model.EnumType:
		if t.Enum == nil {
			return value{}, errNotConstant
		}
		base = t.Enum.Base
	case model.Bool:
		if !v.isInt() {
			return value{}, errNotConstant
		}
		b := truth(v.bits != 0)
		b.base = model.UChar
		return b, nil
	case model.Float:
		f, ok := e.asFloat(v)
		if !ok {
			return value{}, errNotConstant
		}
		return value{isFlo: true, float: f}, nil
	case model.Pointer:
		return value{typ: t, bits: e.fit(v.bits, model.ULong).bits}, nil
	default:
		return value{}, errNotConstant
	}
	switch {
	case v.typ != nil && !v.place && v.typ.Kind == model.Pointer:
		return e.fit(v.bits, base), nil
	case v.isFlo:
		return e.fit(uint64(int64(v.float)), base), nil
	case v.isInt():
		return e.fit(v.bits, base), nil
	}
	return value{}, errNotConstant
}
