package graph

import (
	"math"
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// equalThrough looks through the operation of x, which undone leaves a test of
// something simpler; nil where there is no such thing.
func (b *Builder) equalThrough(x *expr.Expr, k uint32, then, other *Node) *Node {
	a, y := x.A, x.B
	byConst := y != nil && y.IsConst()
	switch x.Op {
	case expr.Add:
		if byConst {
			return b.equalConst(a, k-y.K, then, other)
		}
	case expr.Sub:
		if a.IsConst() {
			return b.equalConst(y, a.K-k, then, other)
		}
		if k == 0 {
			return b.Branch(Equal, a, y, then, other)
		}
	case expr.Xor:
		if byConst {
			return b.equalConst(a, k^y.K, then, other)
		}
		if k == 0 {
			return b.Branch(Equal, a, y, then, other)
		}
	case expr.Neg:
		return b.equalConst(a, -k, then, other)
	case expr.Swap:
		return b.equalConst(a, bits.ReverseBytes32(k), then, other)
	case expr.Or:
		return b.equalOr(x, k, then, other)
	case expr.Shr:
		if byConst {
			return b.equalConst(b.And(a, b.Const(math.MaxUint32<<y.K)), k<<y.K, then, other)
		}
	case expr.Shl:
		if byConst {
			return b.equalConst(b.And(a, b.Const(math.MaxUint32>>y.K)), k>>y.K, then, other)
		}
	case expr.Sar:
		return b.equalSar(x, k, then, other)
	case expr.Less:
		if k == 0 {
			return b.Branch(GreaterEqual, a, y, then, other)
		}
		return b.Branch(GreaterEqual, a, y, other, then)
	case expr.Select:
		return b.NotZero(a, b.equalConst(x.B, k, then, other), b.equalConst(x.C, k, then, other))
	case expr.And:
		return b.equalAnd(x, k, then, other)
	}
	return nil
}

func (b *Builder) equalOr(x *expr.Expr, k uint32, then, other *Node) *Node {
	a, y := x.A, x.B
	switch {
	case y.IsConst(): // its bits are known to be right
		return b.equalConst(b.And(a, b.Const(^y.K)), k&^y.K, then, other)
	case k == 0:
		return b.equalConst(a, 0, b.equalConst(y, 0, then, other), other)
	case a.Zeros|y.Zeros == math.MaxUint32:
		return b.equalConst(a, k&^a.Zeros, b.equalConst(y, k&^y.Zeros, then, other), other)
	}
	return nil
}

func (b *Builder) equalSar(x *expr.Expr, k uint32, then, other *Node) *Node {
	n := x.B.K
	if n == 31 { // all bits are the sign
		switch k {
		case 0:
			return b.anyBitConst(x.A, signBit, other, then)
		case math.MaxUint32:
			return b.anyBitConst(x.A, signBit, then, other)
		}
		return other
	}
	if x.A.Op == expr.Shl && x.A.B.Is(n) { // the low bits, extended by their sign
		if uint32(int32(k<<n)>>n) != k {
			return other
		}
		return b.equalConst(b.And(x.A.A, b.Const(math.MaxUint32>>n)), k&(math.MaxUint32>>n), then, other)
	}
	return nil
}

func (b *Builder) equalAnd(x *expr.Expr, k uint32, then, other *Node) *Node {
	a, m := x.Mask()
	if a == x { // no constant mask
		if k == 0 {
			return b.Branch(AnyBit, x.A, x.B, other, then)
		}
		return nil
	}
	switch {
	case k == 0:
		return b.anyBitConst(a, m, other, then)
	case a.Op == expr.Shr && a.B.IsConst() && m<<a.B.K>>a.B.K == m:
		return b.equalConst(b.And(a.A, b.Const(m<<a.B.K)), k<<a.B.K, then, other)
	case a.Op == expr.Shl && a.B.IsConst():
		return b.equalConst(b.And(a.A, b.Const(m>>a.B.K)), k>>a.B.K, then, other)
	case a.Op == expr.Xor && a.B.IsConst():
		return b.equalConst(b.And(a.A, x.B), k^a.B.K&m, then, other)
	case a.Op == expr.Or && a.A.Zeros|a.B.Zeros == math.MaxUint32: // each has bits of its own
		y, z := b.And(a.A, x.B), b.And(a.B, x.B)
		return b.equalConst(y, k&^y.Zeros, b.equalConst(z, k&^z.Zeros, then, other), other)
	case a.Op == expr.Add && a.B.IsConst() && m&(m+1) == 0: // modulo a power of two
		return b.equalConst(b.And(a.A, x.B), (k-a.B.K)&m, then, other)
	case bits.OnesCount32(m) == 1:
		return b.anyBitConst(a, m, then, other)
	}
	return nil
}

func (b *Builder) anyBitThrough(x *expr.Expr, k uint32, then, other *Node) *Node {
	a, y := x.A, x.B
	byConst := y != nil && y.IsConst()
	switch x.Op {
	case expr.And:
		if byConst {
			return b.anyBitConst(a, k&y.K, then, other)
		}
	case expr.Or:
		return b.anyBitConst(a, k, then, b.anyBitConst(y, k, then, other))
	case expr.Swap:
		return b.anyBitConst(a, bits.ReverseBytes32(k), then, other)
	case expr.Shr:
		if byConst {
			return b.anyBitConst(a, k<<y.K, then, other)
		}
		return b.bitOf(x, k, then, other)
	case expr.Shl:
		if byConst {
			return b.anyBitConst(a, k>>y.K, then, other)
		}
		return b.bitOf(x, k, then, other)
	case expr.Sar:
		from := k << y.K
		if k&^(math.MaxUint32>>y.K) != 0 { // bits that are copies of the sign
			from |= signBit
		}
		return b.anyBitConst(a, from, then, other)
	case expr.Xor:
		if byConst && bits.OnesCount32(k) == 1 {
			if y.K&k != 0 {
				return b.anyBitConst(a, k, other, then)
			}
			return b.anyBitConst(a, k, then, other)
		}
	case expr.Select:
		return b.NotZero(a, b.anyBitConst(x.B, k, then, other), b.anyBitConst(x.C, k, then, other))
	case expr.Less: // only bit 0 can be set
		return b.Branch(GreaterEqual, a, y, other, then)
	}
	if low := ^k; byConst && x.Op == expr.Add && low&(low+1) == 0 {
		return b.outside(a, -y.K, low, math.MaxUint32, then, other)
	}
	if k == x.Max() { // every bit that can be set
		switch x.Op {
		case expr.Add, expr.Sub, expr.Xor, expr.Neg:
			return b.equalConst(x, 0, other, then)
		}
	}
	return nil
}
