package emit

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// interesting is a number that is likely to meet a corner.
func interesting(r *rand.Rand) uint32 {
	switch r.IntN(4) {
	case 0:
		return r.Uint32()
	case 1:
		return uint32(r.IntN(8))
	case 2:
		return 1<<r.IntN(32) - uint32(r.IntN(2))
	default:
		return uint32(r.IntN(256)) << (8 * r.IntN(4))
	}
}

// random makes an expression of the given ones.
func random(r *rand.Rand, b *graph.Builder, from []*expr.Expr, depth int) *expr.Expr {
	if depth == 0 || r.IntN(6) == 0 {
		if r.IntN(4) == 0 {
			return b.Const(interesting(r))
		}
		return from[r.IntN(len(from))]
	}
	x, y := random(r, b, from, depth-1), random(r, b, from, depth-1)
	switch r.IntN(14) {
	case 0:
		return b.Add(x, y)
	case 1:
		return b.Sub(x, y)
	case 2:
		return b.Xor(x, y)
	case 3:
		return b.Or(x, y)
	case 4:
		return b.Shl(x, y)
	case 5:
		return b.Shr(x, y)
	case 6:
		return b.Sar(x, b.Const(interesting(r)))
	case 7:
		return b.Swap(x)
	case 8:
		return b.Less(x, y)
	case 9:
		return b.Select(x, y, random(r, b, from, depth-1))
	case 10:
		return b.Neg(x)
	case 11:
		return b.Mul(x, y)
	case 12:
		return b.Div(x, y)
	default:
		return b.And(x, y)
	}
}

// build makes a random graph from its end: each new node leads to earlier
// ones, and some give a join a value on both ways before those meet.
func build(r *rand.Rand, b *graph.Builder, n int) *graph.Node {
	words := []*expr.Expr{b.Word(0), b.Word(8), b.Word(16), b.Word(20)}
	shared := random(r, b, words, 3)
	all := []*graph.Node{b.Return(true), b.Return(false)}
	for range n {
		pick := func() *graph.Node { return all[len(all)-1-r.IntN(min(len(all), 8))] }
		cmp := graph.Cmp(r.IntN(4))
		from := append(slices.Clone(words), shared)
		if r.IntN(3) == 0 {
			j := b.Join()
			meet := b.Branch(cmp, random(r, b, []*expr.Expr{j, words[0]}, 2), random(r, b, from, 1), pick(), pick())
			one := b.Assign([]graph.Value{{Join: j, To: random(r, b, from, 2)}}, meet)
			two := b.Assign([]graph.Value{{Join: j, To: random(r, b, from, 2)}}, meet)
			all = append(all, b.Branch(graph.Cmp(r.IntN(4)), random(r, b, from, 2), random(r, b, from, 1), one, two))
			continue
		}
		all = append(all, b.Branch(cmp, random(r, b, from, 3), random(r, b, from, r.IntN(3)), pick(), pick()))
	}
	return all[len(all)-1]
}

func check(t *testing.T, seed1, seed2 uint64) {
	r := rand.New(rand.NewPCG(seed1, seed2))
	b := graph.NewBuilder(expr.NewPool(1 << 18))
	root := build(r, b, 1+r.IntN(20))
	simple := b.Simplify(root)
	if b.Exhausted() {
		t.Skip("too large")
	}
	code, err := Program(b, simple, 20000)
	if errors.Is(err, ErrTooComplex) || errors.Is(err, ErrTooLong) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := cbpf.Validate(code.Program); err != nil {
		t.Fatalf("seed %d %d: %v\n%v", seed1, seed2, err, code.Program)
	}
	for range 20 {
		var ctx cbpf.Context
		for k := 0; k < len(ctx); k += 4 {
			binary.LittleEndian.PutUint32(ctx[k:], interesting(r))
		}
		want := graph.Eval(root, func(k uint32) uint32 { return binary.LittleEndian.Uint32(ctx[k:]) })
		got, err := cbpf.Run(code.Program, ctx, binary.LittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		if (got != 0) != want {
			t.Fatalf("seed %d %d: %v, want %v for %x\n%v", seed1, seed2, got, want, ctx, code.Program)
		}
	}
}

func TestRandom(t *testing.T) {
	n := uint64(3000)
	if testing.Short() {
		n = 300
	}
	for seed := range n {
		check(t, seed, 3)
	}
}

func FuzzProgram(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(check)
}

// TestIslands has jumps that are too far for one instruction.
func TestIslands(t *testing.T) {
	for _, n := range []uint32{100, 300, 600, 1900} {
		b := graph.NewBuilder(expr.NewPool(1 << 20))
		yes, no := b.Return(true), b.Return(false)
		w := b.Word(20)
		node := no
		for i := range n {
			node = b.Branch(graph.Equal, b.Mul(b.Add(w, b.Const(i)), b.Word(24)), b.Const(7*i), yes, node)
		}
		code, err := Program(b, node, 0)
		if n > 1000 {
			if !errors.Is(err, ErrTooLong) {
				t.Errorf("%d tests: error %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(n, err)
		}
		if err := cbpf.Validate(code.Program); err != nil {
			t.Fatal(n, err)
		}
		for i := range n {
			var ctx cbpf.Context
			binary.LittleEndian.PutUint32(ctx[20:], 6*i)
			binary.LittleEndian.PutUint32(ctx[24:], 1)
			want := graph.Eval(node, func(k uint32) uint32 { return binary.LittleEndian.Uint32(ctx[k:]) })
			if got, err := cbpf.Run(code.Program, ctx, binary.LittleEndian); err != nil || (got != 0) != want {
				t.Fatalf("%d tests: %v %v, want %v for %d", n, got, err, want, i)
			}
		}
	}
}
