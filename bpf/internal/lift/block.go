package lift

import (
	"container/heap"

	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// block is a piece of code without jumps, run from one state. Ways to it that
// have the same key meet there: what they disagree in becomes a join.
type block struct {
	rank   []int // see there; run in this order
	serial int
	in     []*edge
	run    bool
	last   int // index of the instruction that ended it
	guards []guard
	end    ending
	result *expr.Expr // of returns: the low word of R0
	test   relation   // of branches
	then   *edge      // of branches and jumps
	other  *edge      // of branches
}

type ending uint8

const (
	returns ending = iota
	jumps
	branches
)

// edge is a way to a block.
type edge struct {
	state  *state
	to     *block
	values []graph.Value
}

// guard denies the request where an index is beyond its table.
type guard struct{ index, last *expr.Expr }

// relation is a comparison of two numbers.
type relation struct {
	graph.Relation
	x, y graph.Wide
}

// queue is the blocks that wait to be run. A block is run when all ways to it
// are known, which the ranks see to.
type queue []*block

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	a, b := q[i].rank, q[j].rank
	for k := range min(len(a), len(b)) {
		if a[k] != b[k] {
			return a[k] < b[k]
		}
	}
	if len(a) != len(b) {
		return len(a) < len(b) // a call before what is called
	}
	return q[i].serial < q[j].serial
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is for package heap.
func (q *queue) Push(x any) { *q = append(*q, x.(*block)) }

// Pop is for package heap.
func (q *queue) Pop() any {
	old := *q
	b := old[len(old)-1]
	*q = old[:len(old)-1]
	return b
}

// send adds a way to the block that its state belongs to.
func (l *lifter) send(e *edge) error {
	k := l.keys(e.state)
	b, known := l.blocks[string(k.exact)], l.blocks
	key := k.exact
	if b == nil {
		if l.copies[string(k.shape)] >= l.Versions {
			key, known = k.shape, l.merged
			b = known[string(key)]
		} else {
			l.copies[string(k.shape)]++
		}
	}
	if b == nil {
		b = &block{rank: l.rank(e.state), serial: len(l.blocks) + len(l.merged)}
		known[string(key)] = b
		heap.Push(&l.queue, b)
	}
	if b.run {
		return l.fault(e.state.pc, "the loop ends when run-time data says so", "give it a bound that is a constant, and break out of it earlier")
	}
	e.to = b
	b.in = append(b.in, e)
	return nil
}

// rank is where a state is in the order: the calls that led there, the turns of
// the loops, and the place.
func (l *lifter) rank(s *state) []int {
	var r []int
	if n := len(s.frames); n > 0 {
		r = append(r, s.frames[n-1].rank...)
	}
	for i, head := range l.flow.loops[s.pc] {
		r = append(r, l.flow.loopOrder.rank[head], s.turns[i])
	}
	return append(r, l.flow.loopOrder.rank[s.pc])
}

// move goes on at another instruction of the function, and counts turns.
func (l *lifter) move(s *state, from, to int) {
	before, after := l.flow.loops[from], l.flow.loops[to]
	same := 0
	for same < len(before) && same < len(after) && before[same] == after[same] {
		same++
	}
	again := same > 0 && same == len(after) && after[same-1] == to
	if len(after) != len(s.turns) || same < len(after) || again {
		turns := make([]int, len(after))
		copy(turns, s.turns[:same])
		if again {
			turns[same-1]++
		}
		s.turns = turns
	}
	s.pc = to
}

// meet is the state in which a block is run. Where the ways to it disagree,
// each gives a join its value.
func (l *lifter) meet(b *block) *state {
	s := b.in[0].state.clone()
	if len(b.in) == 1 {
		return s
	}
	for i := range framePtr {
		if !l.flow.live(s.pc, i) {
			s.regs[i] = value{}
			continue
		}
		s.regs[i] = l.meetValues(b, func(s *state) value { return s.regs[i] })
	}
	for f := range s.frames {
		for i := range savedCount {
			if !l.flow.live(s.frames[f].ret, firstSaved+i) {
				s.frames[f].saved[i] = value{}
				continue
			}
			s.frames[f].saved[i] = l.meetValues(b, func(s *state) value { return s.frames[f].saved[i] })
		}
	}
	for i := range s.words { // all ways have the same places
		s.words[i].v = l.meetWords(b, func(s *state) *expr.Expr { return s.words[i].v })
	}
	return s
}

// meetValues is a value at a meeting. The key sees to it that all ways have
// the same kind of value there, and the same pointer.
func (l *lifter) meetValues(b *block, of func(*state) value) value {
	v := of(b.in[0].state)
	if v.set && v.base == number {
		v.low = l.meetWords(b, func(s *state) *expr.Expr { return of(s).low })
		v.high = l.meetWords(b, func(s *state) *expr.Expr { return of(s).high })
	}
	return v
}

func (l *lifter) meetWords(b *block, of func(*state) *expr.Expr) *expr.Expr {
	first := of(b.in[0].state)
	same := true
	for _, e := range b.in[1:] {
		same = same && of(e.state) == first
	}
	if same {
		return first
	}
	for i, v := range b.in[0].values { // one join for values that always agree
		if agrees(b, i, of) {
			return v.Join
		}
	}
	join := l.Join()
	for _, e := range b.in {
		e.values = append(e.values, graph.Value{Join: join, To: of(e.state)})
	}
	return join
}

// agrees tells whether the i-th join has, on all ways, the value that is
// wanted.
func agrees(b *block, i int, of func(*state) *expr.Expr) bool {
	for _, e := range b.in {
		if e.values[i].To != of(e.state) {
			return false
		}
	}
	return true
}
