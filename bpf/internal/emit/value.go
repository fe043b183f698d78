package emit

import (
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

const (
	loadWord   = cbpf.BPF_LD | cbpf.BPF_W | cbpf.BPF_ABS
	loadConst  = cbpf.BPF_LD | cbpf.BPF_IMM
	loadSlot   = cbpf.BPF_LD | cbpf.BPF_MEM
	loadConstX = cbpf.BPF_LDX | cbpf.BPF_IMM
	loadSlotX  = cbpf.BPF_LDX | cbpf.BPF_MEM
	moveAX     = cbpf.BPF_MISC | cbpf.BPF_TAX
	moveXA     = cbpf.BPF_MISC | cbpf.BPF_TXA
	alu        = cbpf.BPF_ALU
	withX      = cbpf.BPF_X
)

var aluOps = map[expr.Op]uint16{
	expr.Add: cbpf.BPF_ADD, expr.Sub: cbpf.BPF_SUB, expr.Mul: cbpf.BPF_MUL, expr.Div: cbpf.BPF_DIV, expr.And: cbpf.BPF_AND,
	expr.Or: cbpf.BPF_OR, expr.Xor: cbpf.BPF_XOR, expr.Shl: cbpf.BPF_LSH, expr.Shr: cbpf.BPF_RSH,
}

func commutes(op expr.Op) bool {
	switch op {
	case expr.Add, expr.Mul, expr.And, expr.Or, expr.Xor:
		return true
	}
	return false
}

// toA puts e into A. X may change.
func (w *writer) toA(e *expr.Expr) {
	if w.err != nil || w.now.A == e {
		return
	}
	switch slot := w.slot(e); {
	case e.IsConst():
		w.op(loadConst, e.K)
	case w.now.X == e:
		w.op(moveXA, 0)
	case slot >= 0:
		w.op(loadSlot, uint32(slot))
	case e.Op == expr.Word:
		w.op(loadWord, e.K)
	default:
		w.compute(e)
		w.computedA(e)
		return
	}
	w.now.A = e
}

// compute puts e into A where neither a register nor a word holds it.
func (w *writer) compute(e *expr.Expr) {
	switch e.Op {
	case expr.Neg:
		w.toA(e.A)
		w.op(alu|cbpf.BPF_NEG, 0)
	case expr.Sar:
		w.signedShift(e)
	case expr.Swap:
		w.swap(e.A)
	case expr.Less:
		w.choose(func(then, other label) { w.compare(graph.GreaterEqual, e.A, e.B, other, then) }, w.pool.Const(1), w.pool.Const(0))
	case expr.Select:
		w.choose(func(then, other label) { w.test(e.A, then, other) }, e.B, e.C)
	case expr.Div:
		w.divide(e)
	case expr.Sub:
		if e.A.IsConst() { // k - x
			w.toA(e.B)
			w.op(alu|cbpf.BPF_NEG, 0)
			w.op(alu|cbpf.BPF_ADD, e.A.K)
			return
		}
		w.operands(e.A, e.B, false)
		w.op(alu|cbpf.BPF_SUB|withX, 0)
	default:
		if of, ok := swappedHalf(e); ok && w.now.A != e.A && w.slot(e.A) < 0 {
			w.toA(of)
			w.op(alu|cbpf.BPF_MUL, expr.Exchange)
			w.op(alu|cbpf.BPF_RSH, 16)
			return
		}
		if e.B.IsConst() {
			if !w.holdsMore(e) {
				w.toA(e.A)
			}
			w.op(alu|aluOps[e.Op], e.B.K)
			return
		}
		w.operands(e.A, e.B, commutes(e.Op))
		w.op(alu|aluOps[e.Op]|withX, 0)
	}
}

// holdsMore tells whether A holds what e masks with more bits of it than e
// wants.
func (w *writer) holdsMore(e *expr.Expr) bool {
	of, mask := e.Mask()
	if of == e || w.now.A == nil {
		return false
	}
	have, more := w.now.A.Mask()
	return have == of && mask&^more == 0
}

// signedShift fills the bits above with the sign: as in (x >> n ^ s) - s, where
// s is the place of the sign after the shift.
func (w *writer) signedShift(e *expr.Expr) {
	n := e.B.K
	w.toA(e.A)
	w.op(alu|cbpf.BPF_RSH, n)
	if n == 31 {
		w.op(alu|cbpf.BPF_NEG, 0)
		return
	}
	sign := uint32(1<<31) >> n
	w.op(alu|cbpf.BPF_XOR, sign)
	w.op(alu|cbpf.BPF_SUB, sign)
}

// divide sees to it that a division by 0 gives 0: classic BPF would end the
// program there.
func (w *writer) divide(e *expr.Expr) {
	if e.B.IsConst() {
		w.toA(e.A)
		w.op(alu|cbpf.BPF_DIV, e.B.K)
		return
	}
	w.operands(e.A, e.B, false)
	if e.B.Min() > 0 {
		w.op(alu|cbpf.BPF_DIV|withX, 0)
		return
	}
	word := w.park()
	divide, end := w.label(), w.label()
	w.op(moveXA, 0)
	w.jump(cbpf.BPF_JMP|cbpf.BPF_JEQ, 0, end, divide)
	w.here(divide)
	w.op(loadSlot, uint32(word))
	w.op(alu|cbpf.BPF_DIV|withX, 0)
	w.here(end)
	w.unpark(word)
}

// choose puts x or y into A, as branch decides.
func (w *writer) choose(branch func(then, other label), x, y *expr.Expr) {
	then, other, end := w.label(), w.label(), w.label()
	branch(then, other)
	before := w.now
	w.local++
	w.here(then)
	w.toA(x)
	w.jump(cbpf.BPF_JMP|cbpf.BPF_JA, 0, end, noLabel)
	after := w.now
	w.now = before
	w.here(other)
	w.toA(y)
	w.here(end)
	w.local--
	w.now.meet(&after)
}

// toX puts e into X. A may change.
func (w *writer) toX(e *expr.Expr) {
	if w.now.X == e {
		return
	}
	switch slot := w.slot(e); {
	case e.IsConst():
		w.op(loadConstX, e.K)
	case slot >= 0 && w.now.A != e:
		w.op(loadSlotX, uint32(slot))
	default:
		w.toA(e)
		w.op(moveAX, 0)
	}
	w.now.X = e
}

// disturbsX tells whether putting e into A changes X, where A holds a.
func (w *writer) disturbsX(e, a *expr.Expr) bool {
	if e == a || e.IsConst() || e.Op == expr.Word || w.slot(e) >= 0 {
		return false
	}
	switch e.Op {
	case expr.Less, expr.Select:
		return true
	case expr.Swap:
		return !half(e.A) || w.disturbsX(e.A, a)
	case expr.Neg, expr.Sar:
		return w.disturbsX(e.A, a)
	case expr.Sub:
		return !e.A.IsConst() || w.disturbsX(e.B, a)
	}
	return !e.B.IsConst() || w.disturbsX(e.A, a)
}

// operands puts a into A and b into X, or the other way round where that is
// allowed, which it reports.
func (w *writer) operands(a, b *expr.Expr, either bool) (exchanged bool) {
	ready := func(e *expr.Expr) bool { return e.IsConst() || w.slot(e) >= 0 }
	keepsX := func(e *expr.Expr) bool { return !w.disturbsX(e, w.now.A) }
	alone := func(e *expr.Expr) bool { return !w.disturbsX(e, nil) }
	for _, way := range []struct {
		fits      bool
		exchanged bool
		xFirst    bool // X, then A; else A, then X
	}{
		{w.now.X == b && keepsX(a), false, true},
		{either && w.now.X == a && keepsX(b), true, true},
		{w.now.A == a && ready(b), false, false},
		{either && w.now.A == b && ready(a), true, false},
		{either && w.now.A == a && alone(b), true, true},
		{w.now.A == b && alone(a), false, true},
		{ready(b), false, false},
		{either && ready(a), true, false},
		{alone(a), false, true},
		{either && alone(b), true, true},
	} {
		if !way.fits {
			continue
		}
		if way.exchanged {
			a, b = b, a
		}
		if way.xFirst {
			w.toX(b)
			w.toA(a)
		} else {
			w.toA(a)
			w.toX(b)
		}
		return way.exchanged
	}
	w.toA(b) // each needs X for itself: b waits in a word
	word := w.park()
	w.toA(a)
	w.op(loadSlotX, uint32(word))
	w.unpark(word)
	w.now.X = b
	return false
}
