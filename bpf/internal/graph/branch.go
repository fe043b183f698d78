package graph

import (
	"math"
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// NotZero goes on with then if e is not 0.
func (b *Builder) NotZero(e *expr.Expr, then, other *Node) *Node {
	return b.equalConst(e, 0, other, then)
}

// Branch goes on with then if the comparison of x and y holds, else with
// other.
func (b *Builder) Branch(cmp Cmp, x, y *expr.Expr, then, other *Node) *Node {
	if then == other || b.step() {
		return then
	}
	if x.IsConst() && !y.IsConst() {
		switch cmp {
		case Equal, AnyBit:
			x, y = y, x
		case Greater:
			return b.Branch(GreaterEqual, y, x, other, then)
		case GreaterEqual:
			return b.Branch(Greater, y, x, other, then)
		}
	}
	switch cmp {
	case Equal:
		return b.equal(x, y, then, other)
	case AnyBit:
		return b.anyBit(x, y, then, other)
	default:
		return b.ordered(cmp, x, y, then, other)
	}
}

func (b *Builder) equal(x, y *expr.Expr, then, other *Node) *Node {
	switch {
	case x == y:
		return then
	case x.Ones&y.Zeros != 0 || x.Zeros&y.Ones != 0:
		return other
	case y.IsConst():
		return b.equalConst(x, y.K, then, other)
	case x.Op == expr.Swap && y.Op == expr.Swap:
		return b.equal(x.A, y.A, then, other)
	}
	return b.test(Equal, x, y, then, other)
}

func (b *Builder) anyBit(x, y *expr.Expr, then, other *Node) *Node {
	switch {
	case x == y:
		return b.NotZero(x, then, other)
	case y.IsConst():
		return b.anyBitConst(x, y.K, then, other)
	case x.Ones&y.Ones != 0:
		return then
	case x.Zeros|y.Zeros == math.MaxUint32:
		return other
	}
	return b.test(AnyBit, x, y, then, other)
}

// ordered is a branch on > or >=.
func (b *Builder) ordered(cmp Cmp, x, y *expr.Expr, then, other *Node) *Node {
	switch {
	case x == y:
		if cmp == GreaterEqual {
			return then
		}
		return other
	case x.Min() > y.Max(), cmp == GreaterEqual && x.Min() == y.Max():
		return then
	case x.Max() < y.Min(), cmp == Greater && x.Max() == y.Min():
		return other
	case x.Op == expr.Select:
		return b.NotZero(x.A, b.Branch(cmp, x.B, y, then, other), b.Branch(cmp, x.C, y, then, other))
	case y.Op == expr.Select:
		return b.NotZero(y.A, b.Branch(cmp, x, y.B, then, other), b.Branch(cmp, x, y.C, then, other))
	case !y.IsConst():
		return b.test(cmp, x, y, then, other)
	case cmp == GreaterEqual:
		return b.greaterConst(x, y.K-1, then, other) // y is not 0, or it would be decided
	}
	return b.greaterConst(x, y.K, then, other)
}

// greaterConst is a branch on x > k, which is not decided by what is known of
// x.
func (b *Builder) greaterConst(x *expr.Expr, k uint32, then, other *Node) *Node {
	switch {
	case k == 0:
		return b.NotZero(x, then, other)
	case k == x.Max()-1:
		return b.equalConst(x, k+1, then, other)
	case k&(k+1) == 0: // a bit above those of k
		return b.anyBitConst(x, ^k, then, other)
	}
	if x.Op == expr.Shr && x.B.IsConst() && uint64(k+1)<<x.B.K <= math.MaxUint32 {
		return b.Branch(GreaterEqual, x.A, b.Const((k+1)<<x.B.K), then, other)
	}
	return b.test(Greater, x, b.Const(k), then, other)
}

// signBit is the sign of a word.
const signBit = 1 << 31

// BranchSigned is Branch for > and >= of signed words.
func (b *Builder) BranchSigned(cmp Cmp, x, y *expr.Expr, then, other *Node) *Node {
	if then == other || b.step() {
		return then
	}
	switch {
	case x.Zeros&y.Zeros&signBit != 0 || x.Ones&y.Ones&signBit != 0:
		return b.Branch(cmp, x, y, then, other)
	case x.IsConst() && !y.IsConst():
		return b.BranchSigned(swapped(cmp), y, x, other, then)
	case y.IsConst() && y.K&signBit == 0: // x is negative, or to be compared
		return b.anyBitConst(x, signBit, other, b.Branch(cmp, x, y, then, other))
	case y.IsConst():
		return b.anyBitConst(x, signBit, b.Branch(cmp, x, y, then, other), then)
	}
	flip := b.Const(signBit)
	return b.Branch(cmp, b.Xor(x, flip), b.Xor(y, flip), then, other)
}

// swapped is the comparison that holds for y and x where cmp does not hold for
// x and y.
func swapped(cmp Cmp) Cmp {
	if cmp == Greater {
		return GreaterEqual
	}
	return Greater
}

// equalConst is a branch on x == k.
func (b *Builder) equalConst(x *expr.Expr, k uint32, then, other *Node) *Node {
	switch {
	case then == other || b.step():
		return then
	case x.Is(k):
		return then
	case k&x.Zeros != 0 || x.Ones&^k != 0:
		return other
	}
	if n := b.equalThrough(x, k, then, other); n != nil {
		return n
	}
	if k == 0 && bits.OnesCount32(x.Max()) == 1 {
		return b.anyBitConst(x, x.Max(), other, then)
	}
	return b.test(Equal, x, b.Const(k), then, other)
}

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
	case bits.OnesCount32(m) == 1:
		return b.anyBitConst(a, m, then, other)
	}
	return nil
}

// anyBitConst is a branch on x & k != 0.
func (b *Builder) anyBitConst(x *expr.Expr, k uint32, then, other *Node) *Node {
	k &= x.Max()
	switch {
	case then == other || b.step():
		return then
	case x.Ones&k != 0:
		return then
	case k == 0:
		return other
	}
	if n := b.anyBitThrough(x, k, then, other); n != nil {
		return n
	}
	return b.test(AnyBit, x, b.Const(k), then, other)
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
	case expr.Shl:
		if byConst {
			return b.anyBitConst(a, k>>y.K, then, other)
		}
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
	if k == x.Max() { // every bit that can be set
		switch x.Op {
		case expr.Add, expr.Sub, expr.Xor, expr.Neg:
			return b.equalConst(x, 0, other, then)
		}
	}
	return nil
}
