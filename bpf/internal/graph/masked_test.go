package graph

import (
	"math/rand/v2"
	"testing"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// maskedTree is a random graph that looks at bits of one word, or two, in many
// ways: what policies are made of.
func maskedTree(r *rand.Rand, b *Builder) *Node {
	masks := []uint32{0xff, 0xf, 0xf0, 0x1f, 0xfe, 0x0c, 0xff00, 0xf0ff, 0xffff, ^uint32(0), 3, 1 << 4, 0xffffff00}
	word := func() *expr.Expr { return b.Word(uint32(4 * (r.IntN(5) / 4))) }
	value := func() *expr.Expr {
		e := b.And(word(), b.Const(masks[min(r.IntN(len(masks)), r.IntN(len(masks)))]))
		switch r.IntN(12) {
		case 0:
			e = b.Swap(e)
		case 1:
			e = b.Shr(b.Swap(b.And(word(), b.Const(0xffff))), b.Const(16))
		case 2:
			e = b.Add(e, b.Const(uint32(r.IntN(80))-40))
		case 3:
			e = b.And(b.Add(b.And(e, b.Const(0xff)), b.Const(uint32(r.IntN(80))-40)), b.Const(0xff))
		case 4:
			return b.And(b.Shl(b.Const(1), e), b.Const(r.Uint32()&r.Uint32()))
		case 5:
			e = b.Shr(e, b.Const(uint32(r.IntN(9))))
		}
		return e
	}
	all := []*Node{b.Return(true), b.Return(false)}
	for range 2 + r.IntN(14) {
		cmp := []Cmp{Equal, Equal, Equal, Greater, GreaterEqual, AnyBit}[r.IntN(6)]
		then, other := all[r.IntN(2)], all[len(all)-1]
		if r.IntN(3) == 0 {
			then = all[max(0, len(all)-1-r.IntN(4))]
		}
		if r.IntN(2) == 0 {
			then, other = other, then
		}
		all = append(all, b.Branch(cmp, value(), b.Const(small(r)), then, other))
	}
	return all[len(all)-1]
}

// small is a number that such graphs are likely to meet again.
func small(r *rand.Rand) uint32 {
	v := uint32(r.IntN(40))
	if r.IntN(4) == 0 {
		v = v<<8 | uint32(r.IntN(3))
	}
	switch r.IntN(12) {
	case 0:
		return r.Uint32()
	case 1, 2:
		return 1 << r.IntN(9)
	}
	return v
}

// TestMasked applies each pass, in all orders that translations have.
func TestMasked(t *testing.T) {
	n := uint64(20000)
	if testing.Short() {
		n = 4000
	}
	for seed := range n {
		r := rand.New(rand.NewPCG(seed, 4))
		b := NewBuilder(expr.NewPool(1 << 20))
		root := maskedTree(r, b)
		forms := map[string]*Node{"simple": b.Simplify(root), "gathered": b.Gather(root), "flat": b.Flatten(root), "split": b.SplitSwapped(root)}
		forms["simple, gathered, simple"] = b.Simplify(b.Gather(forms["simple"]))
		forms["all"] = b.Simplify(b.Gather(b.Simplify(b.SplitSwapped(b.Simplify(b.Flatten(forms["simple"]))))))
		for range 60 {
			words := []uint32{small(r), small(r)}
			word := func(k uint32) uint32 { return words[k/4] }
			want := Eval(root, word)
			for name, form := range forms {
				if got := Eval(form, word); got != want {
					t.Fatalf("seed %d, %s: %v, want %v for %#x\n%s\n%s", seed, name, got, want, words, text(root), text(form))
				}
			}
		}
	}
}
