package lift

import (
	"fmt"

	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// Partial is a word of the context of which only some bits are the same on all
// kernels.
type Partial struct {
	Offset, Mask uint32
	Text         string // the warning
}

// payloadAt is where the payload begins in the context.
const payloadAt = 16

func (l *lifter) warn(pc int, text string) {
	if l.Warn != nil {
		l.Warn(pc, text)
	}
}

// checkResult warns about verdicts that are not 0 or 1.
func (l *lifter) checkResult(s *state, e *expr.Expr) {
	switch pc := s.resultAt; {
	case e.IsConst() && e.K > 1:
		l.warn(pc, fmt.Sprintf("%d is returned, which accepts: return 0 to deny, 1 to accept", int32(e.K)))
	case !e.Joins && e.Max() > 1:
		l.warn(pc, "what is returned can be other than 0 and 1, and all but 0 accepts: compare it with 0")
	}
	l.checkUse(e)
}

// Shift is a shift by a count that can be as large as the width or larger, as
// far as can be told from the count alone.
type Shift struct {
	Index int // of the instruction
	Count *expr.Expr
	Bits  uint32 // the width
}

// checkShift notes counts that C leaves open. Compilers shift before they look
// at the count, so it takes the whole graph to tell whether that matters.
func (l *lifter) checkShift(pc int, in *Insn, count value) {
	if l.Shift == nil || in.Op != Shl && in.Op != Shr && in.Op != Sar || count.base != number || count.low.Joins {
		return
	}
	bits := uint32(32)
	if in.Wide {
		bits = 64
	}
	if count.low.Max() >= bits {
		l.Shift(Shift{pc, count.low, bits})
	}
}

// checkTest warns about tests of bits in which kernels differ.
func (l *lifter) checkTest(pc int, t relation) {
	l.checkUse(t.x.Low)
	l.checkUse(t.x.High)
	l.checkUse(t.y.Low)
	l.checkUse(t.y.High)
	x, y := t.x.Low, t.y.Low
	if x.IsConst() {
		x, y = y, x
	}
	if t.Cmp == graph.AnyBit || !y.IsConst() {
		return
	}
	of, mask := x.Mask()
	for of.Op == expr.Add && of.B.IsConst() { // ranges begin with a subtraction
		var m uint32
		of, m = of.A.Mask()
		mask &= m
	}
	for _, p := range l.Partial {
		if of.Op == expr.Word && of.K == p.Offset && mask&p.Mask != 0 && mask&^p.Mask != 0 {
			l.warn(pc, p.Text)
		}
	}
}

// checkUse warns where a value was read that the request does not have. What is
// read and not used does no harm: compilers do that.
func (l *lifter) checkUse(e *expr.Expr) {
	if l.Payload < 0 || e == nil || l.checked[e] {
		return
	}
	l.checked[e] = true
	if at := l.readAt[e.K]; e.Op == expr.Word && e.K >= payloadAt && int(e.K) >= payloadAt+l.Payload && !l.behind[at] {
		l.behind[at] = true
		l.warn(at, fmt.Sprintf("byte %d of the payload is read, of which requests of this operation have %d: it is always 0", e.K-payloadAt, l.Payload))
	}
	l.checkUse(e.A)
	l.checkUse(e.B)
	l.checkUse(e.C)
}
