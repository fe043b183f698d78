package expr

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// A machine applies the same random operations to expressions and to numbers,
// for several contexts at once.
type machine struct {
	pool  *Pool
	words [][]uint32 // of each context
	exprs []*Expr
	vals  [][]uint32 // of each expression, for each context
}

const contexts = 12

func newMachine(r *rand.Rand) *machine {
	m := &machine{pool: NewPool(1 << 20)}
	for range contexts {
		var w []uint32
		for range 4 {
			w = append(w, interesting(r))
		}
		m.words = append(m.words, w)
	}
	for i := range uint32(4) {
		var vals []uint32
		for _, w := range m.words {
			vals = append(vals, w[i])
		}
		m.add(m.pool.Word(4*i), vals)
	}
	for _, k := range []uint32{0, 1, 2, 8, 16, 24, 31, 32, 0xff, 0xff00, 0xffff, 0xffff0000, 1 << 31, ^uint32(0)} {
		m.addConst(k)
	}
	return m
}

func (m *machine) addConst(k uint32) {
	m.add(m.pool.Const(k), func() (v []uint32) {
		for range contexts {
			v = append(v, k)
		}
		return v
	}())
}

func (m *machine) add(e *Expr, vals []uint32) {
	m.exprs = append(m.exprs, e)
	m.vals = append(m.vals, vals)
}

// interesting is a number that is likely to meet a corner.
func interesting(r *rand.Rand) uint32 {
	switch r.IntN(5) {
	case 0:
		return r.Uint32()
	case 1:
		return uint32(r.IntN(20))
	case 2:
		return 1<<r.IntN(32) - uint32(r.IntN(2))
	case 3:
		return uint32(r.IntN(256)) << (8 * r.IntN(4))
	default:
		return ^uint32(r.IntN(20))
	}
}

type operation struct {
	name string
	make func(p *Pool, a, b, c *Expr) *Expr
	eval func(a, b, c uint32) uint32
}

var operations = []operation{
	{"+", func(p *Pool, a, b, _ *Expr) *Expr { return p.Add(a, b) }, func(a, b, _ uint32) uint32 { return a + b }},
	{"-", func(p *Pool, a, b, _ *Expr) *Expr { return p.Sub(a, b) }, func(a, b, _ uint32) uint32 { return a - b }},
	{"*", func(p *Pool, a, b, _ *Expr) *Expr { return p.Mul(a, b) }, func(a, b, _ uint32) uint32 { return a * b }},
	{"*high", func(p *Pool, a, b, _ *Expr) *Expr { return p.MulHigh(a, b) }, func(a, b, _ uint32) uint32 { return uint32(uint64(a) * uint64(b) >> 32) }},
	{"/", func(p *Pool, a, b, _ *Expr) *Expr { return p.Div(a, b) }, func(a, b, _ uint32) uint32 {
		if b == 0 {
			return 0
		}
		return a / b
	}},
	{"%", func(p *Pool, a, b, _ *Expr) *Expr { return p.Mod(a, b) }, func(a, b, _ uint32) uint32 {
		if b == 0 {
			return a
		}
		return a % b
	}},
	{"&", func(p *Pool, a, b, _ *Expr) *Expr { return p.And(a, b) }, func(a, b, _ uint32) uint32 { return a & b }},
	{"|", func(p *Pool, a, b, _ *Expr) *Expr { return p.Or(a, b) }, func(a, b, _ uint32) uint32 { return a | b }},
	{"^", func(p *Pool, a, b, _ *Expr) *Expr { return p.Xor(a, b) }, func(a, b, _ uint32) uint32 { return a ^ b }},
	{"<<", func(p *Pool, a, b, _ *Expr) *Expr { return p.Shl(a, b) }, func(a, b, _ uint32) uint32 { return a << (b & 31) }},
	{">>", func(p *Pool, a, b, _ *Expr) *Expr { return p.Shr(a, b) }, func(a, b, _ uint32) uint32 { return a >> (b & 31) }},
	{"s>>", func(p *Pool, a, b, _ *Expr) *Expr { return p.Sar(a, b) }, func(a, b, _ uint32) uint32 { return uint32(int32(a) >> (b & 31)) }},
	{"neg", func(p *Pool, a, _, _ *Expr) *Expr { return p.Neg(a) }, func(a, _, _ uint32) uint32 { return -a }},
	{"swap", func(p *Pool, a, _, _ *Expr) *Expr { return p.Swap(a) }, func(a, _, _ uint32) uint32 { return bits.ReverseBytes32(a) }},
	{"<", func(p *Pool, a, b, _ *Expr) *Expr { return p.Less(a, b) }, func(a, b, _ uint32) uint32 {
		if a < b {
			return 1
		}
		return 0
	}},
	{"?", func(p *Pool, a, b, c *Expr) *Expr { return p.Select(a, b, c) }, func(a, b, c uint32) uint32 {
		if a != 0 {
			return b
		}
		return c
	}},
}

