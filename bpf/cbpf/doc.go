// Package cbpf holds the classic BPF programs that Linux 7.0 and later run as
// filters of io_uring requests: what a program is, whether the kernel takes
// it, what it says about a request, and why.
//
// A program has two registers of 32 bits, A and X, and 16 words of scratch
// memory, M[0] to M[15]. A and X begin as 0. It reads the request from a
// context of 40 bytes, struct io_uring_bpf_ctx, and ends by returning a number:
// 0 denies the request, anything else accepts it.
//
//	ld [k]                 BPF_LD|BPF_W|BPF_ABS           A = the word at byte k of the context, in the machine's byte order
//	ld #k, ldx #k          BPF_LD|BPF_IMM, BPF_LDX        A = k, X = k
//	ld M[k], ldx M[k]      BPF_LD|BPF_MEM, BPF_LDX        A = M[k], X = M[k]
//	ld #len, ldx #len      BPF_LD|BPF_W|BPF_LEN, BPF_LDX  A = 40, X = 40
//	st M[k], stx M[k]      BPF_ST, BPF_STX                M[k] = A, M[k] = X
//	tax, txa               BPF_MISC|BPF_TAX, BPF_TXA      X = A, A = X
//	add, sub, mul          BPF_ALU|BPF_ADD|BPF_K, BPF_X   A = A + k or A + X, and so on, modulo 2^32
//	and, or, xor           BPF_ALU|BPF_AND|BPF_K, BPF_X   A = A & k or A & X, and so on
//	lsh, rsh               BPF_ALU|BPF_LSH|BPF_K, BPF_X   A is shifted by k, or by X modulo 32
//	div                    BPF_ALU|BPF_DIV|BPF_K, BPF_X   A = A / k or A / X; an X of 0 ends the program: denied
//	neg                    BPF_ALU|BPF_NEG                A = -A
//	ja                     BPF_JMP|BPF_JA                 skips k instructions
//	jeq, jgt, jge, jset    BPF_JMP|BPF_JEQ|BPF_K, BPF_X   skips JT instructions if A ==, >, >=, & k or X, else JF
//	ret #k, ret a          BPF_RET|BPF_K, BPF_A           ends the program with k or A
//
// That is all: no bytes or half words, no offsets in X, no remainder, no jumps
// backwards. [Validate] has the rest of the rules, as io_uring/bpf_filter.c and
// net/core/filter.c of Linux 7.3 have them; 7.0 has the same.
package cbpf
