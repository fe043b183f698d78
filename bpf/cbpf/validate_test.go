package cbpf_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/cbpf/cases"
)

// TestProbes has what Validate says of the list that tests/cbpf puts to
// kernels.
func TestProbes(t *testing.T) {
	for _, p := range cases.Probes {
		err := cbpf.Validate(p.Program)
		if p.Rule == 0 {
			if err != nil {
				t.Errorf("%s: %v, want it valid", p.Name, err)
			}
			continue
		}
		var e *cbpf.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no *Error but %v, want %v", p.Name, err, p.Rule)
			continue
		}
		if e.Rule != p.Rule || e.Index != p.Index {
			t.Errorf("%s: %v at %d, want %v at %d (%v)", p.Name, e.Rule, e.Index, p.Rule, p.Index, e)
		}
		for name, err := range map[string]error{"Run": run(p.Program), "Explain": explain(p.Program)} {
			if err == nil || err.Error() != e.Error() {
				t.Errorf("%s: %s says %v, Validate %v", p.Name, name, err, e)
			}
		}
	}
	t.Logf("%d probes", len(cases.Probes))
}

func run(p cbpf.Program) error {
	_, err := cbpf.Run(p, cbpf.Context{}, nil)
	return err
}

func explain(p cbpf.Program) error {
	_, err := cbpf.Explain(p, cbpf.Context{}, nil)
	return err
}

// TestErrors has one text for each kind of refusal.
func TestErrors(t *testing.T) {
	for name, want := range map[string]string{
		"empty":                  "program: is empty; ret #0x1 accepts every request, ret #0x0 denies every one",
		"4097 instructions":      "program: has 4097 instructions, the kernel takes 4096; share common endings, test bits instead of values, or split it into filters that must all accept",
		"no ret":                 "l0: ld [0]: the last instruction does not return; add ret #0x1 or ret #0x0 behind it",
		"word at 18":             "l0: ld [18]: the offset is no multiple of 4; ld [16], then rsh and and",
		"word behind the end":    "l0: ld [40]: the context has 40 bytes; load at an offset of at most 36",
		"ancillary: CPU":         "l0: ld [4294963236]: a request has no ancillary data; use what the context holds",
		"half word":              "l0: ldh [8]: a filter loads words of 32 bits only; ld [8], then rsh and and, which depends on the byte order",
		"byte at X":              "l0: ldb [x+8]: a filter cannot load at an offset in X; load at constant offsets, and jump to the one that is wanted",
		"header length":          "l0: ldxb 4*([0]&0xf): a filter cannot load the length of an IP header; load the word that holds it, then rsh, and, lsh and tax",
		"word into X":            "l0: nosup 0x21, 0, 0, 0x0: a filter cannot load from the context into X; ld [0], tax",
		"ret x at the end":       "l0: ret x: a filter cannot return X; txa, ret a",
		"remainder":              "l0: mod #3: a filter has no remainder; tax, div #3, mul #3, sub x, neg; or and, for a power of two",
		"remainder by X":         "l0: mod x: a filter has no remainder; st M[0], div x, mul x, tax, ld M[0], sub x",
		"op of eBPF: call":       "l0: nosup 0x85, 0, 0, 0x1: no instruction has op 0x85; use those that the documentation of cbpf lists",
		"division by 0":          "l0: div #0: divides by zero; ret #0x0, if denying is what it is for",
		"left by 32":             "l0: lsh #32: shifts by more than 31 bits; ld #0x0, if no bit is to be left",
		"ld M[16]":               "l0: ld M[16]: there is no M[16]; use M[0] to M[15]",
		"behind the last":        "l0: ja l3: skips 2 of the 2 instructions that follow; jump to an instruction of the program",
		"backwards to the start": "l2: ja l0: jumps backwards by 3; jump forwards; write a loop's rounds one after the other",
		"stored on one way only": "l2: ld M[3]: M[3] is not stored on every way to here; st M[3] at the start of the program",
		"a ret that has stored nothing": "l4: ld M[3]: M[3] is not stored on every way to here, since to the kernel a ret goes on to what is behind it; " +
			"move the rets to the end and jump there, or st M[3] at the start of the program",
		"conditional behind the last if false": "l0: jeq #0x1, l1, l3: skips 2 of the 2 instructions that follow; jump to an instruction of the program",
	} {
		p, ok := probe(name)
		if !ok {
			t.Errorf("no probe %q", name)
		} else if err := cbpf.Validate(p.Program); err == nil || err.Error() != want {
			t.Errorf("%s:\n %v, want\n %s", name, err, want)
		}
	}
}

