package cases

import (
	"math/rand/v2"

	"github.com/uringgen/uringgen/bpf/cbpf"
)

// constants are the ones where programs go wrong.
var constants = []uint32{0, 1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 24, 31, 32, 36, 39, 40, 0xff, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff}

// Constant is a constant, one in three of them random.
func Constant(r *rand.Rand) uint32 {
	if r.IntN(3) == 0 {
		return r.Uint32() >> r.IntN(32)
	}
	return constants[r.IntN(len(constants))]
}

// ops are those that kernels take.
var ops = func() (list []uint16) {
	for op := range uint16(256) {
		if cbpf.Validate(Op(op)) == nil {
			list = append(list, op)
		}
	}
	return list
}()

// Random is a program, valid about every other time. It is the same for the
// same source.
func Random(r *rand.Rand) cbpf.Program {
	p := Valid(r)
	switch r.IntN(4) {
	case 0: // valid
	case 1:
		return loose(r)
	default:
		mutate(r, p)
	}
	return p
}

// loose is instructions that know nothing of each other.
func loose(r *rand.Rand) cbpf.Program {
	p := make(cbpf.Program, 1+r.IntN(12))
	for i := range p {
		p[i] = cbpf.Instruction{Op: ops[r.IntN(len(ops))], JT: uint8(r.IntN(4)), JF: uint8(r.IntN(4)), K: uint32(r.IntN(8))}
	}
	p[len(p)-1] = cbpf.Return(uint32(r.IntN(2)))
	return p
}

// mutate changes one thing.
func mutate(r *rand.Rand, p cbpf.Program) {
	in := &p[r.IntN(len(p))]
	switch r.IntN(6) {
	case 0:
		in.Op = uint16(r.IntN(256))
	case 1:
		in.JT = uint8(r.Uint32())
	case 2:
		in.JF = uint8(r.IntN(len(p)))
	case 3:
		in.K = Constant(r)
	case 4:
		in.Op ^= 1 << r.IntN(9)
	case 5:
		j := r.IntN(len(p))
		*in, p[j] = p[j], *in
	}
}

// Valid is a program that kernels take.
func Valid(r *rand.Rand) cbpf.Program {
	for {
		if p := probable(r); cbpf.Validate(p) == nil {
			return p
		}
	}
}

// probable is a program that breaks no rule but perhaps the one on reading what
// was not stored.
func probable(r *rand.Rand) cbpf.Program {
	n := 1 + r.IntN(24)
	if r.IntN(50) == 0 {
		n = 1 + r.IntN(600)
	}
	var p cbpf.Program
	words := 1 + r.IntN(4)
	for i := range words {
		if n > 8 {
			p = append(p, cbpf.Instruction{Op: cbpf.BPF_ST + uint16(r.IntN(2)), K: uint32(i)})
		}
	}
	for len(p) < n {
		p = append(p, likely(r, n-len(p), words))
	}
	ends := []cbpf.Instruction{cbpf.Return(0), cbpf.Return(1), cbpf.Return(Constant(r)), {Op: cbpf.BPF_RET | cbpf.BPF_A}}
	return append(p, ends[r.IntN(4)], ends[r.IntN(4)])
}

// likely is an instruction with so many behind it.
func likely(r *rand.Rand, behind, words int) cbpf.Instruction {
	in := cbpf.Instruction{Op: ops[r.IntN(len(ops))], K: Constant(r)}
	if r.IntN(4) == 0 {
		in.Op = cbpf.BPF_LD | cbpf.BPF_W | cbpf.BPF_ABS
	}
	switch {
	case in.Op == cbpf.BPF_LD|cbpf.BPF_W|cbpf.BPF_ABS:
		in.K = uint32(r.IntN(10)) * 4
	case in.Op == cbpf.BPF_JMP|cbpf.BPF_JA:
		in.K = uint32(r.IntN(behind + 1))
	case in.Op&7 == cbpf.BPF_JMP:
		in.JT, in.JF = uint8(r.IntN(min(behind, 255)+1)), uint8(r.IntN(min(behind, 255)+1))
	case in.Op&7 == cbpf.BPF_ST, in.Op&7 == cbpf.BPF_STX, in.Op&0xe0 == cbpf.BPF_MEM && in.Op&7 <= cbpf.BPF_LDX:
		in.K = uint32(r.IntN(words))
	case in.Op&7 == cbpf.BPF_ALU && in.Op&8 == 0:
		in.K = max(in.K, 1)
		if op := in.Op & 0xf0; op == cbpf.BPF_LSH || op == cbpf.BPF_RSH {
			in.K %= 32
		}
	case in.Op&7 == cbpf.BPF_RET && r.IntN(3) > 0: // most are at the end
		in = cbpf.LoadWord(uint32(r.IntN(10)) * 4)
	}
	return in
}

// Request is what a filter sees of a request: random, with zeros and repeated
// words.
func Request(r *rand.Rand) (ctx cbpf.Context) {
	for i := 0; i < len(ctx); i += 4 {
		v := Constant(r)
		if r.IntN(4) == 0 {
			v = r.Uint32()
		}
		ctx[i], ctx[i+1], ctx[i+2], ctx[i+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	}
	return ctx
}
