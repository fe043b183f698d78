package graph

import (
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// maxChain is how many values a search is flattened for. More are found faster
// by halves.
const maxChain = 16

// maxSkips bounds how far a test is followed to see whether it counts.
const maxSkips = 32

// Flatten turns searches by halves for few values into one test after the
// other: each half costs a comparison, and often a value that is needed for
// nothing else.
func (b *Builder) Flatten(root *Node) *Node {
	return b.rewrite(root, func(n *Node, made func(*Node) *Node) *Node {
		switch n.Kind {
		case Test:
			then, other := made(n.Then), made(n.Else)
			if chain := b.concat(n, then, other); chain != nil {
				return chain
			}
			return b.test(n.Cmp, n.A, n.B, then, other)
		case Assign:
			return b.Assign(n.Values, made(n.Then))
		default:
			return n
		}
	}, (*Node).next)
}

// concat is the tests of both halves in a row, if n only tells which of them
// can be true; nil if it does more than that.
func (b *Builder) concat(n, then, other *Node) *Node {
	if !n.B.IsConst() {
		return nil
	}
	upper, end := chain(then, nil)
	lower, end2 := chain(other, upper)
	switch {
	case end == end2:
	case b.skip(end, b.assume(nil, n, false)) == end2: // end does what end2 does, there
	case b.skip(end2, b.assume(nil, n, true)) == end:
		end = end2
	default:
		return nil
	}
	if len(upper)+len(lower) == 0 { // whichever way n goes
		return end
	}
	if len(upper)+len(lower) > maxChain {
		return nil
	}
	all := slices.Concat(upper, lower)
	of := n.A
	if n.Cmp == AnyBit {
		of = b.And(n.A, n.B)
	}
	for i, t := range all {
		v, ok := with(of, all[0].A, t.B.K)
		if !ok || holds(n.Cmp, v, n.B.K) != (i < len(upper)) {
			return nil
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		end = b.test(Equal, all[i].A, all[i].B, all[i].Then, end)
	}
	return end
}

// skip is where n leads by what is known, or a node on the way there.
func (b *Builder) skip(n *Node, f facts) *Node {
	for range maxSkips {
		if n.Kind != Test {
			break
		}
		b.Spend(1)
		holds, decided := f.decide(n)
		if !decided {
			break
		}
		if holds {
			n = n.Then
		} else {
			n = n.Else
		}
	}
	return n
}

// chain is tests whether one expression has one value after the other, and
// where it ends if it has none. The expression is that of before, if there is
// something before.
func chain(n *Node, before []*Node) (tests []*Node, end *Node) {
	var of *expr.Expr
	if len(before) > 0 {
		of = before[0].A
	}
	for n.Kind == Test && n.Cmp == Equal && n.B.IsConst() && (of == nil || n.A == of) && len(tests) <= maxChain {
		of = n.A
		tests = append(tests, n)
		n = n.Else
	}
	return tests, n
}

// with is the value of e where a part of it has a value, if nothing else counts.
func with(e, part *expr.Expr, value uint32) (v uint32, ok bool) {
	of, mask := e.Mask()
	if o, m := part.Mask(); o == of && mask&^m == 0 {
		return value & mask, true
	}
	ok = true
	unknown := func(uint32) uint32 { ok = false; return 0 }
	return expr.EvalWith(e, unknown, unknown, map[*expr.Expr]uint32{part: value}), ok
}
