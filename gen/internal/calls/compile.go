package calls

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// env is what the expressions of one row can refer to, and what they turned
// out to need.
type env struct {
	*scope
	params []*param
	needs  map[string]bool // helper functions, by name
	consts []*plan.Const   // constants named, for "since"
	pinned []*param        // whose memory an integer hides from the runtime
	checks []jen.Code      // statements to stand before anything else
}

// value is an expression's meaning.
type value struct {
	code  *jen.Statement
	typ   *goType
	num   constant.Value // of a constant
	count bool           // a length: saturates rather than wraps
	size  bool           // the size of a type: fits anywhere
}

func (e *env) param(name string) *param {
	for _, p := range e.params {
		if p.name == name {
			p.used = true
			return p
		}
	}
	return nil
}

// unused reports a parameter that no expression names.
func (e *env) unused() error {
	for _, p := range e.params {
		if !p.used {
			return fmt.Errorf("parameter %s is not used", p.name)
		}
	}
	return nil
}

// integer compiles x to an integer of type t. It widens as C does, and
// refuses what would lose bits.
func (e *env) integer(t *goType, x *expr) (*jen.Statement, error) {
	if len(x.or) > 0 {
		var out *jen.Statement
		for _, term := range x.or {
			c, err := e.integer(t, term)
			if err != nil {
				return nil, err
			}
			if out == nil {
				out = c
			} else {
				out = out.Op("|").Add(c)
			}
		}
		return out, nil
	}
	v, err := e.eval(x)
	if err != nil {
		return nil, err
	}
	c, err := e.convert(v, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", x, err)
	}
	return c, nil
}

func (e *env) convert(v *value, t *goType) (*jen.Statement, error) {
	switch {
	case v.num != nil:
		return convertConst(v, t)
	case v.count && t.width < 64:
		helper := fmt.Sprintf("count%d", t.width)
		if t.sign || t.width < 16 {
			return nil, fmt.Errorf("a length does not go into %s", t.name)
		}
		e.needs[helper] = true
		return jen.Id(helper).Call(v.code), nil
	case v.typ.kind == long || v.typ.kind == ring:
		if t.width < 64 && !v.size {
			return nil, fmt.Errorf("%s is up to 64 bits wide and would be truncated to %s", v.typ.code().GoString(), t.name)
		}
	case v.typ.kind != integer:
		return nil, fmt.Errorf("a %s is not an integer: use ptr(…) for its address", v.typ.code().GoString())
	case v.typ.width > t.width:
		return nil, fmt.Errorf("%s would be truncated to %s", v.typ.name, t.name)
	}
	if v.typ.name == t.name {
		return v.code, nil
	}
	return jen.Id(t.name).Call(v.code), nil
}

// convertConst fits a constant into t. Where the sign differs, as with ~0U
// in an int, Go would refuse: the bits are written as a number then.
func convertConst(v *value, t *goType) (*jen.Statement, error) {
	lowest := constant.UnaryOp(token.SUB, constant.Shift(constant.MakeInt64(1), token.SHL, uint(t.width-1)), 0)
	over := constant.Shift(constant.MakeInt64(1), token.SHL, uint(t.width))
	if constant.Compare(v.num, token.LSS, lowest) || constant.Compare(v.num, token.GEQ, over) {
		return nil, fmt.Errorf("%s does not fit into %s", v.num.ExactString(), t.name)
	}
	half := constant.Shift(constant.MakeInt64(1), token.SHL, uint(t.width-1))
	switch {
	case t.sign && constant.Compare(v.num, token.GEQ, half):
		return jen.Id(constant.BinaryOp(v.num, token.SUB, over).ExactString()), nil
	case !t.sign && constant.Sign(v.num) < 0:
		return jen.Id(fmt.Sprintf("%#x", mustUint(constant.BinaryOp(v.num, token.ADD, over)))), nil
	case v.typ.kind == untyped || v.typ.name == t.name:
		return v.code, nil
	}
	return jen.Id(t.name).Call(v.code), nil
}

func mustUint(v constant.Value) uint64 {
	n, _ := constant.Uint64Val(v)
	return n
}

// eval compiles a term.
func (e *env) eval(x *expr) (*value, error) {
	switch {
	case x.call:
		f, ok := functions[x.name]
		if !ok {
			return nil, fmt.Errorf("unknown function %s", x.name)
		}
		if len(x.args) < f.min || len(x.args) > f.max {
			return nil, fmt.Errorf("%s: %d arguments do not suit this function", x, len(x.args))
		}
		return f.eval(e, x)
	case x.num != "":
		num := constant.MakeFromLiteral(strings.TrimPrefix(x.num, "-"), token.INT, 0)
		if strings.HasPrefix(x.num, "-") {
			num = constant.UnaryOp(token.SUB, num, 0)
		}
		return &value{code: jen.Id(x.num), typ: &goType{kind: untyped}, num: num}, nil
	case len(x.or) > 0:
		return nil, fmt.Errorf("an OR has no place in %s", x)
	}
	if p := e.param(x.name); p != nil {
		return &value{code: jen.Id(p.name), typ: p.typ}, nil
	}
	return e.constant(x.name)
}

func (e *env) constant(name string) (*value, error) {
	c := e.pkg.Const(name)
	if c == nil {
		return nil, fmt.Errorf("%q is neither a parameter nor a constant of the headers", name)
	}
	num, err := constValue(c)
	if err != nil {
		return nil, err
	}
	e.consts = append(e.consts, c)
	t := &goType{kind: untyped}
	if c.Type != "" {
		if t, err = e.goNamed(c.Type); err != nil {
			return nil, err
		}
	}
	return &value{code: jen.Id(name), typ: t, num: num}, nil
}

func constValue(c *plan.Const) (constant.Value, error) {
	tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, c.Value)
	if err != nil || tv.Value == nil || constant.ToInt(tv.Value).Kind() != constant.Int {
		return nil, fmt.Errorf("constant %s has no integer value: %q", c.Name, c.Value)
	}
	return constant.ToInt(tv.Value), nil
}
