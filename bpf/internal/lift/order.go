package lift

import "slices"

// loopOrder ranks instructions in the order in which they are best run: each
// before those that it leads to, and a loop as a whole before what comes after
// it. Jumps back to a loop's head are what is left.
//
// C: the weak topological order of François Bourdoncle (1993).
type loopOrder struct {
	next  [][]int
	rank  []int   // from 1; 0 for what is not reached
	loops [][]int // heads of the loops that an instruction is in, the outermost first
	last  int     // the highest rank so far
	// of one search
	inside []int // by which search an instruction is looked at
	search int
	found  []int // the order of finding, from 1; 0 if not found yet, -1 if the part is known
	stack  []int
	parts  [][]int
	count  int
}

// maxNesting bounds how deep loops are looked into.
const maxNesting = 40

func newLoopOrder(next [][]int) *loopOrder {
	n := len(next)
	return &loopOrder{next: next, rank: make([]int, n), loops: make([][]int, n), inside: make([]int, n), found: make([]int, n)}
}

// function ranks what an entry leads to.
func (o *loopOrder) function(entry int) {
	if o.rank[entry] == 0 {
		o.order(entry, nil, func(int) bool { return true })
	}
}

// order ranks what is found from an entry, where within says yes, in loops.
func (o *loopOrder) order(entry int, loops []int, within func(int) bool) {
	o.count, o.parts = 0, nil
	o.visit(entry, within)
	parts := o.parts
	for i := len(parts) - 1; i >= 0; i-- {
		o.part(parts[i], loops)
	}
}

// part ranks a strongly connected part: an instruction, or a loop with its head
// last.
func (o *loopOrder) part(part, loops []int) {
	head := part[len(part)-1]
	o.last++
	o.rank[head] = o.last
	if len(part) == 1 {
		o.loops[head] = loops
		return
	}
	inner := slices.Concat(loops, []int{head})
	o.loops[head] = inner
	if len(inner) >= maxNesting {
		for _, pc := range part[:len(part)-1] {
			o.last++
			o.rank[pc], o.loops[pc] = o.last, inner
		}
		return
	}
	o.search++
	search := o.search
	for _, pc := range part[:len(part)-1] {
		o.inside[pc], o.found[pc] = search, 0
	}
	within := func(pc int) bool { return o.inside[pc] == search && o.rank[pc] == 0 }
	for _, pc := range o.next[head] {
		if within(pc) {
			o.order(pc, inner, within)
		}
	}
}

// visit finds the strongly connected parts that pc leads to, the last first
// (Tarjan's algorithm). It is the lowest that was found in the part of pc.
func (o *loopOrder) visit(pc int, within func(int) bool) int {
	o.count++
	o.found[pc] = o.count
	low := o.count
	o.stack = append(o.stack, pc)
	for _, to := range o.next[pc] {
		switch {
		case !within(to): // a head, or elsewhere
		case o.found[to] == 0:
			low = min(low, o.visit(to, within))
		case o.found[to] > 0:
			low = min(low, o.found[to])
		}
	}
	if low == o.found[pc] {
		i := len(o.stack) - 1
		for o.stack[i] != pc {
			i--
		}
		part := make([]int, 0, len(o.stack)-i)
		for j := len(o.stack) - 1; j >= i; j-- {
			o.found[o.stack[j]] = -1 // done
			part = append(part, o.stack[j])
		}
		o.stack = o.stack[:i]
		o.parts = append(o.parts, part)
	}
	return low
}
