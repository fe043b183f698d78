package graph

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

const contexts = 16

// interesting is a number that is likely to meet a corner.
func interesting(r *rand.Rand) uint32 {
	switch r.IntN(5) {
	case 0:
		return r.Uint32()
	case 1:
		return uint32(r.IntN(8))
	case 2:
		return 1<<r.IntN(32) - uint32(r.IntN(2))
	case 3:
		return uint32(r.IntN(256)) << (8 * r.IntN(4))
	default:
		return ^uint32(r.IntN(8))
	}
}

// random makes expressions over a few words, few enough that tests meet again.
func random(r *rand.Rand, b *Builder, depth int) *expr.Expr {
	if depth == 0 || r.IntN(5) == 0 {
		if r.IntN(3) == 0 {
			return b.Const(interesting(r))
		}
		return b.Word(uint32(4 * r.IntN(3)))
	}
	x := random(r, b, depth-1)
	y := b.Const(interesting(r))
	if r.IntN(3) == 0 {
		y = random(r, b, depth-1)
	}
	switch r.IntN(13) {
	case 0:
		return b.Add(x, y)
	case 1:
		return b.Sub(x, y)
	case 2:
		return b.Sub(y, x)
	case 3:
		return b.Xor(x, y)
	case 4:
		return b.Or(x, y)
	case 5:
		return b.Shl(x, y)
	case 6:
		return b.Shr(x, y)
	case 7:
		return b.Sar(x, y)
	case 8:
		return b.Swap(x)
	case 9:
		return b.Less(x, y)
	case 10:
		return b.Select(x, y, random(r, b, depth-1))
	case 11:
		return b.Neg(x)
	default:
		return b.And(x, y)
	}
}

// A decision is a random graph and what it must say in each context.
type decision struct {
	node *Node
	want [contexts]bool
}

func value(e *expr.Expr, words []uint32) uint32 {
	return expr.Eval(e, func(k uint32) uint32 { return words[k/4] }, nil)
}

func wide(low, high uint32) uint64 { return uint64(high)<<32 | uint64(low) }

// relate is what a relation of two numbers must say.
func relate(r Relation, x, y uint64) bool {
	if r.Narrow {
		x, y = uint64(uint32(x)), uint64(uint32(y))
		if r.Signed {
			x, y = uint64(int64(int32(x))), uint64(int64(int32(y)))
		}
	}
	switch {
	case r.Cmp == Equal:
		return x == y
	case r.Cmp == AnyBit:
		return x&y != 0
	case r.Cmp == Greater && r.Signed:
		return int64(x) > int64(y)
	case r.Cmp == Greater:
		return x > y
	case r.Signed:
		return int64(x) >= int64(y)
	default:
		return x >= y
	}
}

func build(r *rand.Rand, b *Builder, words [][]uint32, tests int) decision {
	yes, no := decision{node: b.Return(true)}, decision{node: b.Return(false)}
	for i := range contexts {
		yes.want[i] = true
	}
	all := []decision{yes, no}
	for range tests {
		then, other := all[len(all)-1-r.IntN(min(len(all), 6))], all[r.IntN(len(all))]
		if r.IntN(2) == 0 {
			then, other = other, then
		}
		rel := Relation{Cmp: Cmp(r.IntN(4)), Narrow: r.IntN(2) == 0}
		rel.Signed = rel.Cmp != Equal && rel.Cmp != AnyBit && r.IntN(2) == 0
		x := Wide{random(r, b, 3), random(r, b, 2)}
		y := Wide{b.Const(interesting(r)), b.Const(interesting(r))}
		if r.IntN(4) == 0 {
			y = Wide{random(r, b, 2), random(r, b, 1)}
		}
		if r.IntN(4) == 0 {
			x.High = b.Sar(x.Low, b.Const(31))
			y.High = b.Sar(y.Low, b.Const(31))
		}
		d := decision{node: b.BranchWide(rel, x, y, then.node, other.node)}
		for i, w := range words {
			d.want[i] = other.want[i]
			if relate(rel, wide(value(x.Low, w), value(x.High, w)), wide(value(y.Low, w), value(y.High, w))) {
				d.want[i] = then.want[i]
			}
		}
		all = append(all, d)
	}
	return all[len(all)-1]
}

func check(t *testing.T, seed1, seed2 uint64) {
	r := rand.New(rand.NewPCG(seed1, seed2))
	b := NewBuilder(expr.NewPool(1 << 20))
	var words [][]uint32
	for range contexts {
		words = append(words, []uint32{interesting(r), interesting(r), interesting(r)})
	}
	d := build(r, b, words, 1+r.IntN(12))
	simple := b.Simplify(d.node)
	if b.Exhausted() {
		t.Skip("too large")
	}
	for i, w := range words {
		word := func(k uint32) uint32 { return w[k/4] }
		if got := Eval(d.node, word); got != d.want[i] {
			t.Fatalf("seed %d %d: %v, want %v for %#x\n%s", seed1, seed2, got, d.want[i], w, text(d.node))
		}
		if got := Eval(simple, word); got != d.want[i] {
			t.Fatalf("seed %d %d: simplified: %v, want %v for %#x\n%s\n%s", seed1, seed2, got, d.want[i], w, text(d.node), text(simple))
		}
	}
	flat := b.Simplify(b.Gather(b.SplitSwapped(b.Flatten(simple))))
	for i, w := range words {
		if got := Eval(flat, func(k uint32) uint32 { return w[k/4] }); got != d.want[i] {
			t.Fatalf("seed %d %d: flattened: %v, want %v for %#x\n%s\n%s", seed1, seed2, got, d.want[i], w, text(simple), text(flat))
		}
	}
	if a, z := len(Order(d.node)), len(Order(simple)); z > a {
		t.Fatalf("seed %d %d: simplified from %d to %d nodes\n%s\n%s", seed1, seed2, a, z, text(d.node), text(simple))
	}
}

