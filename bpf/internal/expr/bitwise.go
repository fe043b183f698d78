package expr

import (
	"math/bits"
	"slices"
)

// And is a & b.
func (p *Pool) And(a, b *Expr) *Expr {
	a, b = order(a, b)
	switch {
	case a == b:
		return a
	case b.IsConst():
		return p.andConst(a, b.K)
	}
	return p.make(And, a, b, nil, 0)
}

func (p *Pool) andConst(a *Expr, k uint32) *Expr {
	k &^= a.Zeros
	if k|a.Zeros == ^uint32(0) {
		return a // no bit is taken away
	}
	switch a.Op {
	case Const:
		return p.Const(a.K & k)
	case And:
		if a.B.IsConst() {
			return p.andConst(a.A, a.B.K&k)
		}
	case Swap:
		return p.Swap(p.andConst(a.A, bits.ReverseBytes32(k)))
	case Or:
		if x, y := p.andConst(a.A, k), p.andConst(a.B, k); x.IsConst() || y.IsConst() {
			return p.Or(x, y)
		}
	case Xor:
		if x, y := p.andConst(a.A, k), p.andConst(a.B, k); x.IsConst() || y.IsConst() {
			return p.Xor(x, y)
		}
	case Select:
		if a.B.IsConst() || a.C.IsConst() {
			return p.Select(a.A, p.andConst(a.B, k), p.andConst(a.C, k))
		}
	}
	return p.make(And, a, p.Const(k), nil, 0)
}

// Xor is a ^ b.
func (p *Pool) Xor(a, b *Expr) *Expr {
	a, b = order(a, b)
	switch {
	case a == b:
		return p.Const(0)
	case !b.IsConst():
		return p.make(Xor, a, b, nil, 0)
	case b.K == 0:
		return a
	case a.IsConst():
		return p.Const(a.K ^ b.K)
	case a.Op == Xor && a.B.IsConst():
		return p.Xor(a.A, p.Const(a.B.K^b.K))
	case a.Op == Swap:
		return p.Swap(p.Xor(a.A, p.Const(bits.ReverseBytes32(b.K))))
	}
	return p.make(Xor, a, b, nil, 0)
}

// Or is a | b. Pieces of one word that were taken apart are put together.
func (p *Pool) Or(a, b *Expr) *Expr {
	a, b = order(a, b)
	switch {
	case a == b:
		return a
	case b.IsConst():
		return p.orConst(a, b.K)
	case a.Op == Swap && b.Op == Swap:
		return p.Swap(p.Or(a.A, b.A))
	}
	pieces := p.join(flatten(nil, a, b))
	if len(pieces) == 1 {
		return pieces[0]
	}
	if e := p.permutation(pieces); e != nil {
		return e
	}
	slices.SortStableFunc(pieces, func(x, y *Expr) int {
		if x.IsConst() != y.IsConst() {
			if x.IsConst() {
				return 1
			}
			return -1
		}
		return x.ID - y.ID
	})
	e := pieces[0]
	for _, x := range pieces[1:] {
		e = p.make(Or, e, x, nil, 0)
	}
	return e
}

func (p *Pool) orConst(a *Expr, k uint32) *Expr {
	switch {
	case k&^a.Ones == 0:
		return a
	case a.IsConst():
		return p.Const(a.K | k)
	case a.Op == Or && a.B.IsConst():
		return p.orConst(a.A, a.B.K|k)
	}
	return p.make(Or, a, p.Const(k), nil, 0)
}

// maxPieces bounds the work of one Or.
const maxPieces = 16

// flatten adds the operands of nested Ors to pieces.
func flatten(pieces []*Expr, from ...*Expr) []*Expr {
	for _, e := range from {
		if e.Op == Or && len(pieces) < maxPieces {
			pieces = flatten(pieces, e.A, e.B)
		} else {
			pieces = append(pieces, e)
		}
	}
	return pieces
}

