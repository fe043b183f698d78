package lift

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/emit"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// generator makes random programs that are valid: registers are set before
// they are used, jumps go forward, loops have a constant bound.
type generator struct {
	r      *rand.Rand
	insns  []Insn
	table  *Region
	calls  []int // of calls, to be given their target
	inCall bool
}

func (g *generator) emit(in Insn) { g.insns = append(g.insns, in) }

// number is a register that holds a number: R0 to R5, but R1 is the context's
// pointer and R6 a copy of it.
func (g *generator) number() uint8 { return []uint8{0, 2, 3, 4, 5, 7, 8, 9}[g.r.IntN(8)] }

func (g *generator) imm() int64 {
	switch g.r.IntN(5) {
	case 0:
		return int64(int32(g.r.Uint32()))
	case 1:
		return int64(g.r.IntN(8))
	case 2:
		return int64(int32(uint32(1)<<g.r.IntN(32) - uint32(g.r.IntN(2))))
	case 3:
		return int64(int32(uint32(g.r.IntN(256)) << (8 * g.r.IntN(4))))
	default:
		return -int64(g.r.IntN(8))
	}
}

func (g *generator) operand(in Insn) Insn {
	if g.r.IntN(2) == 0 {
		in.UseImm, in.Imm = true, g.imm()
	} else {
		in.Src = g.number()
	}
	return in
}

func (g *generator) contextLoad() {
	size := []int{1, 2, 4, 8}[g.r.IntN(4)]
	at := g.r.IntN(ContextSize/size) * size
	g.emit(Insn{Kind: Load, Dst: g.number(), Src: 6, Off: int64(at), Size: size, Signed: size < 8 && g.r.IntN(4) == 0})
}

func (g *generator) one(depth int) {
	switch n := g.r.IntN(20); {
	case n < 4:
		g.contextLoad()
	case n < 11:
		ops := []ArithOp{Move, Add, Sub, Mul, And, Or, Xor, Shl, Shr, Sar, Neg, MoveSigned, And, Shr, Shl}
		in := Insn{Kind: Arith, Op: ops[g.r.IntN(len(ops))], Wide: g.r.IntN(2) == 0, Dst: g.number(), Size: []int{1, 2, 4}[g.r.IntN(3)]}
		if in.Op == Neg {
			in.UseImm = true
		} else {
			in = g.operand(in)
		}
		g.emit(in)
	case n < 12:
		g.emit(g.operand(Insn{Kind: Arith, Op: []ArithOp{Div, Mod}[g.r.IntN(2)], Dst: g.number()}))
	case n < 13:
		g.emit(Insn{Kind: []Kind{SwapBytes, CutBytes}[g.r.IntN(2)], Dst: g.number(), Size: []int{2, 4, 8}[g.r.IntN(3)]})
	case n < 15:
		size := []int{1, 2, 4, 8}[g.r.IntN(4)]
		at := int64(-(g.r.IntN(4) + 1) * 8)
		at += int64(g.r.IntN(8/size) * size)
		if g.r.IntN(2) == 0 {
			g.emit(g.operand(Insn{Kind: Store, Dst: framePtr, Off: at, Size: size}))
		} else {
			g.emit(Insn{Kind: Load, Dst: g.number(), Src: framePtr, Off: at, Size: size})
		}
	case n < 16:
		g.lookUp()
	case n < 17 && depth > 0:
		g.loop(depth)
	case n < 18 && !g.inCall:
		g.calls = append(g.calls, len(g.insns))
		g.emit(Insn{Kind: Call})
		for i := uint8(1); i <= 5; i++ { // they are gone
			g.emit(Insn{Kind: Arith, Op: Move, Wide: true, Dst: i, UseImm: true, Imm: g.imm()})
		}
	default:
		g.fork(depth)
	}
}

