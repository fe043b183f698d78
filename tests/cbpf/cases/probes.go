// Package cases holds classic BPF programs, listed and random, on which
// bpf/cbpf and kernels must agree.
package cases

import . "github.com/uringgen/uringgen/bpf/cbpf" //nolint:staticcheck // the programs are all that is here

// Probe is a program that a kernel takes or refuses.
type Probe struct {
	Name    string
	Program Program
	Rule    Rule // that it breaks; 0 if it is valid
	Index   int  // of the instruction that breaks it; -1 for the length
}

// k is an instruction with a constant.
func k(op uint16, k uint32) Instruction { return Instruction{Op: op, K: k} }

// o is an instruction that needs no more than its op.
func o(op uint16) Instruction { return Instruction{Op: op} }

// ok is the end of most probes.
var ok = Return(1)

// fill is a program of n instructions that ends with the given ones.
func fill(n int, end ...Instruction) Program {
	p := make(Program, n)
	for i := range p {
		p[i] = k(BPF_LD|BPF_IMM, 1)
	}
	copy(p[max(n-len(end), 0):], end)
	return p
}

// prepend puts instructions before a program.
func prepend(p Program, before ...Instruction) Program { return append(before, p...) }

const (
	minus1 = 0xffffffff
	st     = BPF_ST
	stx    = BPF_STX
	ldm    = BPF_LD | BPF_MEM
	ldxm   = BPF_LDX | BPF_MEM
	ldk    = BPF_LD | BPF_IMM
	ldxk   = BPF_LDX | BPF_IMM
)