// join merges pieces that are masks of one expression.
func (p *Pool) join(pieces []*Expr) []*Expr {
	var out []*Expr
	for _, e := range pieces {
		x, m := e.Mask()
		i := slices.IndexFunc(out, func(o *Expr) bool { y, _ := o.Mask(); return x == y && !x.IsConst() })
		switch {
		case i >= 0:
			_, n := out[i].Mask()
			out[i] = p.And(x, p.Const(m|n))
		case e.IsConst() && len(out) > 0 && out[0].IsConst():
			out[0] = p.Const(out[0].K | e.K)
		case e.IsConst():
			out = slices.Insert(out, 0, e)
		default:
			out = append(out, e)
		}
	}
	return out
}

// permutation is the expression whose bytes the pieces are, moved together in
// the same or in the reverse order; nil if they are something else.
func (p *Pool) permutation(pieces []*Expr) *Expr {
	var word *Expr
	var mask uint32 // of the word's bytes
	var seen [4]bool
	ahead, sum := -8, -8 // n-i and n+i, if all bytes agree
	same, reverse := true, true
	for i := range 4 {
		for _, piece := range pieces {
			src, n, kind := byteOf(piece, i)
			if kind == zeroByte {
				continue
			}
			if kind == mixedByte || src.IsConst() || word != nil && word != src || seen[i] {
				return nil
			}
			if word == nil {
				ahead, sum = n-i, n+i
			}
			word, seen[i] = src, true
			mask |= 0xff << (8 * n)
			same, reverse = same && n-i == ahead, reverse && n+i == sum
		}
	}
	switch {
	case word == nil:
		return nil
	case same:
		return p.shift(p.andConst(word, mask), 8*ahead)
	case reverse:
		return p.shift(p.Swap(p.andConst(word, mask)), 8*(3-sum))
	}
	return nil
}

// shift is a shifted right by n bits, or left by -n.
func (p *Pool) shift(a *Expr, n int) *Expr {
	if n < 0 {
		return p.shlConst(a, uint32(-n))
	}
	return p.shrConst(a, uint32(n))
}

// byteKind is what a byte of an expression is.
type byteKind uint8

const (
	wholeByte byteKind = iota // a byte of another expression
	zeroByte                  // always 0
	mixedByte                 // something else
)

// byteOf tells where byte i of e, counted from the lowest, comes from: byte n
// of src.
func byteOf(e *Expr, i int) (src *Expr, n int, kind byteKind) {
	m := uint32(0xff) << (8 * i)
	if e.Zeros&m == m {
		return nil, 0, zeroByte
	}
	if x, k := e.Mask(); x != e {
		if (k|x.Zeros)&m == m {
			return byteOf(x, i)
		}
		return nil, 0, mixedByte
	}
	if n, ok := e.shiftBy(Shr); ok {
		return movedByte(e.A, i, int(n))
	}
	if n, ok := e.shiftBy(Shl); ok {
		return movedByte(e.A, i, -int(n))
	}
	if e.Op == Swap {
		return byteOf(e.A, 3-i)
	}
	return e, i, wholeByte
}

// movedByte is byte i of e shifted right by n bits.
func movedByte(e *Expr, i, n int) (*Expr, int, byteKind) {
	if n%8 != 0 {
		return nil, 0, mixedByte
	}
	if i += n / 8; i < 0 || i > 3 {
		return nil, 0, zeroByte
	}
	return byteOf(e, i)
}

// Exchange is a factor that puts the two lowest bytes of a word, the others
// being 0, in reverse order into the two highest. The lowest byte is left in the
// byte below those, too.
const Exchange = 1<<24 | 1<<8

// Swap is a with its bytes reversed.
func (p *Pool) Swap(a *Expr) *Expr {
	switch a.Op {
	case Const:
		return p.Const(bits.ReverseBytes32(a.K))
	case Swap:
		return a.A
	}
	for i := range 4 { // a single byte moves by a shift
		if a.Zeros|0xff<<(8*i) == ^uint32(0) {
			if i < 2 {
				return p.shlConst(a, uint32(24-16*i))
			}
			return p.shrConst(a, uint32(16*i-24))
		}
	}
	return p.make(Swap, a, nil, nil, 0)
}
