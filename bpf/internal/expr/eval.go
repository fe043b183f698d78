package expr

import "math/bits"

// Eval is the value of e where word gives the words of the context, and join
// the values of joins.
func Eval(e *Expr, word, join func(k uint32) uint32) uint32 {
	return EvalWith(e, word, join, map[*Expr]uint32{})
}

// EvalWith is Eval where some expressions have values already, to which those
// that are worked out are added.
func EvalWith(e *Expr, word, join func(k uint32) uint32, memo map[*Expr]uint32) uint32 {
	var eval func(*Expr) uint32
	eval = func(e *Expr) uint32 {
		if v, ok := memo[e]; ok {
			return v
		}
		var a, b uint32
		if e.A != nil {
			a = eval(e.A)
		}
		if e.B != nil && e.Op != Select {
			b = eval(e.B)
		}
		var v uint32
		switch e.Op {
		case Word:
			v = word(e.K)
		case Join:
			v = join(e.K)
		case Select:
			if a != 0 {
				v = eval(e.B)
			} else {
				v = eval(e.C)
			}
		default:
			v = apply(e.Op, a, b, e.K)
		}
		memo[e] = v
		return v
	}
	return eval(e)
}

// apply is an operation on numbers.
func apply(op Op, a, b, k uint32) uint32 {
	switch op {
	case Const:
		return k
	case Add:
		return a + b
	case Sub:
		return a - b
	case Mul:
		return a * b
	case Div:
		if b == 0 {
			return 0
		}
		return a / b
	case And:
		return a & b
	case Or:
		return a | b
	case Xor:
		return a ^ b
	case Shl:
		return a << (b % 32)
	case Shr:
		return a >> (b % 32)
	case Sar:
		return uint32(int32(a) >> (b % 32))
	case Neg:
		return -a
	case Swap:
		return bits.ReverseBytes32(a)
	case Less:
		if a < b {
			return 1
		}
		return 0
	default:
		panic("expr: operation without a value")
	}
}
