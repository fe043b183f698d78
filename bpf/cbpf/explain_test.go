package cbpf_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/cbpf/cases"
)

func TestExplain(t *testing.T) {
	op := func(op uint16, k uint32) cbpf.Instruction { return cbpf.Instruction{Op: op, K: k} }
	reta := cbpf.Instruction{Op: cbpf.BPF_RET | cbpf.BPF_A}
	doubled := cbpf.Program{cbpf.LoadWord(16)}
	for range 20 {
		doubled = append(doubled, op(cbpf.BPF_MISC, 0), op(cbpf.BPF_ALU|cbpf.BPF_ADD|cbpf.BPF_X, 0))
	}
	for name, c := range map[string]struct {
		p                cbpf.Program
		family, typ, prt uint32
		want             string
	}{
		"UDP":      {cases.SocketAllowList, 2, 2, 17, "denied by l5: jeq #0x1, l6, l9 is false, for [20] & 0xf = 0x2\npath: l0-l1 l3-l5 l9"},
		"unix":     {cases.SocketAllowList, 1, 1, 0, "denied by l2: jeq #0xa, l3, l9 is false, for [16] = 0x1\npath: l0-l2 l9"},
		"TCP":      {cases.SocketAllowList, 10, 1, 6, "accepted (0x1) by l8: jeq #0x6, l10, l9 is true, for [24] = 0x6\npath: l0-l8 l10"},
		"whatever": {cbpf.Program{cbpf.LoadWord(0), cbpf.Return(7)}, 0, 0, 0, "accepted (0x7) by l1: ret #0x7\npath: l0-l1"},
		"both ways alike": {
			cbpf.Program{cbpf.LoadWord(16), cbpf.JumpEqual(1, 1, 0), cbpf.Return(0), cbpf.Return(0)}, 1, 0, 0,
			"denied by l3: ret #0x0\npath: l0-l1 l3",
		},
		"a jump that settles it, then one that does not": {
			cbpf.Program{cbpf.LoadWord(16), cbpf.JumpEqual(1, 0, 3), cbpf.LoadWord(20), cbpf.JumpGreater(5, 0, 1), cbpf.Return(2), cbpf.Return(0)}, 1, 9, 0,
			"accepted (0x2) by l3: jgt #0x5, l4, l5 is true, for [20] = 0x9\npath: l0-l4",
		},
		"a later jump that changes nothing": {
			cbpf.Program{cbpf.LoadWord(16), cbpf.JumpEqual(1, 0, 3), cbpf.LoadWord(20), cbpf.JumpGreater(5, 0, 0), cbpf.Return(2), cbpf.Return(0)}, 1, 9, 0,
			"accepted (0x2) by l1: jeq #0x1, l2, l5 is true, for [16] = 0x1\npath: l0-l4",
		},
		"ret a": {cbpf.Program{cbpf.LoadWord(16), op(cbpf.BPF_ALU|cbpf.BPF_SUB, 2), reta}, 2, 0, 0, "denied by l2: ret a, which is [16] - 2 = 0x0\npath: l0-l2"},
		"ret a, a constant": {
			cbpf.Program{cbpf.LoadWord(16), cbpf.JumpEqual(2, 0, 1), op(cbpf.BPF_LD, 0), reta}, 2, 0, 0,
			"denied by l1: jeq #0x2, l2, l3 is true, for [16] = 0x2\npath: l0-l3",
		},
		"div": {
			cbpf.Program{cbpf.LoadWord(24), op(cbpf.BPF_MISC, 0), op(cbpf.BPF_LD|cbpf.BPF_LEN, 0), op(cbpf.BPF_ALU|cbpf.BPF_DIV|cbpf.BPF_X, 0), cbpf.Return(1)}, 2, 0, 0,
			"denied by l3: div x, where x is [24] = 0x0\npath: l0-l3",
		},
		"a way around a div": {
			cbpf.Program{cbpf.LoadWord(24), op(cbpf.BPF_MISC, 0), cbpf.LoadWord(16), cbpf.JumpEqual(2, 1, 0), op(cbpf.BPF_ALU|cbpf.BPF_DIV|cbpf.BPF_X, 0), cbpf.Return(1)}, 2, 0, 0,
			"accepted (0x1) by l3: jeq #0x2, l5, l4 is true, for [16] = 0x2\npath: l0-l3 l5",
		},
		"two values": {
			cbpf.Program{cbpf.LoadWord(24), op(cbpf.BPF_STX, 1), op(cbpf.BPF_MISC, 0), cbpf.LoadWord(16), op(cbpf.BPF_ALU|cbpf.BPF_LSH, 1), op(cbpf.BPF_ALU|cbpf.BPF_NEG, 0),
				{Op: cbpf.BPF_JMP | cbpf.BPF_JGE | cbpf.BPF_X, JF: 1}, cbpf.Return(1), cbpf.Return(0)}, 1, 0, 5,
			"accepted (0x1) by l6: jge x, l7, l8 is true, for -([16] << 1) = 0xfffffffe and x is [24] = 0x5\npath: l0-l7",
		},
		"constants": {
			cbpf.Program{op(cbpf.BPF_LD, 3), op(cbpf.BPF_ALU|cbpf.BPF_ADD, 4), op(cbpf.BPF_ST, 2), op(cbpf.BPF_LDX|cbpf.BPF_MEM, 2), op(cbpf.BPF_MISC|cbpf.BPF_TXA, 0), cbpf.JumpSet(2, 0, 1), cbpf.Return(1), cbpf.Return(0)}, 0, 0, 0,
			"accepted (0x1) by l5: jset #0x2, l6, l7 is true, for 0x7\npath: l0-l6",
		},
		"too long": {append(doubled, reta), 1, 0, 0, "accepted (0x100000) by l41: ret a, which is … + … = 0x100000\npath: l0-l41"},
	} {
		e, err := cbpf.Explain(c.p, socket(binary.BigEndian, c.family, c.typ, c.prt), binary.BigEndian)
		if err != nil || e.String() != c.want {
			t.Errorf("%s: %v\n%v\nwant\n%s", name, err, e, c.want)
		}
	}
}

