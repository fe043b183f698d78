package cbpf

// Parts of an instruction's op, combined with |: a class, and what the class
// has. C: linux/bpf_common.h.
const (
	BPF_LD   = 0x00
	BPF_LDX  = 0x01
	BPF_ST   = 0x02
	BPF_STX  = 0x03
	BPF_ALU  = 0x04
	BPF_JMP  = 0x05
	BPF_RET  = 0x06
	BPF_MISC = 0x07

	// Sizes of a load.
	BPF_W = 0x00
	BPF_H = 0x08
	BPF_B = 0x10

	// Modes of a load.
	BPF_IMM = 0x00
	BPF_ABS = 0x20
	BPF_IND = 0x40
	BPF_MEM = 0x60
	BPF_LEN = 0x80
	BPF_MSH = 0xa0

	// Operations of BPF_ALU.
	BPF_ADD = 0x00
	BPF_SUB = 0x10
	BPF_MUL = 0x20
	BPF_DIV = 0x30
	BPF_OR  = 0x40
	BPF_AND = 0x50
	BPF_LSH = 0x60
	BPF_RSH = 0x70
	BPF_NEG = 0x80
	BPF_MOD = 0x90
	BPF_XOR = 0xa0

	// Operations of BPF_JMP.
	BPF_JA   = 0x00
	BPF_JEQ  = 0x10
	BPF_JGT  = 0x20
	BPF_JGE  = 0x30
	BPF_JSET = 0x40

	// Operands of BPF_ALU, BPF_JMP and BPF_RET.
	BPF_K = 0x00
	BPF_X = 0x08
)

// C: linux/filter.h.
const (
	BPF_A = 0x10 // operand of BPF_RET

	// Operations of BPF_MISC.
	BPF_TAX = 0x00
	BPF_TXA = 0x80
)

// Sizes that the kernel sets.
const (
	BPF_MAXINSNS = 4096 // instructions that a program may have; linux/bpf_common.h
	BPF_MEMWORDS = 16   // words of scratch memory; linux/filter.h
	ContextSize  = 40   // bytes; struct io_uring_bpf_ctx of linux/io_uring/bpf_filter.h
)

// Masks that take an op apart.
const (
	classMask     = 0x07
	operationMask = 0xf0
)

// operand is what an instruction works on besides A, and so how it is written.
type operand uint8

const (
	unknown operand = iota // no such instruction
	none
	constant  // k, in hexadecimal
	count     // k, in decimal
	offset    // k, a place in the context
	scratch   // k, a word of M
	registerA // a
	registerX // x
	length    // the context's size
	distance  // k, instructions to skip
	indexed   // k and X, a place in the context
	header    // the low half of the byte at k, times 4
)

// form is what is known of an op.
type form struct {
	name    string
	operand operand
	refused bool // classic BPF, but not for io_uring
}

// forms has all of classic BPF.
var forms = [256]form{
	BPF_LD | BPF_W | BPF_ABS: {"ld", offset, false},
	BPF_LD | BPF_H | BPF_ABS: {"ldh", offset, true},
	BPF_LD | BPF_B | BPF_ABS: {"ldb", offset, true},
	BPF_LD | BPF_W | BPF_IND: {"ld", indexed, true},
	BPF_LD | BPF_H | BPF_IND: {"ldh", indexed, true},
	BPF_LD | BPF_B | BPF_IND: {"ldb", indexed, true},
	BPF_LD | BPF_W | BPF_LEN: {"ld", length, false},
	BPF_LD | BPF_IMM:         {"ld", constant, false},
	BPF_LD | BPF_MEM:         {"ld", scratch, false},

	BPF_LDX | BPF_W | BPF_LEN: {"ldx", length, false},
	BPF_LDX | BPF_B | BPF_MSH: {"ldxb", header, true},
	BPF_LDX | BPF_IMM:         {"ldx", constant, false},
	BPF_LDX | BPF_MEM:         {"ldx", scratch, false},

	BPF_ST:  {"st", scratch, false},
	BPF_STX: {"stx", scratch, false},

	BPF_ALU | BPF_ADD | BPF_K: {"add", count, false},
	BPF_ALU | BPF_ADD | BPF_X: {"add", registerX, false},
	BPF_ALU | BPF_SUB | BPF_K: {"sub", count, false},
	BPF_ALU | BPF_SUB | BPF_X: {"sub", registerX, false},
	BPF_ALU | BPF_MUL | BPF_K: {"mul", count, false},
	BPF_ALU | BPF_MUL | BPF_X: {"mul", registerX, false},
	BPF_ALU | BPF_DIV | BPF_K: {"div", count, false},
	BPF_ALU | BPF_DIV | BPF_X: {"div", registerX, false},
	BPF_ALU | BPF_MOD | BPF_K: {"mod", count, true},
	BPF_ALU | BPF_MOD | BPF_X: {"mod", registerX, true},
	BPF_ALU | BPF_LSH | BPF_K: {"lsh", count, false},
	BPF_ALU | BPF_LSH | BPF_X: {"lsh", registerX, false},
	BPF_ALU | BPF_RSH | BPF_K: {"rsh", count, false},
	BPF_ALU | BPF_RSH | BPF_X: {"rsh", registerX, false},
	BPF_ALU | BPF_AND | BPF_K: {"and", constant, false},
	BPF_ALU | BPF_AND | BPF_X: {"and", registerX, false},
	BPF_ALU | BPF_OR | BPF_K:  {"or", constant, false},
	BPF_ALU | BPF_OR | BPF_X:  {"or", registerX, false},
	BPF_ALU | BPF_XOR | BPF_K: {"xor", constant, false},
	BPF_ALU | BPF_XOR | BPF_X: {"xor", registerX, false},
	BPF_ALU | BPF_NEG:         {"neg", none, false},

	BPF_JMP | BPF_JA:           {"ja", distance, false},
	BPF_JMP | BPF_JEQ | BPF_K:  {"jeq", constant, false},
	BPF_JMP | BPF_JEQ | BPF_X:  {"jeq", registerX, false},
	BPF_JMP | BPF_JGT | BPF_K:  {"jgt", constant, false},
	BPF_JMP | BPF_JGT | BPF_X:  {"jgt", registerX, false},
	BPF_JMP | BPF_JGE | BPF_K:  {"jge", constant, false},
	BPF_JMP | BPF_JGE | BPF_X:  {"jge", registerX, false},
	BPF_JMP | BPF_JSET | BPF_K: {"jset", constant, false},
	BPF_JMP | BPF_JSET | BPF_X: {"jset", registerX, false},

	BPF_RET | BPF_K: {"ret", constant, false},
	BPF_RET | BPF_X: {"ret", registerX, true},
	BPF_RET | BPF_A: {"ret", registerA, false},

	BPF_MISC | BPF_TAX: {"tax", none, false},
	BPF_MISC | BPF_TXA: {"txa", none, false},
}

// form is what is known of the instruction; the zero form if it is none.
func (in Instruction) form() form {
	if int(in.Op) >= len(forms) {
		return form{}
	}
	return forms[in.Op]
}

// branches tells that the instruction is a conditional jump.
func (in Instruction) branches() bool {
	return in.Op&classMask == BPF_JMP && in.Op&operationMask != BPF_JA
}

// returns tells that the instruction ends the program.
func (in Instruction) returns() bool { return in.Op&classMask == BPF_RET }

// withX tells that a valid instruction of BPF_ALU or BPF_JMP works on X.
func (in Instruction) withX() bool { return in.Op&BPF_X != 0 }
