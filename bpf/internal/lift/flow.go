package lift

// flow is what can be told of a program without running it: which instructions
// are jumped to, in which order they are best run, and which registers are
// used later on.
type flow struct {
	leader []bool
	rank   []int    // within a function: before those that it leads to, loops aside
	in     []uint16 // registers that are used from here on, a bit each
}

func (f *flow) live(pc, reg int) bool { return f.in[pc]>>reg&1 != 0 }

func analyze(p *Program) *flow {
	n := len(p.Insns)
	f := &flow{leader: make([]bool, n+1), rank: make([]int, n), in: make([]uint16, n+1)}
	next := make([][]int, n)
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
	f.order(entries, next)
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

// order ranks the instructions of each function in reverse post-order.
func (f *flow) order(entries []int, next [][]int) {
	type visit struct{ at, way int }
	for _, entry := range entries {
		if f.rank[entry] != 0 {
			continue
		}
		var post []int
		seen := map[int]bool{entry: true}
		for stack := []visit{{entry, 0}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			if top.way == len(next[top.at]) {
				post = append(post, top.at)
				stack = stack[:len(stack)-1]
				continue
			}
			to := next[top.at][top.way]
			top.way++
			if !seen[to] {
				seen[to] = true
				stack = append(stack, visit{to, 0})
			}
		}
		for i, pc := range post {
			f.rank[pc] = len(post) - i
		}
	}
}

// uses works out the live registers, backwards until nothing changes.
func (f *flow) uses(p *Program, next [][]int) {
	for changed := true; changed; {
		changed = false
		for i := len(p.Insns) - 1; i >= 0; i-- {
			var out uint16
			for _, j := range next[i] {
				out |= f.in[j]
			}
			use, def := p.Insns[i].registers()
			if in := out&^def | use; in != f.in[i] {
				f.in[i] = in
				changed = true
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