func (m *machine) step(t *testing.T, r *rand.Rand) {
	pick := func() int {
		if r.IntN(3) == 0 {
			return r.IntN(len(m.exprs))
		}
		return len(m.exprs) - 1 - r.IntN(min(len(m.exprs), 20))
	}
	op := operations[r.IntN(len(operations))]
	a, b, c := pick(), pick(), pick()
	if r.IntN(2) == 0 { // a constant operand meets most of the rules
		m.addConst(interesting(r))
		b = len(m.exprs) - 1
	}
	x, y, z := m.exprs[a], m.exprs[b], m.exprs[c]
	if x.Size+y.Size+z.Size > 2000 {
		return
	}
	e := op.make(m.pool, x, y, z)
	var vals []uint32
	for i := range contexts {
		want := op.eval(m.vals[a][i], m.vals[b][i], m.vals[c][i])
		got := Eval(e, func(k uint32) uint32 { return m.words[i][k/4] }, nil)
		if got != want {
			t.Fatalf("%v %s %v, %v: %v is %#x, want %#x in context %#x", x, op.name, y, z, e, got, want, m.words[i])
		}
		if want&e.Zeros != 0 || ^want&e.Ones != 0 {
			t.Fatalf("%v is %#x, but is said to have zeros %#x and ones %#x", e, want, e.Zeros, e.Ones)
		}
		vals = append(vals, want)
	}
	m.add(e, vals)
}

func TestRandom(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 300
	}
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 7))
		m := newMachine(r)
		for range 40 {
			m.step(t, r)
		}
	}
}

func FuzzSimplify(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		m := newMachine(r)
		for range 40 {
			m.step(t, r)
		}
	})
}

func TestForms(t *testing.T) {
	p := NewPool(1000)
	w, k := p.Word(20), p.Const
	port := p.Or(p.Shl(p.And(w, k(0xff)), k(8)), p.And(p.Shr(w, k(8)), k(0xff)))
	for _, tt := range []struct{ got, want *Expr }{
		{p.Or(p.And(w, k(0xff)), p.And(w, k(0xff00))), p.And(w, k(0xffff))},
		{p.Shr(p.Shl(w, k(16)), k(16)), p.And(w, k(0xffff))},
		{p.Swap(p.Swap(w)), w},
		{p.Shr(p.Swap(p.And(w, k(0xffff))), k(16)), port},
		{p.Mod(w, k(16)), p.And(w, k(15))},
		{p.Add(p.Add(w, k(5)), k(^uint32(4))), w},
		{p.Neg(p.Sub(w, k(3))), p.Sub(k(3), w)},
		{p.Sub(p.Xor(w, w), k(1)), k(^uint32(0))},
		{p.Mul(w, k(8)), p.Shl(w, k(3))},
		{p.Shl(w, p.And(p.Word(0), k(31))), p.Shl(w, p.Word(0))},
	} {
		if tt.got != tt.want {
			t.Errorf("got %v, want %v", tt.got, tt.want)
		}
	}
}
