package cbpf

import "fmt"

// origin is how a value came about.
type origin struct {
	text     string
	atom     bool // needs no parentheses
	constant bool // is the same for all requests, on this way through the program
}

// origins are those of all that a program can hold.
type origins struct {
	a, x origin
	m    [BPF_MEMWORDS]origin
}

func newOrigins() origins { return origins{a: fixed(0), x: fixed(0)} }

func fixed(v uint32) origin { return origin{fmt.Sprintf("%#x", v), true, true} }

// longest is how long an expression may be; values that are computed from
// themselves would grow without end.
const longest = 64

// step follows an instruction that m has run.
func (o *origins) step(in Instruction, m *machine) {
	switch in.Op & classMask {
	case BPF_LD:
		o.a = o.load(in)
	case BPF_LDX:
		o.x = o.load(in)
	case BPF_ST:
		o.m[in.K%BPF_MEMWORDS] = o.a
	case BPF_STX:
		o.m[in.K%BPF_MEMWORDS] = o.x
	case BPF_ALU:
		o.alu(in, m.a)
	case BPF_MISC:
		if in.Op == BPF_MISC|BPF_TAX {
			o.x = o.a
		} else {
			o.a = o.x
		}
	}
}

func (o *origins) load(in Instruction) origin {
	switch in.form().operand {
	case offset:
		return origin{fmt.Sprintf("[%d]", in.K), true, false}
	case scratch:
		return o.m[in.K%BPF_MEMWORDS]
	case length:
		return fixed(ContextSize)
	}
	return fixed(in.K)
}

// operators are those of Go.
var operators = map[string]string{
	"add": "+", "sub": "-", "mul": "*", "div": "/", "and": "&", "or": "|", "xor": "^", "lsh": "<<", "rsh": ">>",
}

// alu follows arithmetic that gave result.
func (o *origins) alu(in Instruction, result uint32) {
	f := in.form()
	right := o.x
	switch f.operand {
	case none: // neg
		right = fixed(0)
	case constant:
		right = fixed(in.K)
	case count:
		right = origin{fmt.Sprint(in.K), true, true}
	}
	switch {
	case o.a.constant && right.constant:
		o.a = fixed(result)
	case f.operand == none:
		o.a = compose("-", o.a)
	default:
		o.a = compose(o.a.operand()+" "+operators[f.name]+" ", right)
	}
}

// compose is what stands before a value, and the value, as one expression if
// that is not too long.
func compose(before string, value origin) origin {
	text := before + value.operand()
	if len(text) > longest {
		return origin{"…", true, false}
	}
	return origin{text, false, false}
}

// operand is the text as part of a larger expression.
func (o origin) operand() string {
	if o.atom {
		return o.text
	}
	return "(" + o.text + ")"
}
