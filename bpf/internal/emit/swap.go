package emit

import (
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// swap reverses the bytes of e, into A.
func (w *writer) swap(e *expr.Expr) {
	switch {
	case low(e):
		w.toA(e)
		w.op(alu|cbpf.BPF_MUL, expr.Exchange)
		w.op(alu|cbpf.BPF_AND, 0xffff0000)
	case half(e):
		w.toA(e)
		w.upper()
	default:
		w.swapBoth(e)
	}
}

// low tells whether e is two bytes, at the bottom of its word.
func low(e *expr.Expr) bool { return e.Zeros>>16 == 0xffff }

// half tells whether e is two bytes, at the bottom or the top of its word.
func half(e *expr.Expr) bool { return low(e) || e.Zeros&0xffff == 0xffff }

// upper moves the upper two bytes of A into the lower two, in reverse order.
func (w *writer) upper() {
	w.op(alu|cbpf.BPF_RSH, 16)
	w.op(alu|cbpf.BPF_MUL, expr.Exchange)
	w.op(alu|cbpf.BPF_RSH, 16)
}

// swapBoth swaps the lower half into X, and adds the upper one.
func (w *writer) swapBoth(e *expr.Expr) {
	again := func() { w.toA(e) }
	w.toA(e)
	if w.disturbsX(e, nil) { // it cannot be computed again while X is taken
		word := w.park()
		defer w.unpark(word)
		again = func() { w.op(loadSlot, uint32(word)) }
	}
	w.op(alu|cbpf.BPF_AND, 0xffff)
	w.op(alu|cbpf.BPF_MUL, expr.Exchange)
	w.op(alu|cbpf.BPF_AND, 0xffff0000)
	w.op(moveAX, 0)
	w.now.A, w.now.X = nil, nil
	again()
	w.upper()
	w.op(alu|cbpf.BPF_OR|withX, 0)
	w.now.A = nil
}

// swappedHalf tells whether e is two bytes at the bottom in reverse order, and
// of what.
func swappedHalf(e *expr.Expr) (of *expr.Expr, ok bool) {
	if e.Op == expr.Shr && e.B.Is(16) && e.A.Op == expr.Swap && low(e.A.A) {
		return e.A.A, true
	}
	return nil, false
}
