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
	blocks  map[string]*block
	copies  map[string]int // of each shape
	queue   queue
	order   []*block // in which they were run
	steps   int
	now     *block
}

// Graph runs the program and gives its decision. Errors are *Error.
func Graph(b *graph.Builder, p *Program, o Options) (*graph.Node, error) {
	l := &lifter{Builder: b, Options: o, program: p, flow: analyze(p), blocks: map[string]*block{}, copies: map[string]int{}}
	start := &state{words: map[place]*expr.Expr{}, pointers: map[place]value{}}
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
		return nil, l.tooMuch(0)
	}
	return root, nil
}

func (l *lifter) fault(pc int, why, advice string) error {
	return &Error{Index: pc, Why: why, Advice: advice}
}

// tooMuch is the error of a program that takes more than the budget.
func (l *lifter) tooMuch(pc int) error {
	return &Error{
		Index: pc, Budget: true,
		Why:    fmt.Sprintf("the program is too large to be translated: more than %d pieces of code or %d steps", l.Blocks, l.Steps),
		Advice: "split it by operation, or make its loops shorter",
	}
}

func (l *lifter) runBlock(b *block) error {
	b.run = true
	s := l.meet(b)
	if len(l.order) >= l.Blocks || l.Exhausted() {
		return l.tooMuch(s.pc)
	}
	l.order = append(l.order, b)
	l.now = b
	for first := true; ; first = false {
		if s.pc >= len(l.program.Insns) {
			return l.fault(s.pc-1, "the program goes on behind its end", "")
		}
		if !first && l.flow.leader[s.pc] {
			return l.jumpTo(s, s.pc)
		}
		if l.steps++; l.steps > l.Steps {
			return l.tooMuch(s.pc)
		}
		in := &l.program.Insns[s.pc]
		b.last = s.pc
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
		s.pc++
	}
}

// jumpTo ends the block with a jump.
func (l *lifter) jumpTo(s *state, pc int) error {
	s.pc = pc
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
	t := s.clone()
	t.pc, s.pc = then, other
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
	f := frame{ret: s.pc + 1, rank: l.rank(s)}
	copy(f.saved[:], s.regs[firstSaved:])
	s.frames = append(s.frames, f)
	clear(s.regs[firstSaved:framePtr])
	s.regs[0] = value{}
	s.regs[framePtr] = value{set: true, base: stack, frame: len(s.frames)}
	return l.jumpTo(s, in.Target)
}

func (l *lifter) exit(s *state) error {
	depth := len(s.frames)
	if depth == 0 {
		r := s.regs[0]
		if !r.set || r.base != number {
			return l.fault(s.pc, "the result is not a number", "return 0 to deny, 1 to accept")
		}
		l.now.end, l.now.result = returns, r.low
		return nil
	}
	f := s.frames[depth-1]
	s.frames = s.frames[:depth-1]
	clear(s.regs[1:firstSaved])
	copy(s.regs[firstSaved:], f.saved[:])
	s.regs[framePtr] = value{set: true, base: stack, frame: depth - 1}
	for p := range s.words {
		if p.frame == depth {
			delete(s.words, p)
		}
	}
	for p := range s.pointers {
		if p.frame == depth {
			delete(s.pointers, p)
		}
	}
	return l.jumpTo(s, f.ret)
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
