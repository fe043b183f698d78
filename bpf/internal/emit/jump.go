package emit

import (
	"math/bits"

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
		if cmp == graph.Equal && w.twoBits(a, b.K, then, other) {
			return
		}
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

// twoBits compares two bits of a value that is to stay in A with a jump for
// each: it takes no more instructions than to cut them out.
func (w *writer) twoBits(e *expr.Expr, k uint32, then, other label) bool {
	of, mask := e.Mask()
	if bits.OnesCount32(mask) != 2 || w.local > 0 || w.slot(e) >= 0 || w.now.A == e || w.now.A != of && of.Op != expr.Word || !w.wantsNext(of, mask) {
		return false
	}
	w.toA(of)
	second := w.label()
	w.compareBit(mask&-mask, k, second, other)
	w.here(second)
	w.compareBit(mask&(mask-1), k, then, other)
	return true
}

// compareBit jumps to then if a bit of A is as in k, else to other.
func (w *writer) compareBit(bit, k uint32, then, other label) {
	if k&bit == 0 {
		then, other = other, then
	}
	w.jump(cbpf.BPF_JMP|cbpf.BPF_JSET, bit, then, other)
}

// wantsNext tells whether a node behind this one tests e other than for some of
// the bits of mask.
func (w *writer) wantsNext(e *expr.Expr, mask uint32) bool {
	for _, n := range w.nodes[w.current].Next() {
		if n.Kind != graph.Test {
			continue
		}
		if of, m := n.A.Mask(); of == e && m&^mask != 0 {
			return true
		}
	}
	return false
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
