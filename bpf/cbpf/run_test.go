package cbpf_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/cbpf/cases"
)

var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

// socket is the context of a request for a socket.
func socket(order binary.ByteOrder, family, typ, protocol uint32) (ctx cbpf.Context) {
	order.PutUint64(ctx[0:], 0x1122334455667788)
	ctx[8], ctx[9], ctx[10] = 45, 0x10, 12
	order.PutUint32(ctx[16:], family)
	order.PutUint32(ctx[20:], typ)
	order.PutUint32(ctx[24:], protocol)
	return ctx
}

func TestSocketAllowList(t *testing.T) {
	for _, order := range orders {
		for _, c := range []struct {
			family, typ, protocol uint32
			want                  uint32
		}{
			{2, 1, 6, 1}, {2, 1, 0, 1}, {10, 1, 6, 1}, {10, 1, 0, 1},
			{2, 1 | 0x80800, 6, 1}, // SOCK_CLOEXEC and SOCK_NONBLOCK, as Linux 7.0 shows them
			{2, 2, 17, 0}, {2, 3, 0, 0}, {1, 1, 0, 0}, {2, 1, 17, 0}, {0, 0, 0, 0},
		} {
			got, err := cbpf.Run(cases.SocketAllowList, socket(order, c.family, c.typ, c.protocol), order)
			if got != c.want || err != nil {
				t.Errorf("%v: %+v: %d, %v", order, c, got, err)
			}
		}
	}
}

// TestInstructions has each instruction's meaning in numbers.
func TestInstructions(t *testing.T) {
	k := func(op uint16, k uint32) cbpf.Instruction { return cbpf.Instruction{Op: op, K: k} }
	a, x := func(v uint32) cbpf.Instruction { return k(cbpf.BPF_LD, v) }, func(v uint32) cbpf.Instruction { return k(cbpf.BPF_LDX, v) }
	reta := cbpf.Instruction{Op: cbpf.BPF_RET | cbpf.BPF_A}
	const alu, withX = cbpf.BPF_ALU, cbpf.BPF_X
	for name, c := range map[string]struct {
		p    cbpf.Program
		want uint32
	}{
		"A is 0 at first": {cbpf.Program{reta}, 0},
		"X is 0 at first": {cbpf.Program{a(3), k(cbpf.BPF_MISC|cbpf.BPF_TXA, 0), reta}, 0},
		"ret k":           {cbpf.Program{cbpf.Return(77)}, 77},
		"len":             {cbpf.Program{k(cbpf.BPF_LD|cbpf.BPF_LEN, 9), reta}, 40},
		"len into X":      {cbpf.Program{k(cbpf.BPF_LDX|cbpf.BPF_LEN, 9), k(cbpf.BPF_MISC|cbpf.BPF_TXA, 0), reta}, 40},
		"add overflows":   {cbpf.Program{a(0xffffffff), k(alu|cbpf.BPF_ADD, 2), reta}, 1},
		"sub underflows":  {cbpf.Program{a(1), x(2), k(alu|cbpf.BPF_SUB|withX, 0), reta}, 0xffffffff},
		"mul overflows":   {cbpf.Program{a(0x10001), k(alu|cbpf.BPF_MUL, 0x10000), reta}, 0x10000},
		"div is unsigned": {cbpf.Program{a(0xfffffffe), k(alu|cbpf.BPF_DIV, 2), reta}, 0x7fffffff},
		"div by X":        {cbpf.Program{a(9), x(2), k(alu|cbpf.BPF_DIV|withX, 0), reta}, 4},
		"div by X of 0":   {cbpf.Program{a(9), k(alu|cbpf.BPF_DIV|withX, 5), cbpf.Return(1)}, 0},
		"lsh by X of 33":  {cbpf.Program{a(3), x(33), k(alu|cbpf.BPF_LSH|withX, 0), reta}, 6},
		"rsh by X of 32":  {cbpf.Program{a(3), x(32), k(alu|cbpf.BPF_RSH|withX, 0), reta}, 3},
		"rsh is unsigned": {cbpf.Program{a(0x80000000), k(alu|cbpf.BPF_RSH, 31), reta}, 1},
		"neg":             {cbpf.Program{a(1), k(alu|cbpf.BPF_NEG, 0), reta}, 0xffffffff},
		"neg of 0":        {cbpf.Program{a(0), k(alu|cbpf.BPF_NEG, 0), reta}, 0},
		"xor":             {cbpf.Program{a(6), k(alu|cbpf.BPF_XOR, 3), reta}, 5},
		"or":              {cbpf.Program{a(6), x(9), k(alu|cbpf.BPF_OR|withX, 0), reta}, 15},
		"and":             {cbpf.Program{a(6), x(3), k(alu|cbpf.BPF_AND|withX, 0), reta}, 2},
		"tax":             {cbpf.Program{a(6), k(cbpf.BPF_MISC, 0), a(1), k(alu|cbpf.BPF_ADD|withX, 0), reta}, 7},
		"st and ldx":      {cbpf.Program{a(6), k(cbpf.BPF_ST, 15), k(cbpf.BPF_LDX|cbpf.BPF_MEM, 15), a(1), k(alu|cbpf.BPF_ADD|withX, 0), reta}, 7},
		"stx and ld":      {cbpf.Program{x(6), k(cbpf.BPF_STX, 0), k(cbpf.BPF_LD|cbpf.BPF_MEM, 0), reta}, 6},
		"jgt is unsigned": {cbpf.Program{a(0x80000000), cbpf.JumpGreater(1, 0, 1), cbpf.Return(5), cbpf.Return(6)}, 5},
		"jgt of equals":   {cbpf.Program{a(1), cbpf.JumpGreater(1, 0, 1), cbpf.Return(5), cbpf.Return(6)}, 6},
		"jge of equals":   {cbpf.Program{a(1), cbpf.JumpGreaterEqual(1, 0, 1), cbpf.Return(5), cbpf.Return(6)}, 5},
		"jge of X":        {cbpf.Program{a(1), x(2), {Op: cbpf.BPF_JMP | cbpf.BPF_JGE | withX, JF: 1}, cbpf.Return(5), cbpf.Return(6)}, 6},
		"jset":            {cbpf.Program{a(12), cbpf.JumpSet(4, 0, 1), cbpf.Return(5), cbpf.Return(6)}, 5},
		"jset of none":    {cbpf.Program{a(12), cbpf.JumpSet(3, 0, 1), cbpf.Return(5), cbpf.Return(6)}, 6},
		"ja":              {cbpf.Program{cbpf.Jump(1), cbpf.Return(5), cbpf.Return(6)}, 6},
	} {
		if got, err := cbpf.Run(c.p, cbpf.Context{}, nil); got != c.want || err != nil {
			t.Errorf("%s: %#x, %v, want %#x", name, got, err, c.want)
		}
		checkRun(t, c.p, cbpf.Context{})
	}
}

