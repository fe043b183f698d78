package rules

import (
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// byBits finds values that lead to one of two nodes by a test of bits; nil if
// that cannot be, or would not be shorter.
func (t *tree) byBits(low uint32, segments []segment, p peeled) *graph.Node {
	n := p.tests()
	if n > 3 && len(p.rest) == 1 {
		if node := t.cube(p.singles, p.rest[0].to); node != nil {
			return node
		}
	}
	if n > bitmapLength {
		return t.bitmap(low, segments, n)
	}
	return nil
}

// cube tests values that are all those that differ in some bits only; nil if
// they are not.
func (t *tree) cube(singles []segment, other *graph.Node) *graph.Node {
	first, differ := singles[0], uint32(0) // the lowest of such values has none of the bits
	for _, s := range singles {
		if s.to != first.to {
			return nil
		}
		differ |= s.high ^ first.high
	}
	if len(singles) != 1<<bits.OnesCount32(differ) {
		return nil
	}
	fixed := t.b.And(t.w.order, t.b.Const(^(differ << t.w.shift)))
	return t.b.Branch(graph.Equal, fixed, t.b.Const(first.high<<t.w.shift), first.to, other)
}

// bitmapLength is how many instructions a bitmap takes, with what it is looked
// up in.
const bitmapLength = 4

// bitmap looks values up among the bits of a constant, if all that matter are
// within 32 of each other; nil if not, or if n tests are not more.
func (t *tree) bitmap(low uint32, segments []segment, n int) *graph.Node {
	const width = 32
	last := len(segments) - 1
	below, above := segments[0].to, segments[last].to
	from := (segments[0].high + 1) / width * width
	if segments[last-1].high-from >= width {
		return nil
	}
	in, set, ok := bitsOf(segments, from)
	if !ok {
		return nil
	}
	bit := t.b.Shl(t.b.Const(1), t.b.Shr(t.w.order, t.b.Const(uint32(t.w.shift))))
	node := t.b.Branch(graph.AnyBit, bit, t.b.Const(set), in, above)
	length := bitmapLength
	if from > low {
		length++
		node = t.above(from-1, node, below)
	}
	if segments[last].high-from >= width {
		length++
		node = t.above(from+width-1, above, node)
	}
	if n <= length {
		return nil
	}
	return node
}

// bitsOf is which of the 32 values from a number on do not lead where the
// highest do, and where they lead; not ok if that is not one place.
func bitsOf(segments []segment, from uint32) (in *graph.Node, set uint32, ok bool) {
	above := segments[len(segments)-1].to
	i := 0
	for bit := range uint32(32) {
		for i < len(segments)-1 && segments[i].high < from+bit {
			i++
		}
		switch to := segments[i].to; {
		case to == above:
		case in != nil && to != in:
			return nil, 0, false
		default:
			in = to
			set |= 1 << bit
		}
	}
	return in, set, in != nil
}