// lookUp reads the table at an index of the request, which may be beyond it.
func (g *generator) lookUp() {
	index, base := uint8(2), uint8(3)
	g.emit(Insn{Kind: Load, Dst: index, Src: 6, Off: int64(4 * g.r.IntN(10)), Size: []int{1, 4}[g.r.IntN(2)]})
	g.emit(Insn{Kind: Arith, Op: And, Wide: true, Dst: index, UseImm: true, Imm: int64(g.r.IntN(24))})
	g.emit(Insn{Kind: Address, Dst: base, Region: g.table})
	g.emit(Insn{Kind: Arith, Op: Add, Wide: true, Dst: base, Src: index})
	g.emit(Insn{Kind: Load, Dst: index, Src: base, Size: []int{1, 2}[g.r.IntN(2)]})
	g.emit(Insn{Kind: Arith, Op: Move, Wide: true, Dst: base, UseImm: true, Imm: 1})
}

// fork runs some code or not, as the request says.
func (g *generator) fork(depth int) {
	at := len(g.insns)
	rel := graph.Relation{Cmp: graph.Cmp(g.r.IntN(4)), Narrow: g.r.IntN(2) == 0}
	rel.Signed = (rel.Cmp == graph.Greater || rel.Cmp == graph.GreaterEqual) && g.r.IntN(2) == 0
	g.emit(g.operand(Insn{Kind: Branch, Dst: g.number(), Relation: rel, Not: rel.Cmp != graph.AnyBit && g.r.IntN(2) == 0}))
	for range 1 + g.r.IntN(3) {
		g.one(depth - 1)
	}
	if g.r.IntN(3) == 0 && !g.inCall {
		g.emit(Insn{Kind: Exit})
	} else if g.r.IntN(2) == 0 { // an else
		jump := len(g.insns)
		g.emit(Insn{Kind: Jump})
		g.insns[at].Target = len(g.insns)
		g.one(0)
		g.insns[jump].Target = len(g.insns)
		return
	}
	g.insns[at].Target = len(g.insns)
}

// loop counts a word of the stack that nothing else writes to.
func (g *generator) loop(depth int) {
	slot := int64(-64 - 8*depth)
	g.emit(Insn{Kind: Store, Dst: framePtr, Off: slot, Size: 8, UseImm: true, Imm: int64(1 + g.r.IntN(4))})
	top := len(g.insns)
	g.one(0)
	g.emit(Insn{Kind: Load, Dst: 5, Src: framePtr, Off: slot, Size: 8})
	g.emit(Insn{Kind: Arith, Op: Sub, Wide: true, Dst: 5, UseImm: true, Imm: 1})
	g.emit(Insn{Kind: Store, Dst: framePtr, Off: slot, Size: 8, Src: 5})
	g.emit(Insn{Kind: Branch, Dst: 5, Relation: graph.Relation{Cmp: graph.Equal}, Not: true, UseImm: true, Target: top})
}

// set gives all registers and the used part of the stack a value.
func (g *generator) set() {
	for _, i := range []uint8{0, 2, 3, 4, 5, 7, 8, 9} {
		g.emit(Insn{Kind: Arith, Op: Move, Wide: true, Dst: i, UseImm: true, Imm: g.imm()})
	}
	for range 6 {
		g.contextLoad()
	}
	for at := int64(-8); at >= -32; at -= 8 {
		g.emit(g.operand(Insn{Kind: Store, Dst: framePtr, Off: at, Size: 8}))
	}
}

// mix lets the result depend on bits of any register.
func (g *generator) mix() {
	for range g.r.IntN(3) {
		from := g.number()
		if g.r.IntN(2) == 0 {
			g.emit(Insn{Kind: Arith, Op: Shr, Wide: true, Dst: from, UseImm: true, Imm: 32})
		}
		g.emit(Insn{Kind: Arith, Op: Xor, Wide: true, Dst: 0, Src: from})
	}
	g.emit(Insn{Kind: Arith, Op: And, Wide: true, Dst: 0, UseImm: true, Imm: int64(1) << g.r.IntN(31)})
}

