package graph

import (
	"math/bits"
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// link is a test of a chain: tests that all end in the same place if they
// fail, so that their order does not matter.
type link struct {
	cmp   Cmp
	a, b  *expr.Expr
	holds bool // the chain goes on if the comparison holds; else if it does not
}

// link is a test as a part of a chain that fails with fail, and where the
// chain goes on.
func (n *Node) link(fail *Node) (l link, next *Node, ok bool) {
	if n.Kind != Test {
		return link{}, nil, false
	}
	switch fail {
	case n.Else:
		return link{n.Cmp, n.A, n.B, true}, n.Then, true
	case n.Then:
		return link{n.Cmp, n.A, n.B, false}, n.Else, true
	default:
		return link{}, nil, false
	}
}

// then is the test before next.
func (b *Builder) then(l link, next, fail *Node) *Node {
	if l.holds {
		return b.test(l.cmp, l.a, l.b, next, fail)
	}
	return b.test(l.cmp, l.a, l.b, fail, next)
}

// masked is of what a link tests some bits, and which.
func (l link) masked() (of *expr.Expr, mask uint32) { return l.a.Mask() }

// about is what a link tests: a word, or what cannot be taken apart. rank is
// lower for what comes first: the word as it is, parts of it, the largest
// first, and what is computed from it.
func (l link) about() (of *expr.Expr, rank int) {
	of, mask := l.a.Mask()
	rank = 32 - bits.OnesCount32(mask)
	for of.A != nil && of.C == nil && (of.B == nil || of.B.IsConst()) {
		of, rank = of.A, 32+l.a.Size
	}
	return of, rank
}

// maxLinks bounds how far a test is moved.
const maxLinks = 24

// Gather puts tests of the same word beside each other where their order does
// not matter: then they merge, or the word is loaded once, and cut down to what
// each test needs, the largest part first.
func (b *Builder) Gather(root *Node) *Node {
	return b.rewrite(root, func(n *Node, made func(*Node) *Node) *Node {
		switch n.Kind {
		case Test:
			return b.gathered(n, made(n.Then), made(n.Else))
		case Assign:
			return b.Assign(n.Values, made(n.Then))
		default:
			return n
		}
	}, (*Node).next)
}

// gathered is the test n before a chain, in its place within that.
func (b *Builder) gathered(n, then, other *Node) *Node {
	for _, way := range []struct{ next, fail *Node }{{then, other}, {other, then}} {
		links, end := chainTo(way.next, way.fail)
		if len(links) == 0 {
			continue
		}
		l := link{n.Cmp, n.A, n.B, way.next == then}
		links = b.pair(place(l, links))
		node := end
		for i := len(links) - 1; i >= 0; i-- {
			node = b.then(links[i], node, way.fail)
		}
		return node
	}
	return b.common(n, then, other)
}

// common is the test n, behind what both of its ways test first.
func (b *Builder) common(n, then, other *Node) *Node {
	if n.B.IsConst() && then.Kind == Test && other.Kind == Test && then.Cmp == other.Cmp && then.A == other.A && then.B == other.B {
		switch {
		case then.Then == other.Then:
			return b.test(then.Cmp, then.A, then.B, then.Then, b.test(n.Cmp, n.A, n.B, then.Else, other.Else))
		case then.Else == other.Else:
			return b.test(then.Cmp, then.A, then.B, b.test(n.Cmp, n.A, n.B, then.Then, other.Then), then.Else)
		}
	}
	return b.test(n.Cmp, n.A, n.B, then, other)
}

// chainTo is the chain from n on that fails with fail, and where it leads.
func chainTo(n, fail *Node) (links []link, end *Node) {
	for len(links) < maxLinks {
		l, next, ok := n.link(fail)
		if !ok {
			break
		}
		links = append(links, l)
		n = next
	}
	return links, n
}

// place puts l in front of a chain, and beside it what tests the same word.
func place(l link, links []link) []link {
	of, _ := l.about()
	same, others := []link{l}, []link(nil)
	for _, m := range links {
		if o, _ := m.about(); o == of {
			same = append(same, m)
		} else {
			others = append(others, m)
		}
	}
	slices.SortStableFunc(same, func(x, y link) int {
		_, i := x.about()
		_, j := y.about()
		return i - j
	})
	return append(same, others...)
}

// pair makes one test of two for values that differ in one bit, where that
// makes up for leaving out the bit.
func (b *Builder) pair(links []link) []link {
	of, mask := links[0].masked()
	alike := func(l link, mask uint32) bool {
		o, m := l.masked()
		return l.cmp == Equal && !l.holds && o == of && m == mask
	}
	if !alike(links[0], mask) {
		return links
	}
	for bit := uint32(1); bit != 0; bit <<= 1 {
		rest := mask &^ bit
		if rest == mask {
			continue
		}
		var paired, left []link
		ready := false // the word without the bit is needed anyway
		for _, l := range links {
			ready = ready || alike(l, rest)
			twin := slices.IndexFunc(left, func(m link) bool { return alike(l, mask) && alike(m, mask) && m.b.K == l.b.K^bit })
			if twin < 0 {
				left = append(left, l)
				continue
			}
			left = slices.Delete(left, twin, twin+1)
			paired = append(paired, link{Equal, b.And(of, b.Const(rest)), b.Const(l.b.K &^ bit), false})
		}
		gain := len(paired)
		if !ready {
			gain--
		}
		if of != links[0].a && !slices.ContainsFunc(left, func(l link) bool { return alike(l, mask) }) {
			gain++
		}
		if len(paired) > 0 && gain > 0 {
			for _, l := range paired {
				left = place(l, left)
			}
			return b.pair(left)
		}
	}
	return links
}
