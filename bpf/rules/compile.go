package rules

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/emit"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
	"github.com/uringgen/uringgen/generated/uapi"
)

// Compile makes a filter of a rule, for requests of an operation on machines of
// this one's byte order. Its PDUSize is that of the operation's payload; but for
// IORING_OP_CONNECT, which has one since Linux 7.2 only, 0 if the rule does not
// read it. Errors are *[Error]. The same rule gives the same
// filter.
func Compile(op uapi.Op, rule Rule) (cbpf.Filter, error) {
	return CompileFor(op, rule, nil)
}

// CompileFor is Compile for machines of a byte order; nil is this one's.
// Constants that differ by architecture, such as SOCK_STREAM and O_CREAT, are
// in the rule as they were given.
func CompileFor(op uapi.Op, rule Rule, order binary.ByteOrder) (cbpf.Filter, error) {
	reads, err := rule.check(op)
	if err != nil {
		return cbpf.Filter{}, err
	}
	f := cbpf.Filter{Op: uint8(op), PDUSize: payloadSize(op, reads)}
	var m former
	goal := m.form(rule, true)
	if m.exhausted() {
		return cbpf.Filter{}, explain(op, errTooMany)
	}
	if f.Program, err = program(goal, bigEndian(order)); err != nil {
		return cbpf.Filter{}, explain(op, err)
	}
	return f, nil
}

// Set is the rules of some operations. Without operations it does not compile.
type Set map[uapi.Op]Rule

// Compile makes the filters of the rules, as Compile does, in the order of
// their operations. An error is about all rules that do not compile.
func (s Set) Compile() ([]cbpf.Filter, error) { return s.CompileFor(nil) }

// CompileFor is Compile for machines of a byte order; nil is this one's.
func (s Set) CompileFor(order binary.ByteOrder) ([]cbpf.Filter, error) {
	if len(s) == 0 {
		return nil, errors.New("the set has no operations; add a rule for what is allowed")
	}
	var filters []cbpf.Filter
	var errs []error
	for _, op := range slices.Sorted(maps.Keys(s)) {
		f, err := CompileFor(op, s[op], order)
		filters, errs = append(filters, f), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return filters, nil
}

func bigEndian(order binary.ByteOrder) bool {
	if order == nil {
		order = binary.NativeEndian
	}
	return order.Uint16([]byte{0, 1}) == 1
}

// budget is how much work may go into one way of compiling, and how much of it
// into the search for a short program, in instructions written.
var budget = struct{ work, effort int }{work: 1 << 17, effort: 20000}

// What no way of compiling, and no length of chains, helps against.
var (
	errTooMany = errors.New("the rule has too many parts")
	errTooFar  = fmt.Errorf("%w, by far", emit.ErrTooLong)
)

// chains is how many tests may stand one after the other in a large set, each
// tried if the one before does not fit: a chain is shorter than a search by
// halves, which is faster.
var chains = []int{5, 64}

// program is the best program of the ways to look at fields in network order.
func program(f *form, big bool) (cbpf.Program, error) {
	var first error
	for _, chain := range chains {
		var best cbpf.Program
		again := false
		for _, ordered := range ways(f) {
			p, err := way(f, lowerer{big: big, ordered: ordered, chain: chain})
			if err != nil {
				first = cmp.Or(first, err)
				again = again || errors.Is(err, emit.ErrTooLong) && !errors.Is(err, errTooFar)
			} else if best == nil || cost(p) < cost(best) {
				best = p
			}
		}
		if best != nil {
			return best, cbpf.Validate(best)
		}
		if !again {
			break
		}
	}
	return nil, first
}

// ways is which fields in network order to look at as numbers, all in turn.
func ways(f *form) []map[fieldID]bool {
	used := map[fieldID]bool{}
	f.fields(used)
	out := []map[fieldID]bool{{}}
	for _, id := range slices.Sorted(maps.Keys(used)) {
		if !id.get().network {
			continue
		}
		for _, way := range out {
			more := maps.Clone(way)
			more[id] = true
			out = append(out, more)
		}
	}
	return out
}

func (f *form) fields(used map[fieldID]bool) {
	if f.kind == member {
		used[f.what.field] = true
	}
	for _, sub := range f.subs {
		sub.fields(used)
	}
}

// way is the program of one way.
func way(f *form, l lowerer) (cbpf.Program, error) {
	b := graph.NewBuilder(expr.NewPool(budget.work))
	l.b = b
	root := l.lower(f, b.Return(true), b.Return(false))
	switch {
	case l.tooLong:
		return nil, errTooFar
	case b.Exhausted():
		return nil, errTooMany
	}
	root = b.Simplify(b.Gather(b.Simplify(root)))
	if b.Exhausted() {
		return nil, errTooMany
	}
	code, err := emit.Program(b, root, budget.effort)
	if err != nil {
		return nil, err
	}
	return code.Program, nil
}

// cost is by which programs are compared. What may run for every request counts
// more than what lies there.
func cost(p cbpf.Program) int { return len(p) + 4*longestPath(p) }

// longestPath is how many instructions of a valid program may run.
func longestPath(p cbpf.Program) int {
	steps := make([]int, len(p))
	for i := len(p) - 1; i >= 0; i-- {
		steps[i] = 1
		switch in := p[i]; in.Op & 7 {
		case cbpf.BPF_RET:
		case cbpf.BPF_JMP:
			if in.Op == cbpf.BPF_JMP|cbpf.BPF_JA {
				steps[i] += steps[i+1+int(in.K)]
			} else {
				steps[i] += max(steps[i+1+int(in.JT)], steps[i+1+int(in.JF)])
			}
		default:
			steps[i] += steps[i+1]
		}
	}
	return steps[0]
}

// explain says what to do where there is no program.
func explain(op uapi.Op, err error) error {
	e := &Error{
		Op:     op,
		Reason: err.Error(),
		Remedy: "use ranges and prefixes, or compile the parts of an All one by one: several filters of an operation must all accept",
	}
	var refused *cbpf.Error
	if errors.As(err, &refused) {
		e.Reason, e.Remedy = "the program is wrong: "+e.Reason, "this is a fault of package rules: please report it"
	}
	return e
}
