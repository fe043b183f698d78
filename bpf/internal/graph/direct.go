package graph

import "github.com/uringgen/uringgen/bpf/internal/expr"

// Direct is Branch against a constant, of x as it stands: Branch looks for a
// test of something simpler that x is made of, which is shorter for one test,
// but makes each of several tests of x compute a value of its own.
func (b *Builder) Direct(cmp Cmp, x *expr.Expr, k uint32, then, other *Node) *Node {
	if x.Op == expr.Word || x.IsConst() || cmp == GreaterEqual {
		return b.Branch(cmp, x, b.Const(k), then, other)
	}
	if then == other || b.step() {
		return then
	}
	test := Node{Cmp: cmp, A: x, B: b.Const(k)}
	if holds, decided := facts(nil).decide(&test); decided {
		if holds {
			return then
		}
		return other
	}
	return b.test(cmp, x, test.B, then, other)
}