func probe(name string) (cases.Probe, bool) {
	for _, p := range cases.Probes {
		if p.Name == name {
			return p, true
		}
	}
	return cases.Probe{}, false
}

// TestRemedies takes remedies at their word.
func TestRemedies(t *testing.T) {
	k := func(op uint16, k uint32) cbpf.Instruction { return cbpf.Instruction{Op: op, K: k} }
	const alu, withX, tax, txa = cbpf.BPF_ALU, cbpf.BPF_X, cbpf.BPF_MISC | cbpf.BPF_TAX, cbpf.BPF_MISC | cbpf.BPF_TXA
	reta := k(cbpf.BPF_RET|cbpf.BPF_A, 0)
	before := []cbpf.Instruction{k(cbpf.BPF_LDX, 7), k(cbpf.BPF_LD, 0xfffffffb)}
	for _, c := range []struct {
		refused cbpf.Instruction
		remedy  cbpf.Program
		want    uint32
	}{
		{k(cbpf.BPF_RET|withX, 0), cbpf.Program{k(txa, 0), reta}, 7},
		{k(cbpf.BPF_LDX|cbpf.BPF_ABS, 36), cbpf.Program{cbpf.LoadWord(36), k(tax, 0), k(txa, 0), reta}, 0x01020304},
		{k(alu|cbpf.BPF_LSH, 32), cbpf.Program{k(cbpf.BPF_LD, 0), reta}, 0},
		{k(cbpf.BPF_LD|cbpf.BPF_H|cbpf.BPF_ABS, 38), cbpf.Program{cbpf.LoadWord(36), cbpf.And(0xffff), reta}, 0x0304},
		{k(cbpf.BPF_LD|cbpf.BPF_B|cbpf.BPF_ABS, 37), cbpf.Program{cbpf.LoadWord(36), cbpf.ShiftRight(16), cbpf.And(0xff), reta}, 0x02},
		{k(alu|cbpf.BPF_MOD, 3), cbpf.Program{k(tax, 0), k(alu|cbpf.BPF_DIV, 3), k(alu|cbpf.BPF_MUL, 3), k(alu|cbpf.BPF_SUB|withX, 0), k(alu|cbpf.BPF_NEG, 0), reta}, 0xfffffffb % 3},
		{k(alu|cbpf.BPF_MOD|withX, 0), cbpf.Program{
			k(cbpf.BPF_ST, 0), k(alu|cbpf.BPF_DIV|withX, 0), k(alu|cbpf.BPF_MUL|withX, 0), k(tax, 0),
			k(cbpf.BPF_LD|cbpf.BPF_MEM, 0), k(alu|cbpf.BPF_SUB|withX, 0), reta,
		}, 0xfffffffb % 7},
	} {
		if cbpf.Validate(cbpf.Program{c.refused, cbpf.Return(1)}) == nil {
			t.Errorf("%v is valid", c.refused)
		}
		got, err := cbpf.Run(append(before[:2:2], c.remedy...), cbpf.Context{36: 1, 37: 2, 38: 3, 39: 4}, binary.BigEndian)
		if got != c.want || err != nil {
			t.Errorf("the remedy for %v gives %#x, %v, want %#x", c.refused, got, err, c.want)
		}
	}
}

// TestRemedyBehindTheContext: no advice to load what cannot be loaded.
func TestRemedyBehindTheContext(t *testing.T) {
	err := cbpf.Validate(cbpf.Program{{Op: cbpf.BPF_LD | cbpf.BPF_B | cbpf.BPF_ABS, K: 60}, cbpf.Return(1)})
	const want = "l0: ldb [60]: a filter loads words of 32 bits only; load at an offset of at most 36"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for r := cbpf.RuleLength; r <= cbpf.RuleUnset; r++ {
		if s := r.String(); seen[s] || strings.HasPrefix(s, "Rule(") {
			t.Errorf("rule %d is %q", r, s)
		}
		seen[r.String()] = true
	}
	for _, r := range []cbpf.Rule{0, 99} {
		if !strings.HasPrefix(r.String(), "Rule(") {
			t.Errorf("rule %d is %q", uint8(r), r)
		}
	}
}

// TestNoAllocation covers programs of all lengths, with and without M.
func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	programs := []cbpf.Program{cases.SocketAllowList}
	for range 50 {
		programs = append(programs, cases.Valid(r))
	}
	ctx := cases.Request(r)
	for name, f := range map[string]func(cbpf.Program){
		"Validate": func(p cbpf.Program) { _ = cbpf.Validate(p) },
		"Run":      func(p cbpf.Program) { _, _ = cbpf.Run(p, ctx, orders[0]) },
	} {
		if n := testing.AllocsPerRun(10, func() {
			for _, p := range programs {
				f(p)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