func program(r *rand.Rand) *Program {
	g := &generator{r: r, table: &Region{Name: ".rodata", ReadOnly: true, Data: make([]byte, 8+r.IntN(16))}}
	for i := range g.table.Data {
		g.table.Data[i] = byte(r.Uint32())
	}
	g.emit(Insn{Kind: Arith, Op: Move, Wide: true, Dst: 6, Src: 1})
	g.set()
	for range 2 + r.IntN(14) {
		g.one(2)
	}
	g.mix()
	g.emit(Insn{Kind: Exit})
	// the function that is called: it gets numbers, and no context
	entry := len(g.insns)
	g.inCall = true
	g.emit(Insn{Kind: Arith, Op: Move, Wide: true, Dst: 0, Src: 2})
	g.emit(g.operandOf(Insn{Kind: Arith, Op: Xor, Dst: 0}, 3))
	at := len(g.insns)
	g.emit(Insn{Kind: Branch, Dst: 4, Relation: graph.Relation{Cmp: graph.Greater}, UseImm: true, Imm: g.imm()})
	g.emit(g.operandOf(Insn{Kind: Arith, Op: Add, Wide: true, Dst: 0}, 5))
	g.insns[at].Target = len(g.insns)
	g.emit(Insn{Kind: Exit})
	for _, c := range g.calls {
		g.insns[c].Target = entry
	}
	return &Program{Insns: g.insns, BigEndian: r.IntN(2) == 0}
}

func (g *generator) operandOf(in Insn, src uint8) Insn {
	in.Src = src
	return in
}

func check(t *testing.T, seed1, seed2 uint64) {
	r := rand.New(rand.NewPCG(seed1, seed2))
	p := program(r)
	var order binary.ByteOrder = binary.LittleEndian
	if p.BigEndian {
		order = binary.BigEndian
	}
	for _, versions := range []int{1 << 20, 1, 0} {
		b := graph.NewBuilder(expr.NewPool(30000))
		root, err := Graph(b, p, Options{Opcode: -1, Versions: versions})
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			continue // too large, or merged until a loop has no constant bound
		}
		simple := b.Simplify(root)
		if b.Exhausted() {
			continue
		}
		code, err := emit.Program(b, simple, 3000)
		if err != nil {
			continue
		}
		if err := cbpf.Validate(code.Program); err != nil {
			t.Fatalf("seed %d %d: %v", seed1, seed2, err)
		}
		for range 20 {
			compare(t, r, p, code.Program, order, seed1, seed2, versions)
		}
		translated++
	}
}

// translated counts programs, so that a test can tell that it tests something.
var translated int

func compare(t *testing.T, r *rand.Rand, p *Program, code cbpf.Program, order binary.ByteOrder, seed1, seed2 uint64, versions int) {
	t.Helper()
	var ctx cbpf.Context
	for i := range ctx {
		if r.IntN(2) == 0 {
			ctx[i] = byte(r.IntN(256))
		}
	}
	m := &machine{p: p, order: order, ctx: ctx[:]}
	result, denied := m.run()
	want := result != 0 && !denied
	got, err := cbpf.Run(code, ctx, order)
	if err != nil {
		t.Fatal(err)
	}
	if (got != 0) != want {
		t.Fatalf("seed %d %d, %d versions: %d, want %v for %x\n%v", seed1, seed2, versions, got, want, ctx, code)
	}
}

func TestRandom(t *testing.T) {
	n := uint64(4000)
	if testing.Short() {
		n = 400
	}
	translated = 0
	for seed := range n {
		check(t, seed, 5)
	}
	t.Logf("%d programs, %d translations", n, translated)
	if translated < int(n) {
		t.Errorf("only %d translations of %d programs", translated, n)
	}
}

func FuzzGraph(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(check)
}
