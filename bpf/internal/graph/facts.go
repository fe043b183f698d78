package graph

import (
	"math"
	"math/bits"
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// fact is what is known of a value at a place, from the tests on the way.
type fact struct {
	zeros, ones uint32
	low, high   uint32   // bounds, both included
	not         []uint32 // values that it does not have, in order
}

var nothing = fact{high: math.MaxUint32}

// facts is what is known of values at a place, in the order of their IDs. It
// is never changed once it was handed on.
type facts []known

type known struct {
	of *expr.Expr
	fact
}

// Bounds that keep the work of a long chain of tests linear.
const (
	maxFacts = 48
	maxNot   = 16
	maxDepth = 64 // size of an expression that is looked into
)

func compareID(k known, e *expr.Expr) int { return k.of.ID - e.ID }

func (f facts) get(e *expr.Expr) fact {
	if i, ok := slices.BinarySearchFunc(f, e, compareID); ok {
		return f[i].fact
	}
	return nothing
}

// with is f with what is known of e. When there is too much, what is known of
// the oldest expression is forgotten.
func (f facts) with(e *expr.Expr, x fact) facts {
	i, ok := slices.BinarySearchFunc(f, e, compareID)
	if ok {
		g := slices.Clone(f)
		g[i].fact = x
		return g
	}
	g := make(facts, 0, len(f)+1)
	g = append(append(append(g, f[:i]...), known{e, x}), f[i:]...)
	if len(g) > maxFacts {
		g = g[1:]
	}
	return g
}

// without is f with nothing known of e.
func (f facts) without(e *expr.Expr) facts {
	if i, ok := slices.BinarySearchFunc(f, e, compareID); ok {
		return slices.Delete(slices.Clone(f), i, i+1)
	}
	return f
}

// of is what is known of e, from itself and from its operands.
func (f facts) of(e *expr.Expr) fact {
	x := f.get(e)
	zeros, ones := e.Zeros, e.Ones
	if e.Size <= maxDepth && e.A != nil {
		zeros, ones = expr.Known(e, func(s *expr.Expr) (uint32, uint32) {
			y := f.of(s)
			return y.zeros, y.ones
		})
	}
	x.zeros |= zeros | e.Zeros
	x.ones |= ones | e.Ones
	x.low = max(x.low, x.ones)
	x.high = min(x.high, ^x.zeros)
	return x
}

// is tells whether v may be the value.
func (x fact) may(v uint32) bool {
	_, not := slices.BinarySearch(x.not, v)
	return !not && v >= x.low && v <= x.high && v&x.zeros == 0 && ^v&x.ones == 0
}

// parts adds to what is known of e what is known of parts of its bits: e is not
// below any of them, and has no value for which a part would have one that it
// does not have.
func (f facts) parts(e *expr.Expr, x fact, value uint32) (_ fact, may bool) {
	of, mask := e.Mask()
	may = true
	for _, p := range f {
		o, m := p.of.Mask()
		if o != of || m&^mask != 0 || p.of == e {
			continue
		}
		y := f.of(p.of)
		if i := slices.Index(y.not, 0); i >= 0 {
			y.low = max(y.low, m&-m)
		}
		x.low = max(x.low, y.low)
		x.zeros |= y.zeros & m
		x.ones |= y.ones
		may = may && y.may(value&m)
	}
	return x, may
}

// decide tells which way a test goes, if that is known.
func (f facts) decide(n *Node) (holds, decided bool) {
	a, b := f.of(n.A), f.of(n.B)
	if n.B.IsConst() && len(f) > 0 {
		x, may := f.parts(n.A, a, n.B.K)
		if n.Cmp == Equal && !may {
			return false, true
		}
		a = x
	}
	switch n.Cmp {
	case Equal:
		switch {
		case a.ones&b.zeros != 0, a.zeros&b.ones != 0, a.low > b.high, a.high < b.low:
			return false, true
		case n.B.IsConst() && !a.may(n.B.K):
			return false, true
		case a.low == a.high && b.low == b.high:
			return true, true
		}
	case Greater:
		if a.low > b.high || a.high <= b.low {
			return a.low > b.high, true
		}
	case GreaterEqual:
		if a.low >= b.high || a.high < b.low {
			return a.low >= b.high, true
		}
	case AnyBit:
		switch {
		case a.ones&b.ones != 0:
			return true, true
		case a.zeros|b.zeros == math.MaxUint32:
			return false, true
		case n.B.IsConst() && n.B.K|a.zeros == math.MaxUint32 && !a.may(0):
			return true, true
		}
	}
	return false, false
}

// assume is what is known behind a test that went one way.
func (b *Builder) assume(f facts, n *Node, holds bool) facts {
	if !n.B.IsConst() {
		return f
	}
	e, k, x := n.A, n.B.K, f.get(n.A)
	switch n.Cmp { // GreaterEqual is never made with a constant
	case Equal:
		if holds {
			x.low, x.high = k, k
			return f.with(e, x).bits(e, ^k, k)
		}
		return f.with(e, x.except(k))
	case Greater:
		if holds {
			x.low = max(x.low, k+1)
			return f.with(e, x)
		}
		x.high = min(x.high, k)
		return f.with(e, x).bits(e, ^under(k), 0)
	case AnyBit:
		switch {
		case !holds:
			return f.bits(e, k, 0)
		case bits.OnesCount32(k) == 1:
			return f.bits(e, 0, k)
		}
		part := b.And(e, n.B)
		return f.with(part, f.get(part).except(0))
	}
	return f
}

// except is x without a value.
func (x fact) except(k uint32) fact {
	i, ok := slices.BinarySearch(x.not, k)
	if !ok && len(x.not) < maxNot {
		x.not = slices.Insert(slices.Clone(x.not), i, k)
	}
	return x
}

// bits adds what is known of the bits of e, and so of its operand.
func (f facts) bits(e *expr.Expr, zeros, ones uint32) facts {
	x := f.get(e)
	x.zeros |= zeros
	x.ones |= ones
	f = f.with(e, x)
	if e.B == nil || !e.B.IsConst() {
		return f
	}
	switch k := e.B.K; e.Op {
	case expr.And:
		return f.bits(e.A, zeros&k, ones)
	case expr.Shr:
		return f.bits(e.A, zeros<<k, ones<<k)
	default:
		return f
	}
}

// under is all bits up to the highest of k.
func under(k uint32) uint32 { return uint32(1)<<bits.Len32(k) - 1 }

// meet is what is known on both of two ways.
func meet(f, g facts) facts {
	var out facts
	for _, x := range f {
		i, ok := slices.BinarySearchFunc(g, x.of, compareID)
		if !ok {
			continue
		}
		y := g[i].fact
		m := fact{zeros: x.zeros & y.zeros, ones: x.ones & y.ones, low: min(x.low, y.low), high: max(x.high, y.high)}
		for _, v := range x.not {
			if !y.may(v) {
				m.not = append(m.not, v)
			}
		}
		for _, v := range y.not {
			if !x.fact.may(v) && !slices.Contains(m.not, v) && len(m.not) < maxNot {
				m.not = append(m.not, v)
			}
		}
		slices.Sort(m.not)
		out = append(out, known{x.of, m})
	}
	return out
}
