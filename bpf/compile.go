package bpf

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/emit"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
	"github.com/uringgen/uringgen/bpf/internal/lift"
)

// budget is how much work may go into one translation, in the units of package
// expr: expressions, nodes and instructions that are made or looked at.
const budget = 200000

// copies are in how many versions code may be run, each for constants of its
// own; they are tried in this order. Many give the shortest programs where
// decisions depend on constants, few where the copies are alike. part is the
// part of the budget, of what is left, that may be spent.
var copies = []struct{ versions, part int }{
	{1 << 20, 2},
	{4, 2},
	{1, 2},
	{0, 1},
}

// shape is a form of a graph, of which the one that gives the shortest program
// is taken.
type shape struct{ flatten, split bool }

var shapes = []shape{{}, {flatten: true, split: true}, {flatten: true}}

const (
	// settled is a length up to which no other way is tried, long one from
	// which on it is not worth the time.
	settled = 8
	long    = 600
	// effort bounds the search for a short program, in instructions.
	effort = 30000
	// maxShifts is how many shifts are looked at for warnings.
	maxShifts = 16
)

// compile tries the ways to translate a program, and takes the shortest
// result.
func compile(p *lift.Program, o lift.Options) (*emit.Code, []remark, error) {
	c := compiler{program: p, options: o, left: budget}
	c.run()
	if c.best == nil {
		return nil, nil, c.first
	}
	return c.best, c.remarks, nil
}

type compiler struct {
	program *lift.Program
	options lift.Options
	left    int // of the budget
	best    *emit.Code
	remarks []remark
	first   error
}

func (c *compiler) run() {
	for _, w := range copies {
		if !c.copies(w.versions, c.left/w.part) {
			return
		}
	}
}

// copies tries one number of versions, and tells whether to go on.
func (c *compiler) copies(versions, work int) bool {
	b := graph.NewBuilder(expr.NewPool(work))
	defer func() { c.left -= work - b.Left() }()
	var remarks []remark
	o := c.options
	o.Versions = versions
	o.Warn = func(index int, text string) { remarks = append(remarks, remark{index, text}) }
	var shifts []lift.Shift
	o.Shift = func(s lift.Shift) { shifts = append(shifts, s) }
	root, err := lift.Graph(b, c.program, o)
	if err != nil {
		// What is wrong with the program, the first tells: with fewer copies,
		// constants become values, and loops seem to have no bound.
		again := c.first != nil || isBudget(err)
		c.first = cmp.Or(c.first, err)
		return again
	}
	root = b.Simplify(root)
	first := c.best == nil
	for _, s := range shapes {
		c.shape(b, root, s)
		if c.best != nil && len(c.best.Program) <= settled {
			break
		}
	}
	if first { // with fewer copies, less is known
		c.remarks = slices.Concat(remarks, unchecked(b, root, shifts))
	}
	return c.best == nil || len(c.best.Program) > settled && len(c.best.Program) < long
}

// unchecked is remarks on shifts by counts that may be too large.
func unchecked(b *graph.Builder, root *graph.Node, shifts []lift.Shift) (out []remark) {
	for _, s := range shifts[:min(len(shifts), maxShifts)] {
		if b.CountsAbove(root, s.Count, s.Bits-1) {
			out = append(out, remark{s.Index, fmt.Sprintf("the shift count can be more than %d, which C leaves open, and the result counts: check it before, or mask it with %[1]d", s.Bits-1)})
		}
	}
	return out
}

func isBudget(err error) bool {
	var e *lift.Error
	return errors.As(err, &e) && e.Budget
}

// shape tries one form of a graph.
func (c *compiler) shape(b *graph.Builder, root *graph.Node, s shape) {
	if s.flatten {
		root = b.Simplify(b.Flatten(root))
	}
	if s.split {
		root = b.Simplify(b.SplitSwapped(root))
	}
	root = b.Simplify(b.Gather(root))
	if b.Exhausted() {
		c.first = cmp.Or(c.first, error(lift.TooMuch(root.Origin)))
		return
	}
	code, err := emit.Program(b, root, effort)
	if err != nil {
		c.first = cmp.Or(c.first, err)
		return
	}
	if c.best == nil || len(code.Program) < len(c.best.Program) {
		c.best = code
	}
}

// explain adds the place in C.
func (s *source) explain(err error) error {
	e := &TranslateError{Program: s.name, Index: -1, Reason: err.Error()}
	at := -1
	var lifted *lift.Error
	var emitted *emit.Error
	switch {
	case errors.As(err, &lifted):
		e.Reason, e.Remedy, at = lifted.Why, lifted.Advice, lifted.Index
	case errors.As(err, &emitted):
		at = emitted.Node.Origin
		e.Remedy = "compute less at a time, or decide earlier"
		if errors.Is(err, emit.ErrTooLong) {
			e.Remedy = "split the filter by operation: several filters of an operation must all accept"
		}
	}
	if at >= 0 && at < len(s.positions) {
		e.Index, e.Position = s.offsets[at], s.positions[at]
	}
	return e
}