// Probes is a case for each thing that the rules say, on both sides of each
// border. Every single op is beside it: see Op.
var Probes = []Probe{
	// Length.
	{"empty", Program{}, RuleLength, -1},
	{"one instruction", Program{ok}, 0, 0},
	{"deny", Program{Return(0)}, 0, 0},
	{"4095 instructions", fill(4095, ok), 0, 0},
	{"4096 instructions", fill(4096, ok), 0, 0},
	{"4097 instructions", fill(4097, ok), RuleLength, -1},
	{"65536 instructions", fill(65536, ok), RuleLength, -1},
	{"65537 instructions", fill(65537, ok), RuleLength, -1},

	// The end.
	{"ret a at the end", Program{o(BPF_RET | BPF_A)}, 0, 0},
	{"ret x at the end", Program{o(BPF_RET | BPF_X)}, RuleOpcode, 0},
	{"no ret", Program{LoadWord(0)}, RuleReturn, 0},
	{"ret, but not at the end", Program{ok, LoadWord(0)}, RuleReturn, 1},
	{"jump at the end", Program{ok, Jump(0)}, RuleJump, 1},
	{"rets only", Program{ok, ok, Return(0), o(BPF_RET | BPF_A)}, 0, 0},
	{"ret with jump offsets", Program{{Op: BPF_RET | BPF_K, JT: 9, JF: 200, K: 1}}, 0, 0},
	{"ret a with a constant", Program{{Op: BPF_RET | BPF_A, K: minus1}}, 0, 0},

	// Loads of the context.
	{"first word", Program{LoadWord(0), ok}, 0, 0},
	{"last word", Program{LoadWord(36), ok}, 0, 0},
	{"word at 37", Program{LoadWord(37), ok}, RuleOffset, 0},
	{"word behind the end", Program{LoadWord(40), ok}, RuleOffset, 0},
	{"word at 1", Program{LoadWord(1), ok}, RuleOffset, 0},
	{"word at 2", Program{LoadWord(2), ok}, RuleOffset, 0},
	{"word at 18", Program{LoadWord(18), ok}, RuleOffset, 0},
	{"word far behind the end", Program{LoadWord(0x7ffffffc), ok}, RuleOffset, 0},
	{"word before the start", Program{LoadWord(minus1 - 3), ok}, RuleOffset, 0},
	{"ancillary: protocol", Program{LoadWord(0xfffff000), ok}, RuleOffset, 0},
	{"ancillary: CPU", Program{LoadWord(0xfffff024), ok}, RuleOffset, 0},
	{"ancillary: random", Program{LoadWord(0xfffff038), ok}, RuleOffset, 0},
	{"network header", Program{LoadWord(0xfff00000), ok}, RuleOffset, 0},
	{"context in unreachable code", Program{ok, LoadWord(40), ok}, RuleOffset, 1},
	{"half word", Program{k(BPF_LD|BPF_H|BPF_ABS, 8), ok}, RuleOpcode, 0},
	{"byte", Program{k(BPF_LD|BPF_B|BPF_ABS, 8), ok}, RuleOpcode, 0},
	{"word at X", Program{k(BPF_LD|BPF_W|BPF_IND, 8), ok}, RuleOpcode, 0},
	{"half word at X", Program{k(BPF_LD|BPF_H|BPF_IND, 8), ok}, RuleOpcode, 0},
	{"byte at X", Program{k(BPF_LD|BPF_B|BPF_IND, 8), ok}, RuleOpcode, 0},
	{"header length", Program{k(BPF_LDX|BPF_B|BPF_MSH, 0), ok}, RuleOpcode, 0},
	{"word into X", Program{k(BPF_LDX|BPF_W|BPF_ABS, 0), ok}, RuleOpcode, 0},
	{"length", Program{o(BPF_LD | BPF_W | BPF_LEN), ok}, 0, 0},
	{"length with a constant", Program{k(BPF_LD|BPF_W|BPF_LEN, 99), ok}, 0, 0},
	{"length into X", Program{o(BPF_LDX | BPF_W | BPF_LEN), ok}, 0, 0},
	{"length as a half word", Program{o(BPF_LD | BPF_H | BPF_LEN), ok}, RuleOpcode, 0},
	{"constants", Program{k(ldk, minus1), k(ldxk, minus1), ok}, 0, 0},

	// Arithmetic.
	{"remainder", Program{k(BPF_ALU|BPF_MOD|BPF_K, 3), ok}, RuleOpcode, 0},
	{"remainder by X", Program{o(BPF_ALU | BPF_MOD | BPF_X), ok}, RuleOpcode, 0},
	{"division by 0", Program{k(BPF_ALU|BPF_DIV|BPF_K, 0), ok}, RuleDivisor, 0},
	{"division by 1", Program{k(BPF_ALU|BPF_DIV|BPF_K, 1), ok}, 0, 0},
	{"division by the largest", Program{k(BPF_ALU|BPF_DIV|BPF_K, minus1), ok}, 0, 0},
	{"division by X", Program{o(BPF_ALU | BPF_DIV | BPF_X), ok}, 0, 0},
	{"multiplication by 0", Program{k(BPF_ALU|BPF_MUL|BPF_K, 0), ok}, 0, 0},
	{"left by 31", Program{k(BPF_ALU|BPF_LSH|BPF_K, 31), ok}, 0, 0},
	{"left by 32", Program{k(BPF_ALU|BPF_LSH|BPF_K, 32), ok}, RuleShift, 0},
	{"left by 0", Program{k(BPF_ALU|BPF_LSH|BPF_K, 0), ok}, 0, 0},
	{"left by the largest", Program{k(BPF_ALU|BPF_LSH|BPF_K, minus1), ok}, RuleShift, 0},
	{"right by 31", Program{k(BPF_ALU|BPF_RSH|BPF_K, 31), ok}, 0, 0},
	{"right by 32", Program{k(BPF_ALU|BPF_RSH|BPF_K, 32), ok}, RuleShift, 0},
	{"left by X, with a constant", Program{k(BPF_ALU|BPF_LSH|BPF_X, 32), ok}, 0, 0},
	{"right by X, with a constant", Program{k(BPF_ALU|BPF_RSH|BPF_X, 99), ok}, 0, 0},
	{"negation with a constant", Program{k(BPF_ALU|BPF_NEG, 5), ok}, 0, 0},
	{"negation of X", Program{o(BPF_ALU | BPF_NEG | BPF_X), ok}, RuleOpcode, 0},
	{"ops of eBPF: mov", Program{k(BPF_ALU|0xb0, 1), ok}, RuleOpcode, 0},
	{"ops of eBPF: arsh", Program{k(BPF_ALU|0xc0, 1), ok}, RuleOpcode, 0},
	{"ops of eBPF: end", Program{k(BPF_ALU|0xd0, 16), ok}, RuleOpcode, 0},
	{"tax with all fields set", Program{{Op: BPF_MISC | BPF_TAX, JT: 255, JF: 255, K: minus1}, ok}, 0, 0},
	{"misc of another kind", Program{o(BPF_MISC | 0x40), ok}, RuleOpcode, 0},

	// Jumps.
	{"over nothing", Program{Jump(0), ok}, 0, 0},
	{"to the last", Program{Jump(1), LoadWord(0), ok}, 0, 0},
	{"behind the last", Program{Jump(2), LoadWord(0), ok}, RuleJump, 0},
	{"backwards by one", Program{LoadWord(0), Jump(minus1), ok}, RuleJump, 1},
	{"backwards to the start", Program{LoadWord(0), LoadWord(0), Jump(minus1 - 2), ok}, RuleJump, 2},
	{"around all memory", Program{Jump(0x80000000), ok}, RuleJump, 0},
	{"the longest jump", prepend(fill(4095, ok), Jump(4094)), 0, 0},
	{"the longest jump and one", prepend(fill(4095, ok), Jump(4095)), RuleJump, 0},
	{"conditional to the last", Program{JumpEqual(1, 1, 0), LoadWord(0), ok}, 0, 0},
	{"conditional behind the last", Program{JumpEqual(1, 2, 0), LoadWord(0), ok}, RuleJump, 0},
	{"conditional behind the last if false", Program{JumpEqual(1, 0, 2), LoadWord(0), ok}, RuleJump, 0},
	{"conditional at the end", Program{ok, JumpEqual(1, 0, 0)}, RuleJump, 1},
	{"by 255", prepend(fill(256, ok), JumpSet(1, 255, 254)), 0, 0},
	{"by 255 of 255", prepend(fill(255, ok), JumpSet(1, 255, 0)), RuleJump, 0},
	{"op of eBPF: jne", Program{k(BPF_JMP|0x50, 1), ok}, RuleOpcode, 0},
	{"op of eBPF: call", Program{k(BPF_JMP|0x80, 1), ok}, RuleOpcode, 0},
	{"op of eBPF: exit", Program{k(BPF_JMP|0x90, 1), ok}, RuleOpcode, 0},
	{"ja by X", Program{o(BPF_JMP | BPF_JA | BPF_X), ok}, RuleOpcode, 0},
	{"jump over all of eBPF's expansions", append(prepend(repeat(4093, o(BPF_ALU|BPF_DIV|BPF_X)), k(ldxk, 1), Jump(4093)), ok), 0, 0},

	// Scratch memory.
	{"M[15]", Program{k(st, 15), k(ldm, 15), ok}, 0, 0},
	{"st M[16]", Program{k(st, 16), ok}, RuleScratch, 0},
	{"stx M[16]", Program{k(stx, 16), ok}, RuleScratch, 0},
	{"ld M[16]", Program{k(ldm, 16), ok}, RuleScratch, 0},
	{"ldx M[16]", Program{k(ldxm, 16), ok}, RuleScratch, 0},
	{"st M[32], which is M[0] in a mask", Program{k(st, 32), k(ldm, 0), ok}, RuleScratch, 0},
	{"ld M[0], not stored", Program{k(ldm, 0), ok}, RuleUnset, 0},
	{"ldx M[0], not stored", Program{k(ldxm, 0), ok}, RuleUnset, 0},
	{"another word is stored", Program{k(st, 1), k(ldm, 2), ok}, RuleUnset, 1},
	{"stored by stx", Program{k(stx, 3), k(ldm, 3), k(ldxm, 3), ok}, 0, 0},
	{"stored behind the read", Program{k(ldm, 3), k(st, 3), ok}, RuleUnset, 0},
	{"stored on one way only", Program{JumpEqual(0, 0, 1), k(st, 3), k(ldm, 3), ok}, RuleUnset, 2},
	{"stored on both ways", Program{JumpEqual(0, 0, 2), k(st, 3), Jump(1), k(stx, 3), k(ldm, 3), ok}, 0, 0},
	{"stored, then jumped over", Program{k(st, 3), JumpEqual(0, 0, 1), k(st, 4), k(ldm, 3), ok}, 0, 0},
	{"the store is jumped over by ja", Program{Jump(1), k(st, 3), k(ldm, 3), ok}, RuleUnset, 2},
	{"read in unreachable code behind ja", Program{Jump(1), k(ldm, 3), ok}, 0, 0},
	{"read in unreachable code behind ret", Program{ok, k(ldm, 3), ok}, RuleUnset, 1},
	{"read behind a ret, stored before", Program{k(st, 3), ok, k(ldm, 3), ok}, 0, 0},
	{"a ret before the store", Program{
		JumpEqual(0, 0, 1), ok,
		k(st, 3), k(ldm, 3), ok,
	}, 0, 0},
	{"ret taken to go on, into a read", Program{
		JumpEqual(0, 0, 2), LoadWord(0), Jump(3),
		k(st, 3), JumpEqual(1, 2, 1),
		ok, Return(0), // to the kernel, l5 goes on to l6 and l7
		k(ldm, 3), ok,
	}, RuleUnset, 7},
	{"a ret that has stored nothing", Program{
		JumpEqual(0, 0, 2), k(st, 3), Jump(1),
		ok, // has not stored, and the kernel sees it go on
		k(ldm, 3), ok,
	}, RuleUnset, 4},
	{"the same with the ret at the end", Program{
		JumpEqual(0, 0, 2), k(st, 3), Jump(1),
		Jump(2),
		k(ldm, 3), ok,
		ok,
	}, 0, 0},

	// Two faults.
	{"bad op behind an unset word", Program{k(ldm, 0), o(BPF_RET | BPF_X), ok}, RuleOpcode, 1},
	{"op beyond a byte", Program{k(0x100|BPF_RET, 1), ok}, RuleOpcode, 0},
	{"op of all ones", Program{k(0xffff, 1), ok}, RuleOpcode, 0},
}

// repeat is n times the same instruction.
func repeat(n int, in Instruction) Program {
	p := make(Program, n)
	for i := range p {
		p[i] = in
	}
	return p
}

// Op is a program whose only peculiarity is an op: one that stands for all,
// from 0 to 65535.
func Op(op uint16) Program { return Program{k(st, 4), {Op: op, K: 4}, ok} }

// SocketAllowList accepts TCP over IPv4 and IPv6 only.
var SocketAllowList = Program{
	LoadWord(16),
	JumpEqual(2, 1, 0),
	JumpEqual(10, 0, 6),
	LoadWord(20),
	And(0xf),
	JumpEqual(1, 0, 3),
	LoadWord(24),
	JumpEqual(0, 2, 0),
	JumpEqual(6, 1, 0),
	Return(0),
	Return(1),
}
