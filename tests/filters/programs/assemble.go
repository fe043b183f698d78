package programs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/bpf/cbpf"
)

// operation is how a mnemonic and the kind of its operand are encoded.
type operation struct {
	name    string
	operand byte // '#' constant, '[' place in the context, 'M' scratch word, 'a' or 'x' register, 'l' length, ':' label, 0 none
}

var operations = map[operation]uint16{
	{"ld", '['}: cbpf.BPF_LD | cbpf.BPF_W | cbpf.BPF_ABS, {"ld", '#'}: cbpf.BPF_LD | cbpf.BPF_IMM, {"ld", 'M'}: cbpf.BPF_LD | cbpf.BPF_MEM, {"ld", 'l'}: cbpf.BPF_LD | cbpf.BPF_LEN,
	{"ldx", '#'}: cbpf.BPF_LDX | cbpf.BPF_IMM, {"ldx", 'M'}: cbpf.BPF_LDX | cbpf.BPF_MEM, {"ldx", 'l'}: cbpf.BPF_LDX | cbpf.BPF_LEN,
	{"st", 'M'}: cbpf.BPF_ST, {"stx", 'M'}: cbpf.BPF_STX,
	{"neg", 0}: cbpf.BPF_ALU | cbpf.BPF_NEG, {"tax", 0}: cbpf.BPF_MISC | cbpf.BPF_TAX, {"txa", 0}: cbpf.BPF_MISC | cbpf.BPF_TXA,
	{"ret", '#'}: cbpf.BPF_RET, {"ret", 'a'}: cbpf.BPF_RET | cbpf.BPF_A, {"ja", ':'}: cbpf.BPF_JMP | cbpf.BPF_JA,
}

func init() {
	for name, op := range map[string]uint16{
		"add": cbpf.BPF_ADD, "sub": cbpf.BPF_SUB, "mul": cbpf.BPF_MUL, "div": cbpf.BPF_DIV, "and": cbpf.BPF_AND,
		"or": cbpf.BPF_OR, "xor": cbpf.BPF_XOR, "lsh": cbpf.BPF_LSH, "rsh": cbpf.BPF_RSH,
	} {
		operations[operation{name, '#'}] = cbpf.BPF_ALU | op
		operations[operation{name, 'x'}] = cbpf.BPF_ALU | op | cbpf.BPF_X
	}
	for name, op := range jumps {
		operations[operation{name, '#'}] = cbpf.BPF_JMP | op
		operations[operation{name, 'x'}] = cbpf.BPF_JMP | op | cbpf.BPF_X
	}
}

// jumps are conditional. inverse ones go to their label if the condition of
// the op does not hold.
var (
	jumps   = map[string]uint16{"jeq": cbpf.BPF_JEQ, "jgt": cbpf.BPF_JGT, "jge": cbpf.BPF_JGE, "jset": cbpf.BPF_JSET, "jne": cbpf.BPF_JEQ, "jlt": cbpf.BPF_JGE, "jle": cbpf.BPF_JGT}
	inverse = map[string]bool{"jne": true, "jlt": true, "jle": true}
)

// Assemble reads the text of a program: that of [cbpf.Program.String], and of
// the kernel's bpf_asm, where a label is any word, a conditional jump with one
// label goes on with the next instruction otherwise, and ";" begins a comment.
func Assemble(text string) (cbpf.Program, error) {
	var lines [][]string
	labels := map[string]int{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, ";")
		if label, rest, ok := strings.Cut(line, ":"); ok {
			labels[strings.TrimSpace(label)] = len(lines)
			line = rest
		}
		if words := strings.Fields(strings.ReplaceAll(line, ",", " ")); len(words) > 0 {
			lines = append(lines, words)
		}
	}
	var out cbpf.Program
	for i, words := range lines {
		in, err := assemble(words, func(label string) (int, error) {
			at, ok := labels[label]
			if !ok || at <= i {
				return 0, fmt.Errorf("no label %q behind it", label)
			}
			return at - i - 1, nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(words, " "), err)
		}
		out = append(out, in)
	}
	return out, nil
}

func assemble(words []string, skip func(label string) (int, error)) (in cbpf.Instruction, err error) {
	name, args := words[0], words[1:]
	kind, k, err := operand(name, args)
	if err != nil {
		return in, err
	}
	op, ok := operations[operation{name, kind}]
	if !ok {
		return in, fmt.Errorf("no such instruction")
	}
	in = cbpf.Instruction{Op: op, K: k}
	if kind == ':' {
		n, err := skip(args[0])
		in.K = uint32(n)
		return in, err
	}
	if _, ok := jumps[name]; !ok {
		return in, nil
	}
	ways := []*uint8{&in.JT, &in.JF}
	if inverse[name] {
		ways[0], ways[1] = ways[1], ways[0]
	}
	for i, label := range args[1:] {
		n, err := skip(label)
		if err != nil {
			return in, err
		}
		if i >= 2 || n > 255 {
			return in, fmt.Errorf("label %q: too far, or too many labels", label)
		}
		*ways[i] = uint8(n)
	}
	return in, nil
}

// operand is the first operand of an instruction.
func operand(name string, args []string) (kind byte, k uint32, err error) {
	if len(args) == 0 {
		return 0, 0, nil
	}
	number := ""
	switch a := args[0]; {
	case name == "ja":
		return ':', 0, nil
	case a == "x" || a == "a":
		return a[0], 0, nil
	case a == "#len":
		return 'l', 0, nil
	case strings.HasPrefix(a, "#"):
		kind, number = '#', a[1:]
	case strings.HasPrefix(a, "[") && strings.HasSuffix(a, "]"):
		kind, number = '[', a[1:len(a)-1]
	case strings.HasPrefix(a, "M[") && strings.HasSuffix(a, "]"):
		kind, number = 'M', a[2:len(a)-1]
	}
	v, err := strconv.ParseUint(number, 0, 32)
	if err != nil {
		return 0, 0, fmt.Errorf("operand %q: %w", args[0], err)
	}
	return kind, uint32(v), nil
}
