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
	if n := b.oneValue(x, k, then, other); n != nil {
		return n
	}
	if n := b.greaterThrough(x, k, then, other); n != nil {
		return n
	}
	return b.test(Greater, x, b.Const(k), then, other)
}

// oneValue is a branch on x > k which, together with the one behind it, tells
// one value from all others; nil if it is none. What bounds of a range become
// when they are equal, as parameters may be.
func (b *Builder) oneValue(x *expr.Expr, k uint32, then, other *Node) *Node {
	isGreater := func(n *Node, k uint32) bool {
		return !b.step() && b.ordered(Greater, x, b.Const(k), n.Then, n.Else) == n
	}
	switch {
	case then.Kind == Test && then.Then == other && isGreater(then, k+1):
		return b.equalConst(x, k+1, then.Else, other)
	case other.Kind == Test && other.Else == then && isGreater(other, k-1):
		return b.equalConst(x, k, other.Then, then)
	}
	return nil
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
