package bpf

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/emit"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
	"github.com/uringgen/uringgen/bpf/internal/lift"
)

// AnyOp stands for a program that is to be right for each operation.
const AnyOp = -1

// Result is a translated program.
type Result struct {
	Program   cbpf.Program
	Positions []Position // for each instruction the place in C; zero where that is not known
	Scratch   int        // words of scratch memory that are used, of 16
}

// Translate makes classic BPF of a program of an object, which is for the byte
// order that the object was compiled for. With an op, an IORING_OP_* number, the
// program is for requests of that operation alone, which makes it shorter; AnyOp
// leaves ctx->opcode open. Variables that are const volatile have the values
// that spec.Variables gives them.
//
// The translation is right for every request: whatever the program returns for
// it is 0 exactly where the original returns 0. Errors are *TranslateError. The
// same input gives the same program.
func Translate(spec *ebpf.CollectionSpec, name string, op int) (*Result, error) {
	if op < AnyOp || op > 0xff {
		return nil, &TranslateError{Program: name, Index: -1, Reason: fmt.Sprintf("%d is no operation", op), Remedy: "use an IORING_OP_* number or AnyOp"}
	}
	src, err := decode(spec, name)
	if err != nil {
		return nil, err
	}
	var best *emit.Code
	var first error
	for i, w := range ways {
		code, err := w.translate(&src.Program, op)
		if err != nil {
			// What is wrong with the program, the first way tells: with fewer
			// copies, constants become values, and loops seem to have no bound.
			first = cmp.Or(first, err)
			if i == 0 && !again(err) {
				break
			}
			continue
		}
		if best == nil || len(code.Program) < len(best.Program) {
			best = code
		}
		if n := len(code.Program); n <= settled || n >= long {
			break
		}
	}
	if best == nil {
		return nil, src.explain(first)
	}
	if err := cbpf.Validate(best.Program); err != nil {
		return nil, &TranslateError{Program: name, Index: -1, Reason: "the translation is wrong: " + err.Error(), Remedy: "this is a fault of the translator: please report it"}
	}
	return src.result(best), nil
}

// result adds the places in C.
func (s *source) result(c *emit.Code) *Result {
	r := &Result{Program: c.Program, Positions: make([]Position, len(c.Program)), Scratch: c.Scratch}
	for i, n := range c.Nodes {
		if n.Origin >= 0 {
			r.Positions[i] = s.positions[n.Origin]
		}
	}
	return r
}

// way is one of the ways to translate a program.
type way struct {
	versions int  // in how many copies code may be run
	flatten  bool // see graph.Builder.Flatten
	split    bool // see graph.Builder.SplitSwapped
}

// ways are tried in this order. Many copies give the shortest programs where
// decisions depend on constants, few where the copies are alike.
var ways = []way{
	{versions: manyCopies, split: true, flatten: true},
	{versions: manyCopies},
	{versions: manyCopies, flatten: true},
	{versions: 4},
	{versions: 1},
	{versions: 0},
}

const (
	manyCopies = 1 << 20
	// settled is a length up to which no other way is tried, long one from
	// which on it is not worth the time.
	settled = 12
	long    = 600
)

// budget is how much work may go into one way.
var budget = struct{ blocks, steps, nodes, effort int }{blocks: 2500, steps: 40000, nodes: 60000, effort: 30000}

func (w way) translate(p *lift.Program, op int) (*emit.Code, error) {
	b := graph.NewBuilder(expr.NewPool(budget.nodes), budget.nodes)
	root, err := lift.Graph(b, p, lift.Options{Opcode: op, Versions: w.versions, Blocks: budget.blocks, Steps: budget.steps})
	if err != nil {
		return nil, err
	}
	root = b.Simplify(root)
	if w.flatten {
		root = b.Simplify(b.Flatten(root))
	}
	if w.split {
		root = b.Simplify(b.SplitSwapped(root))
	}
	if b.Exhausted() {
		return nil, &lift.Error{Index: -1, Budget: true, Why: "the program is too large to be translated", Advice: "split it by operation, or make its loops shorter"}
	}
	return emit.Program(b, root, budget.effort)
}

// again tells whether another way may do where one has failed.
func again(err error) bool {
	var e *lift.Error
	return !errors.As(err, &e) || e.Budget
}

// explain adds the place in C.
func (s *source) explain(err error) error {
	e := &TranslateError{Program: s.name, Index: -1, Reason: err.Error()}
	var at *lift.Error
	switch {
	case errors.As(err, &at):
		e.Reason, e.Remedy = at.Why, at.Advice
		if at.Index >= 0 && at.Index < len(s.positions) {
			e.Index, e.Position = s.offsets[at.Index], s.positions[at.Index]
		}
	case errors.Is(err, emit.ErrTooLong):
		e.Remedy = "split the filter by operation: several filters of an operation must all accept"
	case errors.Is(err, emit.ErrTooComplex):
		e.Remedy = "compute less at a time, or decide earlier"
	}
	return e
}

// Programs is the names of the programs of an object, in order.
func Programs(spec *ebpf.CollectionSpec) []string {
	names := make([]string, 0, len(spec.Programs))
	for name := range spec.Programs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
