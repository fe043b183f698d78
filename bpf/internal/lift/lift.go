package lift

import (
	"container/heap"
	"fmt"

	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

type lifter struct {
	*graph.Builder
	Options
	program *Program
	flow    *flow
	blocks  map[string]*block // by the exact key of their states
	merged  map[string]*block // by the shape, where there were too many copies
	copies  map[string]int    // of each shape
	regions map[*Region]int
	scratch keys
	readAt  map[uint32]int // the instruction that read a word of the context
	checked map[*expr.Expr]bool
	behind  map[int]bool // the instructions that were found to read behind the payload
	queue   queue
	order   []*block // in which they were run
	now     *block
}

// Graph runs the program and gives its decision. Errors are *Error.
func Graph(b *graph.Builder, p *Program, o Options) (*graph.Node, error) {
	l := &lifter{
		Builder: b, Options: o, program: p, flow: analyze(p),
		blocks: map[string]*block{}, merged: map[string]*block{}, copies: map[string]int{}, regions: map[*Region]int{},
		readAt: map[uint32]int{}, checked: map[*expr.Expr]bool{}, behind: map[int]bool{},
	}
	l.At = -1 // a return is of no instruction: all ways share the two
	l.Return(true)
	l.Return(false)
	start := &state{turns: make([]int, len(l.flow.loops[0]))}
	start.regs[1] = value{set: true, base: context}
	start.regs[framePtr] = value{set: true, base: stack}
	if err := l.send(&edge{state: start}); err != nil {
		return nil, err
	}
	for len(l.queue) > 0 {
		b := heap.Pop(&l.queue).(*block)
		if err := l.runBlock(b); err != nil {
			return nil, err
		}
	}
	root := l.decide()
	if l.Exhausted() {
		return nil, TooMuch(l.order[0].last)
	}
	return root, nil
}

func (l *lifter) fault(pc int, why, advice string) error {
	return &Error{Index: pc, Why: why, Advice: advice}
}

// What it takes of the budget to run a piece of code, and an instruction.
const (
	blockWork = 6
	frameWork = 6 // of each call that has not returned
	stepWork  = 1
)

// TooMuch is the error of a program that takes more than the budget, which
// showed at an instruction.
func TooMuch(index int) *Error {
	return &Error{
		Index: index, Budget: true,
		Why:    "the program is too large to be translated, or takes too many turns",
		Advice: "give its loops a smaller bound that is a constant, split it by operation, or decide earlier",
	}
}

func (l *lifter) runBlock(b *block) error {
	b.run = true
	s := l.meet(b)
	if !l.Spend(blockWork + frameWork*len(s.frames) + len(s.words)/2) {
		return TooMuch(s.pc)
	}
	l.order = append(l.order, b)
	l.now = b
	for first := true; ; first = false {
		if s.pc >= len(l.program.Insns) {
			return l.fault(s.pc-1, "the program goes on behind its end", "return from every function")
		}
		if !first && l.flow.leader[s.pc] {
			return l.jumpTo(s, s.pc)
		}
		if !l.Spend(stepWork) {
			return TooMuch(s.pc)
		}
		in := &l.program.Insns[s.pc]
		b.last = s.pc
		l.At = s.pc
		switch in.Kind {
		case Jump:
			return l.jumpTo(s, in.Target)
		case Branch:
			return l.branch(s, in)
		case Call:
			return l.call(s, in)
		case Exit:
			return l.exit(s)
		}
		if err := l.step(s, in); err != nil {
			return err
		}
		if _, sets := in.registers(); sets&1 != 0 {
			s.resultAt = s.pc
		}
		s.pc++
	}
}

// jumpTo ends the block with a jump.
func (l *lifter) jumpTo(s *state, pc int) error {
	l.move(s, l.now.last, pc)
	return l.endAt(s)
}

// endAt ends the block with a jump to where the state is.
func (l *lifter) endAt(s *state) error {
	l.now.end = jumps
	l.now.then = &edge{state: s}
	return l.send(l.now.then)
}

func (l *lifter) branch(s *state, in *Insn) error {
	x, y := s.regs[in.Dst], l.operand(s, in)
	if !x.set || !y.set {
		return l.unset(s.pc)
	}
	then, other := in.Target, s.pc+1
	if in.Not {
		then, other = other, then
	}
	if x.base != number || y.base != number {
		return l.branchPointers(s, in, x, y, then, other)
	}
	test := relation{in.Relation, graph.Wide{Low: x.low, High: x.high}, graph.Wide{Low: y.low, High: y.high}}
	yes, no := l.Return(true), l.Return(false)
	switch l.BranchWide(test.Relation, test.x, test.y, yes, no) {
	case yes:
		return l.jumpTo(s, then)
	case no:
		return l.jumpTo(s, other)
	}
	b := l.now
	b.end, b.test = branches, test
	l.checkTest(s.pc, test)
	t := s.clone()
	l.move(t, b.last, then)
	l.move(s, b.last, other)
	b.then, b.other = &edge{state: t}, &edge{state: s}
	if err := l.send(b.then); err != nil {
		return err
	}
	return l.send(b.other)
}

// branchPointers decides comparisons of pointers: with 0, which no pointer of
// ours is, and with a pointer into the same thing.
func (l *lifter) branchPointers(s *state, in *Insn, x, y value, then, other int) error {
	zero := func(v value) bool { return v.base == number && v.low.Is(0) && v.high.Is(0) }
	equal := x.samePlace(y)
	switch {
	case in.Relation.Cmp != graph.Equal || in.Relation.Narrow,
		x.base != y.base && !zero(x) && !zero(y),
		x.index != nil || y.index != nil:
		return l.fault(s.pc, "pointers are compared", "compare what they point to")
	case equal:
		return l.jumpTo(s, then)
	}
	return l.jumpTo(s, other)
}

func (l *lifter) call(s *state, in *Insn) error {
	if len(s.frames) >= maxDepth {
		return l.fault(s.pc, fmt.Sprintf("calls are nested deeper than %d", maxDepth), "functions that call themselves cannot be translated")
	}
	f := frame{ret: s.pc + 1, rank: l.rank(s), turns: s.turns}
	copy(f.saved[:], s.regs[firstSaved:])
	s.frames = append(s.frames, f)
	clear(s.regs[firstSaved:framePtr])
	s.regs[0] = value{}
	s.regs[framePtr] = value{set: true, base: stack, frame: len(s.frames)}
	s.pc, s.turns = in.Target, make([]int, len(l.flow.loops[in.Target]))
	return l.endAt(s)
}

func (l *lifter) exit(s *state) error {
	depth := len(s.frames)
	if depth == 0 {
		r := s.regs[0]
		if !r.set || r.base != number {
			return l.fault(s.pc, "the result is not a number", "return 0 to deny, 1 to accept")
		}
		l.checkResult(s, r.low)
		l.now.end, l.now.result = returns, r.low
		return nil
	}
	f := s.frames[depth-1]
	s.frames = s.frames[:depth-1]
	clear(s.regs[1:firstSaved])
	copy(s.regs[firstSaved:], f.saved[:])
	s.regs[framePtr] = value{set: true, base: stack, frame: depth - 1}
	gone := func(p place) bool { return p.frame == depth }
	s.words.drop(gone)
	s.pointers.drop(gone)
	s.turns = f.turns
	l.move(s, f.ret-1, f.ret)
	return l.endAt(s)
}

func (l *lifter) unset(pc int) error {
	return l.fault(pc, "a value is used that was never set", "initialize the variable")
}

// decide makes the graph from the blocks, the last first.
func (l *lifter) decide() *graph.Node {
	nodes := map[*block]*graph.Node{}
	to := func(e *edge) *graph.Node { return l.Assign(e.values, nodes[e.to]) }
	l.At = -1
	deny := l.Return(false)
	for i := len(l.order) - 1; i >= 0; i-- {
		b := l.order[i]
		l.At = b.last
		var n *graph.Node
		switch b.end {
		case returns: // the kernel accepts whatever is not 0
			n = l.NotZero(b.result, l.Return(true), deny)
		case jumps:
			n = to(b.then)
		case branches:
			n = l.BranchWide(b.test.Relation, b.test.x, b.test.y, to(b.then), to(b.other))
		}
		for j := len(b.guards) - 1; j >= 0; j-- {
			n = l.Branch(graph.Greater, b.guards[j].index, b.guards[j].last, deny, n)
		}
		nodes[b] = n
	}
	return nodes[l.order[0]]
}
