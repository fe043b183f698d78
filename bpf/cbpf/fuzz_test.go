package cbpf_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/cbpf/cases"
)

// encode is a program as the fuzzer has it: 8 bytes an instruction.
func encode(p cbpf.Program) (b []byte) {
	for _, in := range p {
		b = binary.LittleEndian.AppendUint16(b, in.Op)
		b = append(b, in.JT, in.JF)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	return b
}

func decode(b []byte) cbpf.Program {
	p := cbpf.Program{}
	for ; len(b) >= 8; b = b[8:] {
		p = append(p, cbpf.Instruction{
			Op: binary.LittleEndian.Uint16(b), JT: b[2], JF: b[3], K: binary.LittleEndian.Uint32(b[4:]),
		})
	}
	return p
}

func seed(add func(p cbpf.Program, ctx cbpf.Context)) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, p := range cases.Probes {
		if len(p.Program) < 300 {
			add(p.Program, cases.Request(r))
		}
	}
	for range 50 {
		add(cases.Random(r), cases.Request(r))
	}
	add(cases.SocketAllowList, socket(binary.LittleEndian, 2, 1, 6))
}

// FuzzValidate: a refusal says what is wrong with what; what is accepted reads
// no word that was not stored and does not leave the program, on any way.
func FuzzValidate(f *testing.F) {
	seed(func(p cbpf.Program, _ cbpf.Context) { f.Add(encode(p)) })
	f.Fuzz(func(t *testing.T, b []byte) {
		p := decode(b)
		err := cbpf.Validate(p)
		if err == nil {
			checkWays(t, p)
			return
		}
		var e *cbpf.Error
		if !errors.As(err, &e) || e.Reason == "" || e.Remedy == "" || e.Rule.String() == "" {
			t.Fatalf("a poor error: %#v", err)
		}
		if e.Index >= len(p) || e.Index < -1 || (e.Index < 0) != (e.Rule == cbpf.RuleLength) {
			t.Fatalf("index %d of %d for %v", e.Index, len(p), e.Rule)
		}
		if e.Index >= 0 && e.Instruction != p[e.Index] {
			t.Fatalf("%v is not l%d", e.Instruction, e.Index)
		}
		if _, err := cbpf.Run(p, cbpf.Context{}, nil); err == nil {
			t.Fatal("a program that was refused runs")
		}
	})
}

// checkWays computes what is stored at each instruction from where one can come
// from, as a set that only shrinks; rets end ways here.
func checkWays(t *testing.T, p cbpf.Program) {
	t.Helper()
	stored := make([]uint32, len(p))
	reached := make([]bool, len(p))
	for i := range stored {
		stored[i] = 0xffff
	}
	stored[0], reached[0] = 0, true
	for i, in := range p {
		if !reached[i] {
			continue
		}
		after, skips := stored[i], []uint32{0}
		switch class := in.Op & 7; {
		case class == cbpf.BPF_ST, class == cbpf.BPF_STX:
			after |= 1 << in.K
		case class <= cbpf.BPF_LDX && in.Op&0xe0 == cbpf.BPF_MEM && after>>in.K&1 == 0:
			t.Fatalf("l%d reads M[%d], which was not stored\n%v", i, in.K, p)
		case in.Op == cbpf.BPF_JMP:
			skips = []uint32{in.K}
		case class == cbpf.BPF_JMP:
			skips = []uint32{uint32(in.JT), uint32(in.JF)}
		case class == cbpf.BPF_RET:
			skips = nil
		}
		for _, s := range skips {
			to := uint64(i) + 1 + uint64(s)
			if to >= uint64(len(p)) {
				t.Fatalf("l%d leaves the program\n%v", i, p)
			}
			stored[to] &= after
			reached[to] = true
		}
	}
}

// FuzzRun: Run, Explain and an interpreter of another kind agree.
func FuzzRun(f *testing.F) {
	seed(func(p cbpf.Program, ctx cbpf.Context) { f.Add(encode(p), ctx[:]) })
	f.Fuzz(func(t *testing.T, b, request []byte) {
		p := decode(b)
		if cbpf.Validate(p) != nil {
			return
		}
		var ctx cbpf.Context
		copy(ctx[:], request)
		checkRun(t, p, ctx)
	})
}

// FuzzRandomRun is FuzzRun on programs that are valid by construction.
func FuzzRandomRun(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		p := cases.Valid(r)
		for range 4 {
			checkRun(t, p, cases.Request(r))
		}
	})
}

// FuzzString: the text can be read back, whether the program is valid or not.
func FuzzString(f *testing.F) {
	seed(func(p cbpf.Program, _ cbpf.Context) { f.Add(encode(p)) })
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 8*32 { // a line depends on no other
			return
		}
		checkText(t, decode(b))
	})
}
