package graph

import "github.com/uringgen/uringgen/bpf/internal/expr"

// CountsAbove tells whether the decision depends on the lowest bits of e where e
// is above limit, a power of two less 1: whether a shift by e, which takes them
// alone, has an effect although e was not checked. It is false if the budget
// ends before that is known.
func (b *Builder) CountsAbove(root *Node, e *expr.Expr, limit uint32) bool {
	assumed := b.assume(nil, &Node{Kind: Test, Cmp: Greater, A: e, B: b.Const(limit)}, true)
	for _, n := range Order(b.threadFrom(root, assumed)) {
		for _, x := range n.Exprs() {
			if b.usesPart(x, e, limit) {
				return !b.Exhausted()
			}
		}
	}
	return false
}

// usesPart tells whether x is made of some of the lowest bits of e, or of
// something shifted by e.
func (b *Builder) usesPart(x, e *expr.Expr, limit uint32) bool {
	if x == nil || x.ID < e.ID || !b.Spend(1) {
		return false
	}
	of, mask := x.Mask()
	count, _ := e.Mask()
	switch {
	case of == count && mask&^limit == 0:
		return true
	case (x.Op == expr.Shl || x.Op == expr.Shr) && x.B == e:
		return true
	}
	return b.usesPart(x.A, e, limit) || b.usesPart(x.B, e, limit) || b.usesPart(x.C, e, limit)
}
