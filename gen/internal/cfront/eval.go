package cfront

import (
	"errors"
	"fmt"

	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// errNotConstant says that tokens are no constant expression: not a fault.
var errNotConstant = errors.New("not a constant expression")

// errTooWide says that an integer does not fit 64 bits.
var errTooWide = errors.New("integer does not fit 64 bits")

// fault is an error in a constant expression, at its place.
type fault struct {
	pos model.Pos
	msg string
}

func (f *fault) Error() string { return f.msg }

// evaluator computes constant expressions from their tokens: precedence
// climbing over C's operators, with C's types.
type evaluator struct {
	arith
	b     *builder
	toks  []tok
	at    int
	depth int
	dead  int  // > 0 in an operand that is not evaluated
	self  bool // a value depends on the name that it defines
}

func newEvaluator(b *builder) *evaluator {
	return &evaluator{arith: arith{b.p.target}, b: b}
}

// constant evaluates an expression of the syntax tree as an int64 and reports
// it if it is none.
func (b *builder) constant(n cc.Node, what string) (int64, bool) {
	v, ok := b.integer(n, what)
	if !ok {
		return 0, false
	}
	m := b.eval.model(v)
	if !m.Negative && int64(m.Bits) < 0 {
		b.fault(position(n), "%s %s is too large", what, m)
		return 0, false
	}
	return m.Int64(), true
}

// integer evaluates an expression of the syntax tree.
func (b *builder) integer(n cc.Node, what string) (value, bool) {
	toks := flatten(n, nil)
	v, err := b.eval.run(toks)
	if err == nil && !v.isInt() {
		err = errNotConstant
	}
	if err == nil {
		return v, true
	}
	pos := position(n)
	var f *fault
	if errors.As(err, &f) {
		pos = f.pos
	}
	b.fault(pos, "%s: %v", what, err)
	return value{}, false
}

// run evaluates all of toks.
func (e *evaluator) run(toks []tok) (value, error) {
	e.toks, e.at, e.depth, e.dead = toks, 0, 0, 0
	e.self = false
	v, err := e.conditional()
	if err != nil {
		return value{}, err
	}
	if e.at != len(e.toks) {
		return value{}, errNotConstant
	}
	return v, nil
}

func (e *evaluator) peek() tok {
	if e.at < len(e.toks) {
		return e.toks[e.at]
	}
	return tok{}
}

func (e *evaluator) next() tok {
	t := e.peek()
	e.at++
	return t
}

// accept takes the next token if it is the punctuator or keyword s.
func (e *evaluator) accept(s string) bool {
	if t := e.peek(); t.text != s || t.kind != punct && t.kind != ident {
		return false
	}
	e.at++
	return true
}

// failf is a fault, unless the operand at hand is not evaluated.
func (e *evaluator) failf(t tok, format string, args ...any) error {
	if e.dead > 0 {
		return nil
	}
	return &fault{t.pos(), fmt.Sprintf(format, args...)}
}

func (e *evaluator) conditional() (value, error) {
	if e.depth++; e.depth > maxNesting {
		return value{}, errNotConstant
	}
	defer func() { e.depth-- }()
	cond, err := e.binary(0)
	if err != nil || !e.accept("?") {
		return cond, err
	}
	if !cond.isInt() {
		return value{}, errNotConstant
	}
	yes := cond.bits != 0
	x, err := e.skipping(!yes, e.conditional)
	if err != nil {
		return value{}, err
	}
	if !e.accept(":") {
		return value{}, errNotConstant
	}
	y, err := e.skipping(yes, e.conditional)
	if err != nil {
		return value{}, err
	}
	if x.isInt() && y.isInt() {
		x, y = e.balance(x, y)
	}
	if yes {
		return x, nil
	}
	return y, nil
}

// skipping parses an operand that is not evaluated if skip is set.
func (e *evaluator) skipping(skip bool, operand func() (value, error)) (value, error) {
	if skip {
		e.dead++
		defer func() { e.dead-- }()
	}
	return operand()
}

// precedence of C's binary operators, from || up.
var precedence = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6,
	"<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8,
	"+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

func (e *evaluator) binary(least int) (value, error) {
	x, err := e.unary()
	if err != nil {
		return value{}, err
	}
	for {
		op := e.peek()
		prec := precedence[op.text]
		if op.kind != punct || prec == 0 || prec <= least {
			return x, nil
		}
		e.at++
		skip := op.text == "&&" && x.bits == 0 || op.text == "||" && x.bits != 0
		y, err := e.skipping(skip, func() (value, error) { return e.binary(prec) })
		if err != nil {
			return value{}, err
		}
		if x, err = e.apply(op, x, y); err != nil {
			return value{}, err
		}
	}
}

// sizeOf is the size and alignment of a type on the target. Records are laid
// out by package layout: the size is right whatever attributes they have.
func (e *evaluator) sizeOf(t *model.Type, at tok) (size, align int64, err error) {
	if t == nil {
		return 0, 0, errNotConstant
	}
	in := t
	for in.Kind == model.Array {
		in = in.Elem
	}
	switch in.Kind {
	case model.Void, model.Func:
		return 1, 1, nil // as GCC has it
	case model.RecordType, model.EnumType:
		if !e.b.complete(in) {
			return 0, 0, &fault{at.pos(), in.C + " is incomplete, it has no size"}
		}
	}
	u := &model.Unit{}
	if in.Kind == model.RecordType {
		u.Records = []*model.Record{in.Record}
	}
	l, err := layout.Compute(u, e.t)
	if err != nil {
		return 0, 0, &fault{at.pos(), firstLine(err.Error())}
	}
	size, align = l.Type(t)
	return size, align, nil
}
