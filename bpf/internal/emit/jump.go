package emit

import (
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

var jumpOps = map[graph.Cmp]uint16{
	graph.Equal: cbpf.BPF_JEQ, graph.Greater: cbpf.BPF_JGT, graph.GreaterEqual: cbpf.BPF_JGE, graph.AnyBit: cbpf.BPF_JSET,
}

// reversed is the comparison that is false for b and a where cmp is true for a
// and b.
var reversed = map[graph.Cmp]graph.Cmp{graph.Greater: graph.GreaterEqual, graph.GreaterEqual: graph.Greater}

// compare jumps to then if the comparison holds, else to other.
func (w *writer) compare(cmp graph.Cmp, a, b *expr.Expr, then, other label) {
	if w.err != nil {
		return
	}
	if a.IsConst() && !b.IsConst() {
		a, b = b, a
		if r, ok := reversed[cmp]; ok {
			cmp, then, other = r, other, then
		}
	}
	if b.IsConst() {
		w.toA(a)
		w.jump(cbpf.BPF_JMP|jumpOps[cmp], b.K, then, other)
		return
	}
	if w.operands(a, b, true) {
		if r, ok := reversed[cmp]; ok {
			cmp, then, other = r, other, then
		}
	}
	w.jump(cbpf.BPF_JMP|jumpOps[cmp]|cbpf.BPF_X, 0, then, other)
}

// test jumps to then if e is not 0, else to other.
func (w *writer) test(e *expr.Expr, then, other label) {
	switch e.Op {
	case expr.And:
		w.compare(graph.AnyBit, e.A, e.B, then, other)
	case expr.Less:
		w.compare(graph.GreaterEqual, e.A, e.B, other, then)
	default:
		w.compare(graph.Equal, e, w.pool.Const(0), other, then)
	}
}
