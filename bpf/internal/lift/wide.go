package lift

import (
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// wideOp is an operation on 64 bits.
func (l *lifter) wideOp(in *Insn, x, y value) (v value, ok bool) {
	switch in.Op {
	case Move:
		return y, true
	case MoveSigned:
		return l.extend(y, in.Size), true
	case Neg:
		return l.sub(l.wideConst(0), x), true
	case And, Or, Xor:
		return l.pair(l.wordOp(in.Op, x.low, y.low), l.wordOp(in.Op, x.high, y.high)), true
	case Add:
		return l.add(x, y), true
	case Sub:
		return l.sub(x, y), true
	case Mul:
		high := l.Add(l.MulHigh(x.low, y.low), l.Add(l.Mul(x.low, y.high), l.Mul(x.high, y.low)))
		return l.pair(l.Mul(x.low, y.low), high), true
	case Div, Mod:
		return l.divide(in.Op, x, y)
	default:
		return l.shift(in.Op, x, y.low), true
	}
}

func (l *lifter) add(x, y value) value {
	low := l.Add(x.low, y.low)
	carry := l.Const(0)
	if uint64(x.low.Max())+uint64(y.low.Max()) > 1<<32-1 {
		if y.low.IsConst() { // does not need the sum
			carry = l.Less(l.Const(-y.low.K-1), x.low)
		} else {
			carry = l.Less(low, x.low)
		}
	}
	return l.pair(low, l.Add(l.Add(x.high, y.high), carry))
}

func (l *lifter) sub(x, y value) value {
	borrow := l.Less(x.low, y.low)
	return l.pair(l.Sub(x.low, y.low), l.Sub(l.Sub(x.high, y.high), borrow))
}

// divide divides where that is a division of words, or a shift.
func (l *lifter) divide(op ArithOp, x, y value) (v value, ok bool) {
	if x.high.Is(0) && y.high.Is(0) {
		return l.pair(l.wordOp(op, x.low, y.low), l.Const(0)), true
	}
	k, known := y.constant()
	switch {
	case !known || bits.OnesCount64(k) > 1:
		return value{}, false
	case k == 0 && op == Div:
		return l.wideConst(0), true
	case k == 0:
		return x, true
	case op == Mod:
		m := l.wideConst(k - 1)
		return l.pair(l.And(x.low, m.low), l.And(x.high, m.high)), true
	}
	return l.shiftConst(Shr, x, uint32(bits.TrailingZeros64(k))), true
}

// shift shifts by a count modulo 64.
func (l *lifter) shift(op ArithOp, x value, n *expr.Expr) value {
	if n.IsConst() {
		return l.shiftConst(op, x, n.K%64)
	}
	// The count modulo 32 moves each word. What crosses from one to the other
	// moves by 32 less that, in two steps, since a count of 32 is none; and a
	// count of 32 and more moves whole words.
	far := l.And(n, l.Const(32))
	rest := l.Xor(l.And(n, l.Const(31)), l.Const(31))
	one, zero := l.Const(1), l.Const(0)
	if op == Shl {
		moved := l.Shl(x.low, n)
		near := l.Or(l.Shl(x.high, n), l.Shr(l.Shr(x.low, one), rest))
		return l.pair(l.Select(far, zero, moved), l.Select(far, moved, near))
	}
	fill, moved := zero, l.Shr(x.high, n)
	if op == Sar {
		fill, moved = l.Sar(x.high, l.Const(31)), l.Sar(x.high, n)
	}
	near := l.Or(l.Shr(x.low, n), l.Shl(l.Shl(x.high, one), rest))
	return l.pair(l.Select(far, moved, near), l.Select(far, fill, moved))
}

func (l *lifter) shiftConst(op ArithOp, x value, n uint32) value {
	if n == 0 {
		return x
	}
	k, rest, zero := l.Const(n%32), l.Const(32-n%32), l.Const(0)
	fill, right := zero, l.Shr
	if op == Sar {
		fill, right = l.Sar(x.high, l.Const(31)), l.Sar
	}
	switch {
	case op == Shl && n >= 32:
		return l.pair(zero, l.Shl(x.low, k))
	case op == Shl:
		return l.pair(l.Shl(x.low, k), l.Or(l.Shl(x.high, k), l.Shr(x.low, rest)))
	case n >= 32:
		return l.pair(right(x.high, k), fill)
	}
	return l.pair(l.Or(l.Shr(x.low, k), l.Shl(x.high, rest)), right(x.high, k))
}
