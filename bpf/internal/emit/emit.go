// Package emit writes a decision graph as a classic BPF program. It keeps
// track of what the registers A and X and the scratch words M hold on each
// way, so that a value that is there is not computed again, and tries which
// values are worth a scratch word.
package emit

import (
	"errors"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// What a graph can be too large for.
var (
	ErrTooLong    = errors.New("more than 4096 classic BPF instructions")
	ErrTooComplex = errors.New("more than 16 values are needed at the same time, and classic BPF has 16 scratch words")
)

// Error is a graph that is too large.
type Error struct {
	Err  error
	Node *graph.Node // where that showed
}

// Error is what is too large.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap is ErrTooLong or ErrTooComplex.
func (e *Error) Unwrap() error { return e.Err }

// Code is a program.
type Code struct {
	Program cbpf.Program
	Nodes   []*graph.Node // for each instruction, the node that it is of
	Scratch int           // scratch words that are used
}

// Program is the graph as a program. effort bounds the search for a short one,
// in instructions written; 0 takes the first that is right. The work is taken
// from the builder's budget, which stops the search, too. Errors are *Error.
func Program(b *graph.Builder, root *graph.Node, effort int) (*Code, error) {
	l, err := newLayout(b.Pool, graph.Order(root))
	if err != nil {
		return nil, err
	}
	s := search{layout: l, effort: effort}
	return s.run()
}

// plan is which values are kept, and where they are computed ahead of their
// first use.
type plan struct {
	keep  map[*expr.Expr]bool
	ahead map[int][]*expr.Expr // at the beginning of a node, by its index
}

// writer writes instructions in the order of the nodes.
type writer struct {
	*layout
	plan     plan
	scratch  scratch
	at       []*machine // state at the beginning of each node; nil if not reached yet
	now      machine
	current  int // index of the node
	code     []instruction
	labels   []int // position of each label; the first are those of the nodes
	computed map[*expr.Expr]int
	local    int // within a piece of code that not all ways pass
	err      error
}

// label is a place to jump to.
type label int

const noLabel label = -1

// instruction is one whose jumps are labels.
type instruction struct {
	op    uint16
	k     uint32
	then  label // of conditional jumps and ja
	other label // of conditional jumps
	node  *graph.Node
}

// tooMany is how many instructions are written before giving up: islands are
// added later, so a program that fits is never longer.
const tooMany = cbpf.BPF_MAXINSNS

func newWriter(l *layout, p plan) *writer {
	w := &writer{layout: l, plan: p, computed: map[*expr.Expr]int{}, scratch: scratch{layout: l, used: l.used()}}
	w.at = make([]*machine, len(l.nodes))
	w.at[0] = new(machine)
	for range l.nodes {
		w.label()
	}
	return w
}

// all writes the whole graph.
func (w *writer) all() (*Code, error) {
	for i, n := range w.nodes {
		w.node(i, n)
		if w.err != nil {
			return nil, w.err
		}
	}
	return w.link()
}

func (w *writer) label() label {
	w.labels = append(w.labels, -1)
	return label(len(w.labels) - 1)
}

// here puts a label at what is written next.
func (w *writer) here(l label) { w.labels[l] = len(w.code) }

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = &Error{err, w.nodes[w.current]}
	}
}

func (w *writer) op(op uint16, k uint32) { w.jump(op, k, noLabel, noLabel) }

func (w *writer) jump(op uint16, k uint32, then, other label) {
	if len(w.code) > tooMany {
		w.fail(ErrTooLong)
		return
	}
	w.code = append(w.code, instruction{op, k, then, other, w.nodes[w.current]})
}

// node writes one node.
func (w *writer) node(i int, n *graph.Node) {
	w.current, w.now = i, *w.at[i]
	w.scratch.enter(i)
	w.here(label(i))
	for _, e := range w.plan.ahead[i] {
		if w.slot(e) < 0 {
			w.toA(e)
		}
	}
	switch n.Kind {
	case graph.Return:
		k := uint32(0)
		if n.Accept {
			k = 1
		}
		w.op(cbpf.BPF_RET|cbpf.BPF_K, k)
	case graph.Test:
		w.compare(n.Cmp, n.A, n.B, w.to(n.Then), w.to(n.Else))
		w.flow(n.Then)
		w.flow(n.Else)
	case graph.Assign:
		w.assign(n.Values)
		if w.index[n.Then] != i+1 {
			w.jump(cbpf.BPF_JMP|cbpf.BPF_JA, 0, w.to(n.Then), noLabel)
		}
		w.flow(n.Then)
	}
}

func (w *writer) to(n *graph.Node) label { return label(w.index[n]) }

// flow hands the state on to a node.
func (w *writer) flow(n *graph.Node) {
	i := w.index[n]
	if w.at[i] == nil {
		m := w.now
		w.at[i] = &m
		return
	}
	w.at[i].meet(&w.now)
}

// assign gives values to joins. A join keeps its word for as long as it is
// used, so no other join's is overwritten before it was read.
func (w *writer) assign(values []graph.Value) {
	for _, v := range values {
		w.toA(v.To)
		slot := w.homes[v.Join].word
		w.op(cbpf.BPF_ST, uint32(slot))
		w.now.forget(v.Join)
		w.now.M[slot] = v.Join
	}
}
