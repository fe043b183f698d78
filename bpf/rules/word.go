package rules

import (
	"math"
	"math/bits"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// word is up to 32 bits of a number, in the two ways that a filter can look at
// them: as they lie in a word of the context, which is nothing to compute, or
// as a number, whose order means something.
type word struct {
	raw   *expr.Expr               // with the bits of the number alone
	place func(part uint32) uint32 // where those bits of the number lie in raw
	order *expr.Expr               // the number, times a power of two
	shift int                      // of order
	bits  int
}

// words is the words of a field without the bits outside of mask, the lowest
// first.
func (l *lowerer) words(f field, mask uint64) []word {
	switch {
	case f.bits == 64 && l.big:
		return []word{l.word(f.offset+4, 32, false, uint32(mask)), l.word(f.offset, 32, false, uint32(mask>>32))}
	case f.bits == 64:
		return []word{l.word(f.offset, 32, false, uint32(mask)), l.word(f.offset+4, 32, false, uint32(mask>>32))}
	}
	return []word{l.word(f.offset, f.bits, f.network, uint32(mask))}
}

// addressWords is the words of an address of so many bytes.
func (l *lowerer) addressWords(size int) []word {
	var out []word
	for n := size - 4; n >= 0; n -= 4 {
		out = append(out, l.word(connectAddr.get().offset+n, 32, true, math.MaxUint32))
	}
	return out
}

// word is a number of 8, 16 or 32 bits at a place in the context.
func (l *lowerer) word(offset, size int, network bool, mask uint32) word {
	whole := l.b.Word(uint32(offset &^ 3))
	shift := 8 * (offset % 4)
	if l.big {
		shift = 32 - size - shift
	}
	w := word{bits: size, place: func(v uint32) uint32 { return v << shift }}
	swapped := network && !l.big && size > 8
	if swapped {
		w.place = func(v uint32) uint32 { return bits.ReverseBytes32(v) >> (32 - size) << shift }
		whole := l.b.Swap(l.b.And(whole, l.b.Const(w.place(math.MaxUint32))))
		w.order = l.b.And(l.b.Shr(whole, l.b.Const(uint32(32-size-shift))), l.b.Const(mask))
	}
	w.raw = l.b.And(whole, l.b.Const(w.place(mask)))
	if !swapped {
		w.order, w.shift = w.raw, shift
	}
	return w
}
