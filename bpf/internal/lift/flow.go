package lift

// flow is what can be told of a program without running it: which instructions
// are jumped to, in which order they are best run, and which registers are
// used later on.
type flow struct {
	leader []bool
	*loopOrder
	in []uint16 // registers that are used from here on, a bit each
}

func (f *flow) live(pc, reg int) bool { return f.in[pc]>>reg&1 != 0 }

func analyze(p *Program) *flow {
	n := len(p.Insns)
	next := make([][]int, n)
	f := &flow{leader: make([]bool, n+1), loopOrder: newLoopOrder(next), in: make([]uint16, n+1)}
	entries := []int{0}
	for i, in := range p.Insns {
		next[i] = in.next(i, n)
		switch in.Kind {
		case Call:
			f.leader[in.Target], f.leader[i+1] = true, true
			entries = append(entries, in.Target)
		case Branch:
			f.leader[in.Target], f.leader[i+1] = true, true
		case Jump:
			f.leader[in.Target] = true
		}
	}
	for _, entry := range entries {
		f.function(entry)
	}
	f.uses(p, next)
	return f
}

// next is the instructions that can come after instruction i of n, calls
// passed over.
func (in *Insn) next(i, n int) []int {
	var out []int
	switch in.Kind {
	case Exit, Refused:
		return nil
	case Jump:
		return []int{in.Target}
	case Branch:
		out = append(out, in.Target)
	}
	if i+1 < n {
		out = append(out, i+1)
	}
	return out
}

// uses works out the live registers: what changes at an instruction is handed
// on to those before it.
func (f *flow) uses(p *Program, next [][]int) {
	before := make([][]int, len(next))
	waits := make([]bool, len(next))
	var work []int
	for i, to := range next {
		work, waits[i] = append(work, i), true
		for _, j := range to {
			before[j] = append(before[j], i)
		}
	}
	for len(work) > 0 {
		i := work[len(work)-1]
		work, waits[i] = work[:len(work)-1], false
		var out uint16
		for _, j := range next[i] {
			out |= f.in[j]
		}
		use, def := p.Insns[i].registers()
		in := out&^def | use
		if in == f.in[i] {
			continue
		}
		f.in[i] = in
		for _, j := range before[i] {
			if !waits[j] {
				work, waits[j] = append(work, j), true
			}
		}
	}
}

// registers is the registers that an instruction reads and those that it sets.
func (in *Insn) registers() (use, def uint16) {
	const args, result = 0x3e, 1
	dst, operand := uint16(1)<<in.Dst, uint16(0)
	if !in.UseImm {
		operand = 1 << in.Src
	}
	switch in.Kind {
	case Arith:
		switch in.Op {
		case Move, MoveSigned:
			return operand, dst
		case Neg:
			return dst, dst
		}
		return dst | operand, dst
	case SwapBytes, CutBytes:
		return dst, dst
	case Constant, Address:
		return 0, dst
	case Load:
		return 1 << in.Src, dst
	case Store, Branch:
		return dst | operand, 0
	case Call, Library:
		return args, args | result
	case Exit:
		return result, 0
	default:
		return 0, 0
	}
}
