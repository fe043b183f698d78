package cbpf_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/cbpf/cases"
)

func TestProgramString(t *testing.T) {
	const want = `l0:	ld [16]
l1:	jeq #0x2, l3, l2
l2:	jeq #0xa, l3, l9
l3:	ld [20]
l4:	and #0xf
l5:	jeq #0x1, l6, l9
l6:	ld [24]
l7:	jeq #0x0, l10, l8
l8:	jeq #0x6, l10, l9
l9:	ret #0x0
l10:	ret #0x1
`
	if got := cases.SocketAllowList.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := (cbpf.Program{}).String(); got != "" {
		t.Errorf("nothing is %q", got)
	}
}

func TestInstructionString(t *testing.T) {
	for want, in := range map[string]cbpf.Instruction{
		"ld #0x0":                      {},
		"ld [16]":                      cbpf.LoadWord(16),
		"and #0xf":                     cbpf.And(15),
		"rsh #8":                       cbpf.ShiftRight(8),
		"ja +7":                        cbpf.Jump(7),
		"ja -1":                        cbpf.Jump(0xffffffff),
		"jeq #0x2, +0, +3":             cbpf.JumpEqual(2, 0, 3),
		"jgt #0x400, +1, +0":           cbpf.JumpGreater(1024, 1, 0),
		"jge #0xffffffff, +1, +0":      cbpf.JumpGreaterEqual(0xffffffff, 1, 0),
		"jset #0x80, +255, +2":         cbpf.JumpSet(128, 255, 2),
		"jeq x, +1, +2":                {Op: cbpf.BPF_JMP | cbpf.BPF_JEQ | cbpf.BPF_X, JT: 1, JF: 2},
		"ret #0x1":                     cbpf.Return(1),
		"ret a":                        {Op: cbpf.BPF_RET | cbpf.BPF_A, K: 5},
		"ret x":                        {Op: cbpf.BPF_RET | cbpf.BPF_X},
		"ld #len":                      {Op: cbpf.BPF_LD | cbpf.BPF_LEN, K: 3},
		"ldx M[15]":                    {Op: cbpf.BPF_LDX | cbpf.BPF_MEM, K: 15},
		"stx M[3]":                     {Op: cbpf.BPF_STX, K: 3},
		"sub #4294967295":              {Op: cbpf.BPF_ALU | cbpf.BPF_SUB, K: 0xffffffff},
		"neg":                          {Op: cbpf.BPF_ALU | cbpf.BPF_NEG, JT: 9},
		"txa":                          {Op: cbpf.BPF_MISC | cbpf.BPF_TXA},
		"ldb [x+14]":                   {Op: cbpf.BPF_LD | cbpf.BPF_B | cbpf.BPF_IND, K: 14},
		"ldxb 4*([14]&0xf)":            {Op: cbpf.BPF_LDX | cbpf.BPF_B | cbpf.BPF_MSH, K: 14},
		"nosup 0x85, 1, 2, 0xffffffff": {Op: 0x85, JT: 1, JF: 2, K: 0xffffffff},
		"nosup 0xffff, 255, 255, 0x0":  {Op: 0xffff, JT: 255, JF: 255},
		"nosup 0x106, 0, 0, 0x1":       {Op: 0x106, K: 1},
	} {
		if got := in.String(); got != want {
			t.Errorf("%#v is %q, want %q", in, got, want)
		}
	}
}

// TestStringsTell: what differs in what the kernel looks at differs in text.
func TestStringsTell(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		checkText(t, cases.Random(r))
	}
	for op := range 1 << 16 {
		checkText(t, cases.Op(uint16(op)))
	}
}

// checkText reads a program's text back.
func checkText(t *testing.T, p cbpf.Program) {
	t.Helper()
	text := p.String()
	if n := strings.Count(text, "\n"); n != len(p) {
		t.Fatalf("%d lines for %d instructions:\n%s", n, len(p), text)
	}
	i := 0
	for line := range strings.Lines(text) {
		var s statement
		if err := s.parse(strings.TrimSuffix(line, "\n"), i); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if got, want := s.instruction(i), looked(p[i]); got != want {
			t.Fatalf("%q reads as %#v, but is %#v", line, got, want)
		}
		i++
	}
}

// looked is an instruction without what the kernel ignores.
func looked(in cbpf.Instruction) cbpf.Instruction {
	text := in.String()
	switch {
	case strings.HasPrefix(text, "nosup"):
		return in
	case !strings.HasPrefix(text, "j") || in.Op == cbpf.BPF_JMP:
		in.JT, in.JF = 0, 0
	}
	if !strings.ContainsAny(text[1:], "0123456789") || in.Op&7 == cbpf.BPF_JMP && in.Op&8 != 0 {
		in.K = 0
	}
	return in
}

