package rules

import (
	"maps"
	"math"
	"math/bits"
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// lowerer makes a decision graph of a form.
type lowerer struct {
	b       *graph.Builder
	big     bool             // byte order
	ordered map[fieldID]bool // fields in network order to look at as numbers, not as they lie
	chain   int              // see tree
	tooLong bool             // a set takes more tests than a program can have
}

// lower goes on with then if the form holds, else with other.
func (l *lowerer) lower(f *form, then, other *graph.Node) *graph.Node {
	if l.tooLong || l.b.Exhausted() {
		return other
	}
	switch f.kind {
	case constant:
		if f.accept {
			return then
		}
		return other
	case both:
		for _, sub := range slices.Backward(f.subs) {
			then = l.lower(sub, then, other)
		}
		return then
	case either:
		for _, sub := range slices.Backward(f.subs) {
			other = l.lower(sub, then, other)
		}
		return other
	}
	if f.what.field == connectAddr {
		return l.lowerAddress(f.in, then, other)
	}
	words := l.words(f.what.field.get(), f.what.mask)
	return l.match(f.what.field, words, f.in.numbers, f.what.most(), then, other)
}

// lowerAddress is lower for an address, whose family comes first.
func (l *lowerer) lowerAddress(in region, then, other *graph.Node) *graph.Node {
	to := map[uint32]*graph.Node{
		inet:  l.match(connectAddr, l.addressWords(4), in.numbers, ones(32), then, other),
		inet6: l.match(connectAddr, l.addressWords(16), in.v6, ones(128), then, other),
	}
	family := connectFamily.get()
	if in.rest {
		other = then
	}
	return l.tree(l.words(family, family.mask)[0], points(to, other))
}

// match goes on with then if the number of these words is in the set.
func (l *lowerer) match(id fieldID, words []word, in set, most value, then, other *graph.Node) *graph.Node {
	if len(in) == 0 {
		return other
	}
	if !id.get().network || l.ordered[id] {
		return l.matchSpans(words, in, then, other)
	}
	if n := len(in) - 1; n > 0 && len(words) == 1 && in[n].high == most && bits.OnesCount64(in[n].low.low) == 1 {
		high := words[0].place(-uint32(in[n].low.low)) // what is that large has one of these bits
		return l.b.Branch(graph.AnyBit, words[0].raw, l.b.Const(high), then, l.match(id, words, in[:n], most, then, other))
	}
	blocks, opposite := in.blocks(), in.complement(most).blocks()
	if len(opposite) < len(blocks) {
		return l.matchBlocks(words, opposite, other, then)
	}
	return l.matchBlocks(words, blocks, then, other)
}

// matchSpans compares words as numbers, the highest first.
func (l *lowerer) matchSpans(words []word, in set, then, other *graph.Node) *graph.Node {
	if len(in) > 4*maxTests { // even bitmaps do not find more spans
		l.tooLong = true
		return other
	}
	top := len(words) - 1
	pieces := in.byWord(top)
	segments := make([]segment, 0, 2*len(pieces)+1)
	from := uint64(0) // the number behind the last segment
	for _, p := range pieces {
		if uint64(p.low) > from {
			segments = append(segments, segment{p.low - 1, other})
		}
		to := then
		if p.rest != nil {
			to = l.matchSpans(words[:top], p.rest, then, other)
		}
		segments = append(segments, segment{p.high, to})
		from = uint64(p.high) + 1
	}
	if from <= math.MaxUint32 {
		segments = append(segments, segment{math.MaxUint32, other})
	}
	return l.tree(words[top], segments)
}

// piece is values of a word with the same consequence.
type piece struct {
	low, high uint32
	rest      set // what the words below are to be in; nil if anything
}

// byWord is a set by the values of word i, above which there is no other.
func (s set) byWord(i int) []piece {
	var out []piece
	add := func(w uint32, x span) { // w is the highest word of both ends
		last := len(out) - 1
		x.low, x.high = x.low.lowWords(i), x.high.lowWords(i)
		if last < 0 || out[last].low != w {
			out = append(out, piece{w, w, nil})
			last++
		}
		out[last].rest = append(out[last].rest, x)
	}
	for _, x := range s {
		low, high := x.low.word(i), x.high.word(i)
		if low == high {
			add(low, x)
			continue
		}
		add(low, span{x.low, x.low.withBelow(i, ones(128))})
		if low+1 < high {
			out = append(out, piece{low + 1, high - 1, nil})
		}
		add(high, span{x.high.withBelow(i, value{}), x.high})
	}
	whole := span{high: ones(32 * i)}
	for n, p := range out {
		if len(p.rest) == 1 && p.rest[0] == whole {
			out[n].rest = nil
		}
	}
	return out
}

// matchBlocks compares words as they lie in the context, the highest first:
// all of its bits at once, or those that blocks begin with.
func (l *lowerer) matchBlocks(words []word, in []block, then, other *graph.Node) *graph.Node {
	top := len(words) - 1
	w := words[top]
	below := map[uint32][]block{}             // blocks of more than this word, or all of it
	begin := map[int]map[uint32]*graph.Node{} // by bits that are free in this word, those of less
	for _, b := range in {
		v := b.first.word(top)
		switch free := b.free - 32*top; {
		case free <= 0:
			below[v] = append(below[v], b)
		case free >= w.bits:
			return then
		default:
			if begin[free] == nil {
				begin[free] = map[uint32]*graph.Node{}
			}
			begin[free][w.place(v)] = then
		}
	}
	next := other
	for _, free := range slices.Backward(slices.Sorted(maps.Keys(begin))) {
		mask := w.place(math.MaxUint32 << free)
		next = l.tree(word{order: l.b.And(w.raw, l.b.Const(mask))}, points(begin[free], next))
	}
	exact := map[uint32]*graph.Node{}
	for _, v := range slices.Sorted(maps.Keys(below)) {
		exact[w.place(v)] = then
		if top > 0 {
			exact[w.place(v)] = l.matchBlocks(words[:top], below[v], then, other)
		}
	}
	return l.tree(word{order: w.raw}, points(exact, next))
}
