package lift

import (
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// wideConst is a number.
func (l *lifter) wideConst(v uint64) value {
	return value{set: true, low: l.Const(uint32(v)), high: l.Const(uint32(v >> 32))}
}

func (l *lifter) pair(low, high *expr.Expr) value {
	return value{set: true, low: low, high: high}
}

// operand is the second operand of an instruction.
func (l *lifter) operand(s *state, in *Insn) value {
	if in.UseImm {
		return l.wideConst(uint64(in.Imm))
	}
	return s.regs[in.Src]
}

// constant is the number that v always is.
func (v value) constant() (uint64, bool) {
	if v.base != number || !v.low.IsConst() || !v.high.IsConst() {
		return 0, false
	}
	return uint64(v.high.K)<<32 | uint64(v.low.K), true
}

// step runs one instruction that does not jump.
func (l *lifter) step(s *state, in *Insn) (err error) {
	dst := &s.regs[in.Dst]
	switch in.Kind {
	case Constant:
		*dst = l.wideConst(uint64(in.Imm))
	case Address:
		*dst = value{set: true, base: data, region: in.Region, off: in.Imm}
	case Load:
		*dst, err = l.load(s, s.regs[in.Src], in.Off, in.Size, in.Signed)
	case Store:
		err = l.store(s, *dst, in.Off, in.Size, l.operand(s, in))
	case SwapBytes, CutBytes:
		switch {
		case !dst.set:
			return l.unset(s.pc)
		case dst.base != number:
			return l.pointerMath(s.pc)
		case in.Kind == SwapBytes:
			*dst = l.swapBytes(*dst, in.Size)
		default:
			*dst = l.cut(*dst, in.Size)
		}
	case Arith:
		return l.arith(s, in)
	case Library:
		return l.callC(s, in)
	default:
		return l.fault(s.pc, in.Why, in.Advice)
	}
	return err
}

func (l *lifter) pointerMath(pc int) error {
	return l.fault(pc, "arithmetic on a pointer", "add constants to pointers, and index constant tables")
}

// cut is the lowest bytes of v.
func (l *lifter) cut(v value, size int) value {
	switch {
	case size >= 8:
		return v
	case size == 4:
		return l.pair(v.low, l.Const(0))
	}
	return l.pair(l.And(v.low, l.Const(1<<(8*size)-1)), l.Const(0))
}

// extend is the lowest bytes of v, extended by their sign.
func (l *lifter) extend(v value, size int) value {
	low := v.low
	switch {
	case size >= 8:
		return v
	case size < 4:
		n := l.Const(uint32(32 - 8*size))
		low = l.Sar(l.Shl(low, n), n)
	}
	return l.pair(low, l.Sar(low, l.Const(31)))
}

func (l *lifter) swapBytes(v value, size int) value {
	if size == 8 {
		return l.pair(l.Swap(v.high), l.Swap(v.low))
	}
	return l.pair(l.Shr(l.Swap(l.cut(v, size).low), l.Const(uint32(32-8*size))), l.Const(0))
}

func (l *lifter) arith(s *state, in *Insn) error {
	x, y := s.regs[in.Dst], l.operand(s, in)
	readsX := in.Op != Move && in.Op != MoveSigned
	if readsX && !x.set || in.Op != Neg && !y.set {
		return l.unset(s.pc)
	}
	if readsX && x.base != number || in.Op != Neg && y.base != number {
		return l.arithPointer(s, in, x, y)
	}
	var v value
	var ok bool
	if in.Wide {
		v, ok = l.wideOp(in, x, y)
	} else {
		v, ok = l.narrowOp(in, x, y)
	}
	if !ok {
		return l.fault(s.pc, "division of 64-bit numbers by what is not a constant power of two", "divide 32-bit numbers (casts to __u32), or shift")
	}
	s.regs[in.Dst] = v
	return nil
}

// narrowOp is an operation on the low words.
func (l *lifter) narrowOp(in *Insn, x, y value) (v value, ok bool) {
	low := func(e *expr.Expr) (value, bool) { return l.pair(e, l.Const(0)), true }
	switch in.Op {
	case Move:
		return low(y.low)
	case MoveSigned:
		return low(l.extend(y, in.Size).low)
	case Neg:
		return low(l.Neg(x.low))
	}
	return low(l.wordOp(in.Op)(x.low, y.low))
}

func (l *lifter) wordOp(op ArithOp) func(a, b *expr.Expr) *expr.Expr {
	return map[ArithOp]func(a, b *expr.Expr) *expr.Expr{
		Add: l.Add, Sub: l.Sub, Mul: l.Mul, Div: l.Div, Mod: l.Mod, And: l.And, Or: l.Or, Xor: l.Xor, Shl: l.Shl, Shr: l.Shr, Sar: l.Sar,
	}[op]
}

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
		op := l.wordOp(in.Op)
		return l.pair(op(x.low, y.low), op(x.high, y.high)), true
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
		return l.pair(l.wordOp(op)(x.low, y.low), l.Const(0)), true
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

// arithPointer moves pointers, adds numbers to them, and takes their distance.
func (l *lifter) arithPointer(s *state, in *Insn, x, y value) error {
	if !in.Wide {
		return l.pointerMath(s.pc)
	}
	dst := &s.regs[in.Dst]
	switch {
	case in.Op == Move:
		*dst = y
		return nil
	case in.Op == Sub && x.base == y.base && x.region == y.region && x.frame == y.frame && x.index == y.index:
		*dst = l.wideConst(uint64(x.off - y.off))
		return nil
	case in.Op == Add && x.base == number:
		x, y = y, x
	case in.Op != Add && in.Op != Sub || y.base != number:
		return l.pointerMath(s.pc)
	}
	if k, ok := y.constant(); ok {
		if in.Op == Sub {
			k = -k
		}
		x.off += int64(k)
		*dst = x
		return nil
	}
	if in.Op == Sub || x.base != data || x.index != nil {
		return l.fault(s.pc, "an address depends on run-time data", "only constant tables can be indexed, with one index that is not negative")
	}
	l.require(y.high, 0)
	x.index = y.low
	*dst = x
	return nil
}