func TestByteOrder(t *testing.T) {
	p := cbpf.Program{cbpf.LoadWord(8), {Op: cbpf.BPF_RET | cbpf.BPF_A}}
	ctx := cbpf.Context{8: 45, 9: 0x10, 10: 12}
	for order, want := range map[binary.ByteOrder]uint32{
		binary.LittleEndian: 0x000c102d,
		binary.BigEndian:    0x2d100c00,
		nil:                 binary.NativeEndian.Uint32(ctx[8:]),
		binary.NativeEndian: binary.NativeEndian.Uint32(ctx[8:]),
	} {
		if got, err := cbpf.Run(p, ctx, order); got != want || err != nil {
			t.Errorf("%v: %#x, %v, want %#x", order, got, err, want)
		}
	}
}

// TestRandom compares with the reference, over a run's worth of programs.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	n := 5000
	if testing.Short() {
		n = 500
	}
	verdicts := map[bool]int{}
	for range n {
		p := cases.Valid(r)
		for range 4 {
			verdicts[checkRun(t, p, cases.Request(r)) != 0]++
		}
	}
	if min(verdicts[true], verdicts[false]) < n/2 {
		t.Errorf("lopsided: %v", verdicts)
	}
	t.Logf("%d programs, verdicts %v", n, verdicts)
}

// checkRun wants Run, Explain and the reference to agree, in both byte orders.
func checkRun(t *testing.T, p cbpf.Program, ctx cbpf.Context) (verdict uint32) {
	t.Helper()
	for i, order := range orders {
		before := slices.Clone(p)
		got, err := cbpf.Run(p, ctx, order)
		if err != nil {
			t.Fatal(err)
		}
		if want := reference(p, ctx, i == 1); got != want {
			t.Fatalf("%v: %#x, the reference says %#x, for %x\n%v", order, got, want, ctx, p)
		}
		if !slices.Equal(before, p) {
			t.Fatal("the program was changed")
		}
		checkExplanation(t, p, ctx, order, got)
		verdict = got
	}
	return verdict
}

func BenchmarkRun(b *testing.B) {
	ctx := socket(binary.NativeEndian, 2, 1, 6)
	for b.Loop() {
		if v, _ := cbpf.Run(cases.SocketAllowList, ctx, nil); v != 1 {
			b.Fatal(v)
		}
	}
}
