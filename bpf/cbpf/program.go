package cbpf

import "unsafe"

// Instruction is one instruction of a program. It has the layout of the
// kernel's record, so a program can be registered from where it lies. The zero
// value is "ld #0x0".
//
// C: struct sock_filter (linux/filter.h), 8 bytes.
type Instruction struct {
	Op uint16 // what to do: BPF_* combined; C: code
	JT uint8  // a conditional jump's instructions to skip if true; else ignored
	JF uint8  // the same if false
	K  uint32 // constant, byte offset, scratch word, or BPF_JA's instructions to skip; ignored where the op takes none
}

// The kernel reads instructions from Go's memory.
var (
	_ = [1]struct{}{}[unsafe.Sizeof(Instruction{})-8]
	_ = [1]struct{}{}[unsafe.Offsetof(Instruction{}.JT)-2]
	_ = [1]struct{}{}[unsafe.Offsetof(Instruction{}.JF)-3]
	_ = [1]struct{}{}[unsafe.Offsetof(Instruction{}.K)-4]
)

// Program is the instructions of a filter, 1 to 4096. The zero value is not
// valid: a filter that accepts everything is one Return(1).
type Program []Instruction

// Filter is a program for the requests of one operation. Op and PDUSize go to
// the kernel as they are; the zero value is IORING_OP_NOP without a program,
// which no kernel takes.
//
// C: struct io_uring_bpf_filter (linux/io_uring/bpf_filter.h).
type Filter struct {
	Op      uint8 // the operation, IORING_OP_*
	PDUSize uint8 // bytes of payload that the program was written for: 12 for sockets, 24 for open and connect, 0 for the rest; more than the kernel has is EMSGSIZE
	Program Program
}

// Context is what a program sees of a request: struct io_uring_bpf_ctx in the
// machine's byte order. Bytes beyond the operation's payload are zero.
//
//	 0  user_data, 8 bytes; the low word is at 0 on little-endian machines, at 4 on others
//	 8  opcode, sqe_flags, pdu_size, a byte each, and a zero byte
//	12  zero
//	16  the operation's payload, 24 bytes
//	    IORING_OP_SOCKET: family, type, protocol, 4 bytes each
//	    IORING_OP_OPENAT, OPENAT2: flags, mode, resolve, 8 bytes each
//	    IORING_OP_CONNECT, since Linux 7.2: family, 4 bytes; port, 2 bytes in
//	    network order, and 2 of padding; address, 4 or 16 bytes in network order
type Context [ContextSize]byte

// LoadWord puts the 32-bit word at a byte offset of the context into A: a
// multiple of 4, at most 36.
func LoadWord(offset uint32) Instruction {
	return Instruction{Op: BPF_LD | BPF_W | BPF_ABS, K: offset}
}

// And keeps those bits of A that k has.
func And(k uint32) Instruction { return Instruction{Op: BPF_ALU | BPF_AND | BPF_K, K: k} }

// ShiftRight shifts A by n bits, 0 to 31.
func ShiftRight(n uint32) Instruction { return Instruction{Op: BPF_ALU | BPF_RSH | BPF_K, K: n} }

// Jump skips n instructions.
func Jump(n uint32) Instruction { return Instruction{Op: BPF_JMP | BPF_JA, K: n} }

// JumpEqual skips t instructions if A is k, else f.
func JumpEqual(k uint32, t, f uint8) Instruction { return jump(BPF_JEQ, k, t, f) }

// JumpGreater skips t instructions if A is above k, unsigned, else f.
func JumpGreater(k uint32, t, f uint8) Instruction { return jump(BPF_JGT, k, t, f) }

// JumpGreaterEqual skips t instructions if A is k or above, unsigned, else f.
func JumpGreaterEqual(k uint32, t, f uint8) Instruction { return jump(BPF_JGE, k, t, f) }

// JumpSet skips t instructions if A and k have a bit in common, else f.
func JumpSet(k uint32, t, f uint8) Instruction { return jump(BPF_JSET, k, t, f) }

func jump(op uint16, k uint32, t, f uint8) Instruction {
	return Instruction{Op: BPF_JMP | op | BPF_K, JT: t, JF: f, K: k}
}

// Return ends the program: 0 denies the request, anything else accepts it.
func Return(verdict uint32) Instruction { return Instruction{Op: BPF_RET | BPF_K, K: verdict} }
