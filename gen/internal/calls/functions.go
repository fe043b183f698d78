package calls

import (
	"fmt"
	"go/constant"
	"strings"

	"github.com/dave/jennifer/jen"
)

// function is one that expressions can call.
type function struct {
	min, max int
	eval     func(*env, *expr) (*value, error)
}

// functions, by the name that tables use. Those with a helper in Go are
// emitted beside the calls.
var functions map[string]function

func init() {
	functions = map[string]function{
		"direct": {1, 1, evalHelper("direct")}, // index+1, but "any free slot" stays
		"poll":   {1, 1, evalHelper("poll")},   // 16-bit halves swapped on big-endian
		"slot":   {1, 1, evalSlot},             // index+1
		"u32":    {1, 1, evalBits},             // same bits, unsigned: widens with zeros
		"ptr":    {1, 1, evalPtr},              // address of what a parameter points to
		"len":    {1, 9, evalLen},              // length of a slice; the others must have the same
		"bytes":  {1, 1, evalBytes},            // length of a slice in bytes
		"sizeof": {1, 1, evalSizeof},           // size of a record
		"mul":    {2, 2, evalMul},              // product
		"ioctl":  {2, 2, evalIoctl},            // request number without data
	}
}

var u32 = integerType("u32")
var u64 = integerType("u64")

func integerType(name string) *goType {
	t := integers[name]
	t.kind = integer
	return &t
}

func evalHelper(name string) func(*env, *expr) (*value, error) {
	return func(e *env, x *expr) (*value, error) {
		c, err := e.integer(u32, x.args[0])
		if err != nil {
			return nil, err
		}
		e.needs[name] = true
		return &value{code: jen.Id(name).Call(c), typ: u32}, nil
	}
}

func evalSlot(e *env, x *expr) (*value, error) {
	c, err := e.integer(u32, x.args[0])
	if err != nil {
		return nil, err
	}
	return &value{code: c.Clone().Op("+").Lit(1), typ: u32}, nil
}

func evalBits(e *env, x *expr) (*value, error) {
	v, err := e.eval(x.args[0])
	if err != nil {
		return nil, err
	}
	if v.typ.kind != integer || v.typ.width != 32 {
		return nil, fmt.Errorf("%s: u32 takes a parameter of 32 bits", x)
	}
	return &value{code: jen.Uint32().Call(v.code), typ: u32}, nil
}

// evalPtr hides an address in an integer. What it points to is moved to the
// heap and kept alive, since the runtime cannot see it any more.
func evalPtr(e *env, x *expr) (*value, error) {
	p := e.param(x.args[0].name)
	if p == nil || x.args[0].call {
		return nil, fmt.Errorf("%s: ptr takes a parameter", x)
	}
	c, err := e.pointerTo(p)
	if err != nil {
		return nil, err
	}
	e.needs["addr"] = true
	e.pinned = append(e.pinned, p)
	return &value{code: jen.Id("addr").Call(c), typ: u64}, nil
}

// pointerTo is the unsafe.Pointer to what a parameter refers to.
func (e *env) pointerTo(p *param) (*jen.Statement, error) {
	switch p.typ.kind {
	case address:
		return jen.Id(p.name), nil
	case pointer:
		return jen.Qual("unsafe", "Pointer").Call(jen.Id(p.name)), nil
	case slice:
		e.needs["first"] = true
		return jen.Id("first").Call(jen.Id(p.name)), nil
	}
	return nil, fmt.Errorf("parameter %s is no pointer and no slice", p.name)
}

func (e *env) sliceParam(x *expr) (*param, error) {
	p := e.param(strings.TrimSuffix(x.name, "?"))
	if p == nil || x.call || p.typ.kind != slice {
		return nil, fmt.Errorf("%s: want a parameter that is a slice", x)
	}
	return p, nil
}

func evalLen(e *env, x *expr) (*value, error) {
	p, err := e.sliceParam(x.args[0])
	if err != nil {
		return nil, err
	}
	for _, a := range x.args[1:] {
		other, err := e.sliceParam(a)
		if err != nil {
			return nil, err
		}
		cond := jen.Len(jen.Id(other.name)).Op("!=").Len(jen.Id(p.name))
		if strings.HasSuffix(a.name, "?") {
			cond = jen.Len(jen.Id(other.name)).Op("!=").Lit(0).Op("&&").Add(cond)
		}
		e.checks = append(e.checks, cond)
	}
	return &value{code: jen.Len(jen.Id(p.name)), typ: &goType{kind: long, name: "int"}, count: true}, nil
}

func evalBytes(e *env, x *expr) (*value, error) {
	p, err := e.sliceParam(x.args[0])
	if err != nil {
		return nil, err
	}
	size := jen.Int().Call(jen.Qual("unsafe", "Sizeof").Call(jen.Id(p.name).Index(jen.Lit(0))))
	code := jen.Len(jen.Id(p.name)).Op("*").Add(size)
	return &value{code: code, typ: &goType{kind: long, name: "int"}, count: true}, nil
}

func evalSizeof(e *env, x *expr) (*value, error) {
	t, err := e.parseType(x.args[0].String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", x, err)
	}
	if t.kind != record {
		return nil, fmt.Errorf("%s: sizeof takes a record", x)
	}
	code := jen.Qual("unsafe", "Sizeof").Call(jen.Id(t.name).Values())
	v := &value{code: code, typ: &goType{kind: long, name: "uintptr"}, size: true}
	if t.rec != nil {
		v.num = constant.MakeInt64(t.rec.Size)
	}
	return v, nil
}

func evalMul(e *env, x *expr) (*value, error) {
	a, err := e.integer(word, x.args[0])
	if err != nil {
		return nil, err
	}
	b, err := e.integer(word, x.args[1])
	if err != nil {
		return nil, err
	}
	return &value{code: a.Clone().Op("*").Add(b), typ: &goType{kind: long, name: "uintptr"}}, nil
}

func evalIoctl(e *env, x *expr) (*value, error) {
	var n [2]int64
	for i, a := range x.args {
		v, err := e.eval(a)
		if err != nil {
			return nil, err
		}
		exact := false
		if v.num != nil {
			n[i], exact = constant.Int64Val(v.num)
		}
		if !exact || n[i] < 0 || n[i] > 255 {
			return nil, fmt.Errorf("%s: ioctl takes two constants from 0 to 255", x)
		}
	}
	e.needs["ioctlNone"] = true
	code := jen.Parens(jen.Id("ioctlNone").Call().Op("|").Id(fmt.Sprintf("%#x", n[0]<<8|n[1])))
	return &value{code: code, typ: u32}, nil
}
