package graph

import "github.com/uringgen/uringgen/bpf/internal/expr"

// SplitSwapped compares numbers of reversed bytes byte by byte, where otherwise
// the bytes would have to be reversed for nothing but a comparison.
func (b *Builder) SplitSwapped(root *Node) *Node {
	return b.rewrite(root, func(n *Node, made func(*Node) *Node) *Node {
		switch n.Kind {
		case Test:
			if n.Cmp == Greater && n.A.Op == expr.Swap && n.B.IsConst() {
				return b.greaterSwapped(n.A.A, n.B.K, made(n.Then), made(n.Else))
			}
			return b.test(n.Cmp, n.A, n.B, made(n.Then), made(n.Else))
		case Assign:
			return b.Assign(n.Values, made(n.Then))
		default:
			return n
		}
	}, (*Node).next)
}

// greaterSwapped is a branch on x > k where x is e with its bytes reversed: the
// lowest byte of e counts most.
func (b *Builder) greaterSwapped(e *expr.Expr, k uint32, then, other *Node) *Node {
	next := other // equal
	for i := 3; i >= 0; i-- {
		mask := uint32(0xff) << (8 * i)
		at := k >> (24 - 8*i) & 0xff << (8 * i)
		if e.Zeros&mask == mask {
			if at != 0 { // less, if it was equal up to here
				next = other
			}
			continue
		}
		digit := b.And(e, b.Const(mask))
		next = b.Branch(Greater, digit, b.Const(at), then, b.equalConst(digit, at, next, other))
	}
	return next
}
