package lift

import (
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
	l.checkShift(s.pc, in, y)
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
	return low(l.wordOp(in.Op, x.low, y.low))
}

// wordOps are the operations on words that package expr has.
var wordOps = [...]func(p *expr.Pool, a, b *expr.Expr) *expr.Expr{
	Add: (*expr.Pool).Add, Sub: (*expr.Pool).Sub, Mul: (*expr.Pool).Mul, Div: (*expr.Pool).Div, Mod: (*expr.Pool).Mod,
	And: (*expr.Pool).And, Or: (*expr.Pool).Or, Xor: (*expr.Pool).Xor,
	Shl: (*expr.Pool).Shl, Shr: (*expr.Pool).Shr, Sar: (*expr.Pool).Sar,
}

func (l *lifter) wordOp(op ArithOp, a, b *expr.Expr) *expr.Expr { return wordOps[op](l.Pool, a, b) }

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
