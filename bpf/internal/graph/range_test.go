package graph

import (
	"testing"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// A range of one value is a comparison with it, in whichever order its bounds
// are looked at, and of a port as well, whose bytes would have to be swapped.
func TestRangeOfOneValue(t *testing.T) {
	b := NewBuilder(expr.NewPool(10000))
	yes, no := b.Return(true), b.Return(false)
	word := b.Word(20)
	port := b.Shr(b.Swap(b.And(word, b.Const(0xffff))), b.Const(16))
	for _, x := range []*expr.Expr{word, port} {
		want := b.Branch(Equal, x, b.Const(443), yes, no)
		lowFirst := b.Branch(GreaterEqual, x, b.Const(443), b.Branch(Greater, x, b.Const(443), no, yes), no)
		highFirst := b.Branch(Greater, x, b.Const(443), no, b.Branch(Greater, x, b.Const(442), yes, no))
		if lowFirst != want || highFirst != want {
			t.Errorf("%v: %v and %v, want %v", x, lowFirst, highFirst, want)
		}
		if two := b.Branch(GreaterEqual, x, b.Const(443), b.Branch(Greater, x, b.Const(444), no, yes), no); two == want {
			t.Errorf("%v: two values became one", x)
		}
	}
}
