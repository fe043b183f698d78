package rules

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// value is a number of up to 128 bits: of a field, or an address.
type value struct{ high, low uint64 }

func (v value) compare(w value) int {
	return cmp.Or(cmp.Compare(v.high, w.high), cmp.Compare(v.low, w.low))
}

func (v value) next() value {
	low, carry := bits.Add64(v.low, 1, 0)
	return value{v.high + carry, low}
}

func (v value) before() value {
	low, borrow := bits.Sub64(v.low, 1, 0)
	return value{v.high - borrow, low}
}

// ones is the number whose n lowest bits are set.
func ones(n int) value {
	if n > 64 {
		return value{1<<(n-64) - 1, math.MaxUint64}
	}
	return value{0, 1<<n - 1}
}

// word is the 32 bits of v that have i such words below them.
func (v value) word(i int) uint32 {
	half := v.low
	if i >= 2 {
		half, i = v.high, i-2
	}
	return uint32(half >> (32 * i))
}

// withBelow is v with the words below word i set to those of w.
func (v value) withBelow(i int, w value) value {
	m := ones(32 * i)
	return value{v.high&^m.high | w.high&m.high, v.low&^m.low | w.low&m.low}
}

// lowWords is the n lowest words of v.
func (v value) lowWords(n int) value {
	m := ones(32 * n)
	return value{v.high & m.high, v.low & m.low}
}

// span is all numbers from low to high, both included.
type span struct{ low, high value }

// set is numbers, as spans in order with gaps between them.
type set []span

// normal puts spans in order and together. It changes the slice.
func normal(spans set) set {
	slices.SortFunc(spans, func(a, b span) int { return a.low.compare(b.low) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && (out[n-1].high.compare(s.low) >= 0 || out[n-1].high.next() == s.low) {
			if out[n-1].high.compare(s.high) < 0 {
				out[n-1].high = s.high
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// complement is the numbers up to most that s does not have.
func (s set) complement(most value) set {
	var out set
	var from value
	for _, x := range s {
		if x.low.compare(from) > 0 {
			out = append(out, span{from, x.low.before()})
		}
		if x.high == most {
			return out
		}
		from = x.high.next()
	}
	return append(out, span{from, most})
}

func union(sets ...set) set { return normal(slices.Concat(sets...)) }

// without is the numbers of s that t does not have; both are below most.
func (s set) without(t set, most value) set {
	return union(s.complement(most), t).complement(most)
}

// closed is s with what lies between two of its numbers added where no number
// that has only bits of mask lies there.
func (s set) closed(mask uint64) set {
	reach := func(v uint64) uint64 { return ((v | ^mask) + 1) & mask } // the next that there is; 0 if none
	out := slices.Clone(s)
	for i, x := range out {
		if next := reach(x.high.low); next == 0 {
			out[i].high.low = max(x.high.low, under(mask))
		} else {
			out[i].high.low = next - 1
		}
	}
	return normal(out)
}

// under is all bits up to the highest of m.
func under(m uint64) uint64 { return ones(bits.Len64(m)).low }

// block is the numbers that begin with the same bits.
type block struct {
	first value
	free  int // bits that differ
}

// blocks is s in as few blocks as there can be. Two numbers beside each other
// stay two: that is as good as a test of all bits but one.
func (s set) blocks() []block {
	var out []block
	for _, x := range s {
		for from := x.low; ; {
			b := largest(from, x.high)
			if b.free == 1 {
				out = append(out, block{b.first, 0}, block{b.first.next(), 0})
			} else {
				out = append(out, b)
			}
			end := b.last()
			if end == x.high {
				break
			}
			from = end.next()
		}
	}
	return out
}

func (b block) last() value {
	m := ones(b.free)
	return value{b.first.high | m.high, b.first.low | m.low}
}

// largest is the largest block that begins with from and does not reach beyond
// most.
func largest(from, most value) block {
	b := block{first: from}
	for b.free < 128 {
		wider := block{from, b.free + 1}
		m := ones(wider.free)
		if from.high&m.high|from.low&m.low != 0 || wider.last().compare(most) > 0 {
			break
		}
		b = wider
	}
	return b
}

// number is the set of one number.
func number(v uint64) span { return span{value{0, v}, value{0, v}} }

// addressSpan is the addresses of a prefix, as numbers.
func addressSpan(p netip.Prefix) span {
	var first value
	if a := p.Masked().Addr(); a.Is4() {
		b := a.As4()
		first.low = uint64(binary.BigEndian.Uint32(b[:]))
	} else {
		b := a.As16()
		first = value{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
	}
	return span{first, block{first, p.Addr().BitLen() - p.Bits()}.last()}
}