func text(root *Node) (s string) {
	for _, n := range Order(root) {
		s += n.String() + "\n"
	}
	return s
}

func TestRandom(t *testing.T) {
	n := uint64(30000)
	if testing.Short() {
		n = 3000
	}
	for seed := range n {
		check(t, seed, 1)
	}
}

// TestFlatten has searches by halves, as compilers make of switch.
func TestFlatten(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := NewBuilder(expr.NewPool(1 << 20))
		w := b.Word(0)
		x := []*expr.Expr{w, b.And(w, b.Const(0xffff)), b.Shr(b.Swap(b.And(w, b.Const(0xffff))), b.Const(16)), b.Add(w, b.Const(interesting(r)))}[r.IntN(4)]
		ends := []*Node{b.Return(true), b.Return(false), b.Branch(Equal, b.Word(4), b.Const(1), b.Return(true), b.Return(false))}
		var values []uint32
		want := map[uint32]*Node{}
		for len(values) < 1+r.IntN(12) {
			v := interesting(r)
			values = append(values, v)
			want[v] = ends[r.IntN(3)]
		}
		slices.Sort(values)
		values = slices.Compact(values)
		end := ends[r.IntN(3)]
		var search func(v []uint32) *Node
		search = func(v []uint32) *Node {
			if len(v) <= 2 {
				n := end
				for _, k := range v {
					n = b.Branch(Equal, x, b.Const(k), want[k], n)
				}
				return n
			}
			m := len(v) / 2
			return b.Branch(Greater, x, b.Const(v[m-1]), search(v[m:]), search(v[:m]))
		}
		root := search(values)
		flat := b.Gather(b.SplitSwapped(b.Flatten(root)))
		for range 40 {
			words := []uint32{interesting(r), uint32(r.IntN(2))}
			if r.IntN(2) == 0 {
				k := values[r.IntN(len(values))]
				words[0] = []uint32{k, bits.ReverseBytes32(k) >> 16, bits.ReverseBytes32(k)}[r.IntN(3)]
			}
			word := func(k uint32) uint32 { return words[k/4] }
			if a, z := Eval(root, word), Eval(flat, word); a != z {
				t.Fatalf("seed %d: %v, want %v for %#x\n%s\n%s", seed, z, a, words, text(root), text(flat))
			}
		}
	}
}

func FuzzSimplify(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(check)
}

// TestForms pins what a filter's usual tests become.
func TestForms(t *testing.T) {
	b := NewBuilder(expr.NewPool(1000))
	yes, no := b.Return(true), b.Return(false)
	w, k := b.Word(20), b.Const
	port := b.Shr(b.Swap(b.And(w, k(0xffff))), k(16))
	for _, tt := range []struct {
		name      string
		got, want *Node
	}{
		{"port is 443", b.Branch(Equal, port, k(443), yes, no), b.test(Equal, b.And(w, k(0xffff)), k(uint32(bits.ReverseBytes16(443))), yes, no)},
		{"port is at least 1024", b.Branch(GreaterEqual, port, k(1024), yes, no), b.test(AnyBit, w, k(0xfc), yes, no)},
		{"negative", b.BranchSigned(Greater, k(0), w, yes, no), b.test(AnyBit, w, k(1<<31), yes, no)},
		{"a boolean", b.NotZero(b.Less(w, k(5)), yes, no), b.test(Greater, w, k(4), no, yes)},
		{"two bytes", b.Branch(Equal, b.And(w, k(0xff)), k(1), b.Branch(Equal, b.And(w, k(0xff00)), k(0x200), yes, no), no), b.test(Equal, b.And(w, k(0xffff)), k(0x201), yes, no)},
		{"both words", b.BranchWide(Relation{Cmp: Equal}, Wide{w, k(0)}, Wide{k(7), k(0)}, yes, no), b.test(Equal, w, k(7), yes, no)},
		{"settled before", b.Simplify(b.Branch(Greater, w, k(10), b.Branch(Greater, w, k(5), yes, no), no)), b.test(Greater, w, k(10), yes, no)},
		{"all that is left", b.Simplify(b.Branch(Equal, b.And(w, k(3)), k(0), no, b.Branch(AnyBit, w, k(3), yes, no))), b.test(AnyBit, w, k(3), yes, no)},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.name, text(tt.got), text(tt.want))
		}
	}
}