func TestExplainNothing(t *testing.T) {
	for _, e := range []*cbpf.Explanation{nil, {}, {Decided: 3}, {Decided: -1}} {
		if e.String() != "no explanation" {
			t.Errorf("%#v: %q", e, e)
		}
	}
}

// checkExplanation wants an explanation that is true.
func checkExplanation(t *testing.T, p cbpf.Program, ctx cbpf.Context, order binary.ByteOrder, verdict uint32) {
	t.Helper()
	e, err := cbpf.Explain(p, ctx, order)
	if err != nil {
		t.Fatal(err)
	}
	if e.Verdict != verdict {
		t.Fatalf("Explain says %#x, Run %#x\n%v", e.Verdict, verdict, p)
	}
	for i, s := range e.Path {
		if s.Instruction != p[s.Index] {
			t.Fatalf("step %d has %v, which is not l%d", i, s.Instruction, s.Index)
		}
		if last := i == len(e.Path)-1; last != (s.Next == -1) || !last && s.Next != e.Path[i+1].Index {
			t.Fatalf("step %d goes to l%d, in a path of %d", i, s.Next, len(e.Path))
		}
	}
	if e.Path[0].Index != 0 || e.Decided < 0 || e.Decided >= len(e.Path) {
		t.Fatalf("path from %d, decided at %d of %d", e.Path[0].Index, e.Decided, len(e.Path))
	}
	if text := e.String(); strings.Count(text, "\n") != 1 || strings.HasPrefix(text, "denied") != (verdict == 0) {
		t.Fatalf("verdict %#x, text %q", verdict, text)
	}
	if end := e.Path[len(e.Path)-1].Instruction.Op; e.Decided == len(e.Path)-1 && end == cbpf.BPF_RET|cbpf.BPF_K {
		return
	}
	checkSettled(t, p, e)
}

// checkSettled walks all ways on from the step that decided: none but ret a and
// div x may end differently.
func checkSettled(t *testing.T, p cbpf.Program, e *cbpf.Explanation) {
	t.Helper()
	if e.Decided == len(e.Path)-1 {
		return
	}
	seen := map[int]bool{}
	for _, s := range e.Path[e.Decided+1:] { // the other ways off the rest of the path
		in := p[s.Index]
		if in.Op&7 == cbpf.BPF_JMP && in.Op != cbpf.BPF_JMP {
			for _, skip := range []uint8{in.JT, in.JF} {
				checkAlike(t, p, s.Index+1+int(skip), e, seen)
			}
		}
	}
}

func checkAlike(t *testing.T, p cbpf.Program, i int, e *cbpf.Explanation, seen map[int]bool) {
	t.Helper()
	for ; !seen[i]; i++ {
		seen[i] = true
		switch in := p[i]; {
		case in.Op == cbpf.BPF_RET:
			if (in.K == 0) != (e.Verdict == 0) {
				t.Fatalf("l%d could still end differently, after the step that decided: %v\n%v", i, e, p)
			}
			return
		case in.Op == cbpf.BPF_RET|cbpf.BPF_A:
			return
		case in.Op == cbpf.BPF_JMP:
			i += int(in.K)
		case in.Op&7 == cbpf.BPF_JMP:
			checkAlike(t, p, i+1+int(in.JT), e, seen)
			i += int(in.JF)
		}
	}
}
