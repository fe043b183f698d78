package graph

import (
	"math"
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// bits is which bits a link wants to have which values, if that is all that it
// wants.
func (l link) bits() (of *expr.Expr, mask, value uint32, ok bool) {
	if !l.b.IsConst() {
		return nil, 0, 0, false
	}
	switch {
	case l.cmp == Equal && l.holds:
		of, mask = l.a.Mask()
		return of, mask, l.b.K, true
	case l.cmp == AnyBit && !l.holds:
		return l.a, l.b.K, 0, true
	case l.cmp == AnyBit && bits.OnesCount32(l.b.K) == 1:
		return l.a, l.b.K, l.b.K, true
	}
	return nil, 0, 0, false
}

// merge makes one test of two that look at bits of the same word; nil if one
// test would not be better.
func (b *Builder) merge(l, m link, next, fail *Node) *Node {
	word, mask, value, ok := l.bits()
	if !ok {
		return nil
	}
	word2, mask2, value2, ok := m.bits()
	switch {
	case !ok || word2 != word:
		return nil
	case (value^value2)&mask&mask2 != 0:
		return fail
	case l.cmp == AnyBit && m.cmp == AnyBit:
		if l.holds || m.holds { // two tests without arithmetic are better
			return nil
		}
		return b.anyBitConst(word, mask|mask2, fail, next)
	}
	return b.equalConst(b.And(word, b.Const(mask|mask2)), value|value2, next, fail)
}

// mergeBits makes one test of two that look at bits of one word.
func (b *Builder) mergeBits(cmp Cmp, x, y *expr.Expr, then, other *Node) *Node {
	if !y.IsConst() {
		return nil
	}
	if m, next, ok := then.link(other); ok {
		if n := b.merge(link{cmp, x, y, true}, m, next, other); n != nil {
			return n
		}
	}
	if m, next, ok := other.link(then); ok {
		return b.merge(link{cmp, x, y, false}, m, next, then)
	}
	return nil
}

// narrow is a test that says the same as n where f is known, and is simpler.
func (b *Builder) narrow(n *Node, f facts) (x, y *expr.Expr) {
	of, mask := n.A.Mask()
	if of == n.A || !n.B.IsConst() {
		return n.A, n.B
	}
	have := f.of(of)
	known, k := have.zeros|have.ones, n.B.K
	switch left := mask &^ known; {
	case n.Cmp == Equal && known|mask == math.MaxUint32: // the whole is as good
		return of, b.Const(k | have.ones&^mask)
	case n.Cmp == Equal && left != mask && bits.OnesCount32(left) == 1:
		return b.And(of, b.Const(left)), b.Const(k & left)
	case n.Cmp == Greater && have.zeros|mask == math.MaxUint32:
		return of, n.B
	}
	if n.Cmp != Equal {
		known = have.zeros
	}
	for _, p := range f { // a larger part that was looked at before
		if o, m := p.of.Mask(); o == of && o != p.of && m != mask && mask&^m == 0 && m&^(known|mask) == 0 {
			return p.of, b.Const(k | have.ones&(m&^mask))
		}
	}
	return n.A, n.B
}
