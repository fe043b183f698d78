package graph

import "github.com/uringgen/uringgen/bpf/internal/expr"

// Wide is a value of 64 bits as two words.
type Wide struct{ Low, High *expr.Expr }

// Relation is a comparison as eBPF has it.
type Relation struct {
	Cmp    Cmp
	Signed bool // of Greater and GreaterEqual
	Narrow bool // compares the low words alone
}

// BranchWide goes on with then if the relation of x and y holds, else with
// other.
func (b *Builder) BranchWide(r Relation, x, y Wide, then, other *Node) *Node {
	if then == other || b.step() {
		return then
	}
	low := func(then, other *Node) *Node { return b.Branch(r.Cmp, x.Low, y.Low, then, other) }
	switch {
	case r.Narrow && r.Signed:
		return b.BranchSigned(r.Cmp, x.Low, y.Low, then, other)
	case r.Narrow:
		return low(then, other)
	case r.Cmp == Equal:
		return low(b.Branch(Equal, x.High, y.High, then, other), other)
	case r.Cmp == AnyBit:
		return low(then, b.Branch(AnyBit, x.High, y.High, then, other))
	case r.Signed && b.extends(x) && b.extends(y):
		return b.BranchSigned(r.Cmp, x.Low, y.Low, then, other)
	case x.High == y.High:
		return low(then, other)
	}
	// The high words decide, unless they are equal.
	tie := b.Branch(Equal, x.High, y.High, low(then, other), other)
	if r.Signed {
		return b.BranchSigned(Greater, x.High, y.High, then, tie)
	}
	return b.Branch(Greater, x.High, y.High, then, tie)
}

// extends tells whether w is its low word extended by its sign.
func (b *Builder) extends(w Wide) bool {
	return w.High == b.Sar(w.Low, b.Const(31))
}
