package graph

import (
	"testing"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// TestDirect has a branch test what it was given, where Branch would test
// something simpler, and say the same.
func TestDirect(t *testing.T) {
	b := NewBuilder(expr.NewPool(1 << 16))
	yes, no := b.Return(true), b.Return(false)
	w := b.Word(16)
	for _, x := range []*expr.Expr{w, b.And(w, b.Const(0xff)), b.Shr(b.And(w, b.Const(0xff0)), b.Const(4)), b.Swap(w), b.Const(8)} {
		for _, cmp := range []Cmp{Equal, Greater, GreaterEqual, AnyBit} {
			for _, k := range []uint32{0, 1, 7, 8, 255, 256, 1 << 31} {
				n := b.Direct(cmp, x, k, yes, no)
				if n.Kind == Test && cmp != GreaterEqual && x != w && n.A != x {
					t.Errorf("%v %s %#x became %v", x, cmpNames[cmp], k, n)
				}
				for _, v := range []uint32{0, 1, 7, 8, 0x70, 0x80, 0x88, 0xff, 0x100, 0xff0, 1 << 24, 0x80, ^uint32(0)} {
					word := func(uint32) uint32 { return v }
					want := holds(cmp, expr.Eval(x, word, nil), k)
					if got := Eval(n, word); got != want {
						t.Errorf("%v %s %#x is %v, want %v for %#x", x, cmpNames[cmp], k, got, want, v)
					}
				}
			}
		}
	}
}
