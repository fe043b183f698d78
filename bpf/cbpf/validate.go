package cbpf

import "fmt"

// Validate tells whether the kernel takes the program as a filter: nil if it
// does, else an *[Error] about the first instruction that breaks a rule of its
// own, or else a rule of the whole. It does not allocate unless it fails.
//
// The kernel is stricter than need be in one way: to it, a program goes on
// behind a ret. A word of M that is stored on a way that has returned by then
// may not be read behind it; the error says so where that is the cause.
//
// C: bpf_check_classic and check_load_and_stores (net/core/filter.c),
// io_uring_check_cbpf_filter (io_uring/bpf_filter.c) of Linux 7.0 to 7.3.
func Validate(p Program) error {
	if e := validate(p); e != nil {
		return e
	}
	return nil
}

func validate(p Program) *Error {
	n := len(p)
	if n == 0 {
		return &Error{-1, Instruction{}, RuleLength, "is empty", "ret #0x1 accepts every request, ret #0x0 denies every one"}
	}
	if n > BPF_MAXINSNS {
		return &Error{-1, Instruction{}, RuleLength, fmt.Sprintf("has %d instructions, the kernel takes %d", n, BPF_MAXINSNS),
			"share common endings, test bits instead of values, or split it into filters that must all accept"}
	}
	reads := false
	for i, in := range p {
		if e := in.check(n - 1 - i); e != nil {
			e.Index, e.Instruction = i, in
			return e
		}
		reads = reads || in.reads()
	}
	if last := p[n-1]; !last.returns() {
		return &Error{n - 1, last, RuleReturn, "the last instruction does not return", "add ret #0x1 or ret #0x0 behind it"}
	}
	if reads {
		return checkStores(p)
	}
	return nil
}

// reads tells that the instruction reads scratch memory.
func (in Instruction) reads() bool {
	return in.Op == BPF_LD|BPF_MEM || in.Op == BPF_LDX|BPF_MEM
}

// check applies the rules for a single instruction, with so many behind it.
func (in Instruction) check(behind int) *Error {
	f := in.form()
	switch {
	case f.operand == unknown || f.refused:
		return in.opcodeError()
	case f.operand == offset && (in.K >= ContextSize || in.K%4 != 0):
		return in.offsetError()
	case f.operand == scratch && in.K >= BPF_MEMWORDS:
		return &Error{Rule: RuleScratch, Reason: fmt.Sprintf("there is no M[%d]", in.K), Remedy: "use M[0] to M[15]"}
	case in.Op == BPF_ALU|BPF_DIV|BPF_K && in.K == 0:
		return &Error{Rule: RuleDivisor, Reason: "divides by zero", Remedy: "ret #0x0, if denying is what it is for"}
	case in.Op == BPF_ALU|BPF_LSH|BPF_K && in.K >= 32, in.Op == BPF_ALU|BPF_RSH|BPF_K && in.K >= 32:
		return &Error{Rule: RuleShift, Reason: "shifts by more than 31 bits", Remedy: "ld #0x0, if no bit is to be left"}
	case f.operand == distance && uint64(in.K) >= uint64(behind):
		return in.jumpError(in.K, behind)
	case in.branches() && int(max(in.JT, in.JF)) >= behind:
		return in.jumpError(uint32(max(in.JT, in.JF)), behind)
	}
	return nil
}

func (in Instruction) jumpError(skip uint32, behind int) *Error {
	e := &Error{Rule: RuleJump, Reason: fmt.Sprintf("skips %d of the %d instructions that follow", skip, behind), Remedy: "jump to an instruction of the program"}
	if int32(skip) < 0 {
		e.Reason = fmt.Sprintf("jumps backwards by %d", -int64(int32(skip)))
		e.Remedy = "jump forwards; write a loop's rounds one after the other"
	}
	return e
}

func (in Instruction) offsetError() *Error {
	e := &Error{Rule: RuleOffset, Reason: fmt.Sprintf("the context has %d bytes", ContextSize), Remedy: "load at an offset of at most 36"}
	switch {
	case in.K >= ancillary:
		e.Reason, e.Remedy = "a request has no ancillary data", "use what the context holds"
	case in.K < ContextSize:
		e.Reason = "the offset is no multiple of 4"
		e.Remedy = fmt.Sprintf("ld [%d], then rsh and and", in.K&^3)
	}
	return e
}

// ancillary is where classic BPF has what is no data, such as the CPU. C:
// SKF_AD_OFF (linux/filter.h).
const ancillary = 0xfffff000

func (in Instruction) opcodeError() *Error {
	e := &Error{Rule: RuleOpcode}
	switch in.form().operand {
	case offset:
		e.Reason = "a filter loads words of 32 bits only"
		e.Remedy = in.offsetError().Remedy
		if in.K < ContextSize {
			e.Remedy = fmt.Sprintf("ld [%d], then rsh and and, which depends on the byte order", in.K&^3)
		}
	case indexed:
		e.Reason = "a filter cannot load at an offset in X"
		e.Remedy = "load at constant offsets, and jump to the one that is wanted"
	case header:
		e.Reason = "a filter cannot load the length of an IP header"
		e.Remedy = "load the word that holds it, then rsh, and, lsh and tax"
	case count:
		e.Reason = "a filter has no remainder"
		e.Remedy = fmt.Sprintf("tax, div #%d, mul #%d, sub x, neg; or and, for a power of two", in.K, in.K)
	case registerX:
		e.Reason, e.Remedy = "a filter has no remainder", "st M[0], div x, mul x, tax, ld M[0], sub x"
		if in.returns() {
			e.Reason, e.Remedy = "a filter cannot return X", "txa, ret a"
		}
	default:
		e.Reason = fmt.Sprintf("no instruction has op %#x", in.Op)
		e.Remedy = "use those that the documentation of cbpf lists"
		if in.Op == BPF_LDX|BPF_W|BPF_ABS {
			e.Reason, e.Remedy = "a filter cannot load from the context into X", fmt.Sprintf("ld [%d], tax", in.K)
		}
	}
	return e
}

// checkStores applies RuleUnset.
func checkStores(p Program) *Error {
	i := unset(p, false)
	if i < 0 {
		return nil
	}
	reason := fmt.Sprintf("M[%d] is not stored on every way to here", p[i].K)
	remedy := fmt.Sprintf("st M[%d] at the start of the program", p[i].K)
	if unset(p, true) != i {
		reason += ", since to the kernel a ret goes on to what is behind it"
		remedy = "move the rets to the end and jump there, or " + remedy
	}
	return &Error{i, p[i], RuleUnset, reason, remedy}
}

// unset is the first instruction that reads a word of M that is not stored on
// every way to it, -1 if there is none. To the kernel a ret is not an end.
func unset(p Program, retEnds bool) int {
	var missing [BPF_MAXINSNS]uint16 // words that some jump to an instruction has not stored
	stored := uint16(0)
	for i, in := range p {
		stored &^= missing[i]
		switch f := in.form(); {
		case in.reads() && stored&(1<<in.K) == 0:
			return i
		case in.Op == BPF_ST || in.Op == BPF_STX:
			stored |= 1 << in.K
		case f.operand == distance:
			missing[i+1+int(in.K)] |= ^stored
			stored = 0xffff
		case in.branches():
			missing[i+1+int(in.JT)] |= ^stored
			missing[i+1+int(in.JF)] |= ^stored
			stored = 0xffff
		case retEnds && in.returns():
			stored = 0xffff
		}
	}
	return -1
}
