package rules

import (
	"maps"
	"math"
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// segment is values of a word that lead to the same node: those up to high that
// no segment before it has.
type segment struct {
	high uint32
	to   *graph.Node
}

// points is the segments of single values; all others lead to rest.
func points(to map[uint32]*graph.Node, rest *graph.Node) []segment {
	var out []segment
	from := uint64(0)
	for _, v := range slices.Sorted(maps.Keys(to)) {
		if uint64(v) > from {
			out = append(out, segment{v - 1, rest})
		}
		out = append(out, segment{v, to[v]})
		from = uint64(v) + 1
	}
	if from <= math.MaxUint32 {
		out = append(out, segment{math.MaxUint32, rest})
	}
	return out
}

// tree is a search for the segment that a word is in.
func (l *lowerer) tree(w word, segments []segment) *graph.Node {
	t := tree{b: l.b, w: w, chain: l.chain}
	most := t.w.order.Max() >> t.w.shift
	if i := slices.IndexFunc(segments, func(s segment) bool { return s.high >= most }); i >= 0 {
		segments = slices.Clone(segments[:i+1])
		segments[i].high = most
	}
	segments = joined(segments)
	p := peel(0, segments)
	if p.tests() > maxTests {
		l.tooLong = true
		return segments[0].to
	}
	// A port in reverse order is compared without being put in order all the way.
	t.loose = p.tests() == 1 || p.tests() <= 4 && len(p.singles) == 0 && w.order.Op == expr.Shr
	return t.search(0, segments, max(wholeChain, t.chain))
}

// maxTests is more tests than a program can have.
const maxTests = 4096

// wholeChain is how many tests may stand one after the other where that is the
// whole search.
const wholeChain = 8

type tree struct {
	b     *graph.Builder
	w     word
	chain int  // how many tests may stand one after the other at the end of a search
	loose bool // each test is by itself as short as can be; else all are of the same value
}

// joined puts neighbours together that lead to the same node.
func joined(segments []segment) []segment {
	var out []segment
	for _, s := range segments {
		if n := len(out); n > 0 && out[n-1].to == s.to {
			out[n-1].high = s.high
		} else {
			out = append(out, s)
		}
	}
	return out
}

// peeled is segments as single values, each found by one test, and the
// segments that are left without them.
type peeled struct {
	singles []segment
	rest    []segment
}

func (p peeled) tests() int { return len(p.singles) + len(p.rest) - 1 }

// single tells whether segment i holds one value, where the first begins with
// low.
func single(low uint32, segments []segment, i int) bool {
	if i > 0 {
		low = segments[i-1].high + 1
	}
	return segments[i].high == low
}

// peel takes single values out of segments that begin with low.
func peel(low uint32, segments []segment) peeled {
	ground := segments[0].to // where the values around lead
	for i, s := range segments {
		if !single(low, segments, i) {
			ground = s.to
			break
		}
	}
	var p peeled
	for i, s := range segments {
		if !single(low, segments, i) {
			ground = s.to
		} else if s.to != ground {
			p.singles = append(p.singles, s)
		}
		p.rest = append(p.rest, segment{s.high, ground})
	}
	p.rest = joined(p.rest)
	return p
}

// search is a search among segments that begin with low, with at most so many
// tests one after the other at its end.
func (t *tree) search(low uint32, segments []segment, most int) *graph.Node {
	p := peel(low, segments)
	n := p.tests()
	if node := t.byBits(low, segments, p); node != nil {
		return node
	}
	if n <= most {
		node := t.bisect(p.rest)
		for _, s := range slices.Backward(p.singles) {
			node = t.equal(s.high, s.to, node)
		}
		return node
	}
	i := middle(low, segments, n)
	bound := segments[i-1].high
	return t.above(bound, t.search(bound+1, segments[i:], t.chain), t.search(low, segments[:i], t.chain))
}

// middle is the segment to begin the upper half with, of n tests in all.
func middle(low uint32, segments []segment, n int) int {
	i, tests, ground := 0, 0, segments[0].to
	for ; i < len(segments)-2 && tests < n/2; i++ {
		if segments[i].to == ground {
			continue
		}
		tests++
		if !single(low, segments, i) {
			ground = segments[i].to
		}
	}
	i = max(i, 1)
	for _, j := range []int{i, i + 1, i - 1} { // where a test is needed anyway
		if j > 0 && j < len(segments) && !single(low, segments, j-1) && !single(low, segments, j) {
			return j
		}
	}
	return i
}

// bisect is a search by halves.
func (t *tree) bisect(segments []segment) *graph.Node {
	if len(segments) == 1 {
		return segments[0].to
	}
	i := len(segments) / 2
	return t.above(segments[i-1].high, t.bisect(segments[i:]), t.bisect(segments[:i]))
}

func (t *tree) equal(v uint32, then, other *graph.Node) *graph.Node {
	return t.test(graph.Equal, v<<t.w.shift, then, other)
}

func (t *tree) above(v uint32, then, other *graph.Node) *graph.Node {
	return t.test(graph.Greater, v<<t.w.shift|(1<<t.w.shift-1), then, other)
}

func (t *tree) test(cmp graph.Cmp, k uint32, then, other *graph.Node) *graph.Node {
	if t.loose {
		return t.b.Branch(cmp, t.w.order, t.b.Const(k), then, other)
	}
	return t.b.Direct(cmp, t.w.order, k, then, other)
}
