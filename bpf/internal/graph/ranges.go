package graph

import (
	"math"
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// greaterThrough looks through the operation of x in x > k; nil where that
// leads to nothing simpler.
func (b *Builder) greaterThrough(x *expr.Expr, k uint32, then, other *Node) *Node {
	switch a, y := x.A, x.B; x.Op {
	case expr.Shr:
		if y.IsConst() && uint64(k+1)<<y.K <= math.MaxUint32 {
			return b.greaterConst(a, (k+1)<<y.K-1, then, other)
		}
	case expr.And:
		if y.IsConst() {
			return b.greaterMasked(a, y.K, k, then, other)
		}
	case expr.Add:
		if y.IsConst() {
			return b.outside(a, -y.K, k, math.MaxUint32, then, other)
		}
	case expr.Swap:
		// Two bytes are exchanged by a multiplication, which leaves something
		// below them.
		if a.Zeros>>16 == 0xffff {
			return b.test(Greater, b.Mul(a, b.Const(expr.Exchange)), b.Const(k|0xffff), then, other)
		}
	}
	return nil
}

// greaterMasked is a branch on x & mask > k.
func (b *Builder) greaterMasked(x *expr.Expr, mask, k uint32, then, other *Node) *Node {
	if x.Op == expr.Shr && x.B.IsConst() && mask<<x.B.K>>x.B.K == mask {
		n := x.B.K
		return b.Branch(Greater, b.And(x.A, b.Const(mask<<n)), b.Const(k<<n|(1<<n-1)), then, other)
	}
	switch low := ^mask; {
	case low&(low+1) == 0: // the lowest bits are left out
		return b.Branch(Greater, x, b.Const(k|low), then, other)
	case mask&(mask+1) == 0 && x.Op == expr.Add && x.B.IsConst() && x.A.Max() <= mask:
		return b.outside(x.A, -x.B.K, k, mask, then, other)
	}
	return nil
}

// outside is a branch on x - low > size modulo most+1, a power of two, which is
// how compilers write that x is not within low and low + size. x is at most
// most.
func (b *Builder) outside(x *expr.Expr, low, size, most uint32, then, other *Node) *Node {
	low &= most
	high := (low + size) & most
	if high < low { // what is left out is a range
		return b.within(x, high+1, low-1, then, other)
	}
	return b.within(x, low, high, other, then)
}

// within is a branch on low <= x && x <= high, where low is not above high.
func (b *Builder) within(x *expr.Expr, low, high uint32, then, other *Node) *Node {
	if low == high {
		return b.Branch(Equal, x, b.Const(low), then, other)
	}
	below := b.Branch(Greater, x, b.Const(high), other, then)
	return b.Branch(GreaterEqual, x, b.Const(low), below, other)
}

// maxBits is how many comparisons are as good as a shift by a variable count.
const maxBits = 7

// bitOf is a branch on x & k != 0, where x is a constant shifted by what the
// request says: whether the count is one of some numbers. It is nil if those
// are too many.
func (b *Builder) bitOf(x *expr.Expr, k uint32, then, other *Node) *Node {
	if !x.A.IsConst() {
		return nil
	}
	set := uint32(0) // of the counts for which it holds
	for n := range uint32(32) {
		shifted := x.A.K << n
		if x.Op == expr.Shr {
			shifted = x.A.K >> n
		}
		if shifted&k != 0 {
			set |= 1 << n
		}
	}
	if bits.OnesCount32(set) > 16 {
		set, then, other = ^set, other, then
	}
	if runs := set &^ (set << 1); bits.OnesCount32(runs)*2 > maxBits && bits.OnesCount32(set) > maxBits {
		return nil
	}
	count := b.And(x.B, b.Const(31))
	node := other
	for set != 0 {
		high := uint32(bits.Len32(set)) - 1
		low := high - uint32(bits.LeadingZeros32(^(set << (31 - high)))) + 1
		if high-low == 1 { // two values are as long as a range, and know more
			low = high
		}
		node = b.within(count, low, high, then, node)
		set &^= 1<<(high+1) - 1<<low
	}
	return node
}