// statement is a line of a disassembly.
type statement struct {
	name   string
	kind   string // operand: k, [], [x+], M, a, x, len, 4*, nosup or none
	k      uint32
	labels []int
	raw    cbpf.Instruction
}

// parse reads line i of a program, with the grammar of bpf_asm.
func (s *statement) parse(line string, i int) error {
	label, rest, ok := strings.Cut(line, ":\t")
	if !ok || label != "l"+strconv.Itoa(i) {
		return fmt.Errorf("line %d has no label of its own: %q", i, line)
	}
	var args string
	s.name, args, _ = strings.Cut(rest, " ")
	if s.name == "nosup" {
		s.kind = "nosup"
		_, err := fmt.Sscanf(args, "%v, %v, %v, %v", &s.raw.Op, &s.raw.JT, &s.raw.JF, &s.raw.K)
		return err
	}
	for arg := range strings.SplitSeq(args, ", ") {
		if l, ok := strings.CutPrefix(arg, "l"); ok {
			n, err := strconv.Atoi(l)
			if err != nil {
				return err
			}
			s.labels = append(s.labels, n)
		} else if err := s.operand(arg); err != nil {
			return err
		}
	}
	return nil
}

func (s *statement) operand(arg string) (err error) {
	number := ""
	switch {
	case arg == "#len":
		s.kind = "len"
	case arg == "a", arg == "x", arg == "":
		s.kind = arg
	case strings.HasPrefix(arg, "#"):
		s.kind, number = "k", arg[1:]
	case strings.HasPrefix(arg, "M["):
		s.kind, number = "M", arg[2:len(arg)-1]
	case strings.HasPrefix(arg, "[x+"):
		s.kind, number = "[x+]", arg[3:len(arg)-1]
	case strings.HasPrefix(arg, "["):
		s.kind, number = "[]", arg[1:len(arg)-1]
	case strings.HasPrefix(arg, "4*(["):
		s.kind, number = "4*", strings.TrimSuffix(arg[4:], "]&0xf)")
	default:
		return fmt.Errorf("operand %q", arg)
	}
	if number != "" {
		var n uint64
		n, err = strconv.ParseUint(number, 0, 32)
		s.k = uint32(n)
	}
	return err
}

// instruction assembles statement i.
func (s *statement) instruction(i int) cbpf.Instruction {
	if s.kind == "nosup" {
		return s.raw
	}
	in := cbpf.Instruction{Op: assembler[s.name+" "+s.kind], K: s.k}
	switch len(s.labels) {
	case 1:
		in.K = uint32(s.labels[0] - i - 1)
	case 2:
		in.JT, in.JF = uint8(s.labels[0]-i-1), uint8(s.labels[1]-i-1)
	}
	return in
}

// assembler has the codes as numbers, from the manual of bpf_asm and
// linux/bpf_common.h.
var assembler = map[string]uint16{
	"ld k": 0x00, "ld []": 0x20, "ld [x+]": 0x40, "ld M": 0x60, "ld len": 0x80,
	"ldh []": 0x28, "ldh [x+]": 0x48, "ldb []": 0x30, "ldb [x+]": 0x50,
	"ldx k": 0x01, "ldx M": 0x61, "ldx len": 0x81, "ldxb 4*": 0xb1,
	"st M": 0x02, "stx M": 0x03,
	"add k": 0x04, "add x": 0x0c, "sub k": 0x14, "sub x": 0x1c, "mul k": 0x24, "mul x": 0x2c,
	"div k": 0x34, "div x": 0x3c, "or k": 0x44, "or x": 0x4c, "and k": 0x54, "and x": 0x5c,
	"lsh k": 0x64, "lsh x": 0x6c, "rsh k": 0x74, "rsh x": 0x7c, "neg ": 0x84,
	"mod k": 0x94, "mod x": 0x9c, "xor k": 0xa4, "xor x": 0xac,
	"ja ": 0x05, "jeq k": 0x15, "jeq x": 0x1d, "jgt k": 0x25, "jgt x": 0x2d,
	"jge k": 0x35, "jge x": 0x3d, "jset k": 0x45, "jset x": 0x4d,
	"ret k": 0x06, "ret x": 0x0e, "ret a": 0x16,
	"tax ": 0x07, "txa ": 0x87,
}
