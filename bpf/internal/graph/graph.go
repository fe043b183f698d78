// Package graph is the decision of a filter as a directed graph without
// cycles: tests of 32-bit expressions that lead to accept or deny. Equal parts
// are shared, and tests are brought close to the words of the context as they
// are made, since what a classic BPF program can test without arithmetic is a
// word, some bits of it, or its order against a constant.
package graph

import (
	"fmt"
	"strings"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// Kind is what a node does.
type Kind uint8

// Kinds of nodes.
const (
	Return Kind = iota // ends with Accept
	Test               // goes on with Then if the comparison holds, else with Else
	Assign             // gives values to joins, one after the other, and goes on with Then
)

// Cmp is a comparison of unsigned words.
type Cmp uint8

// Comparisons that classic BPF has.
const (
	Equal        Cmp = iota // A == B
	Greater                 // A > B
	GreaterEqual            // A >= B
	AnyBit                  // A & B != 0
)

var cmpNames = [...]string{"==", ">", ">=", "&"}

// Value is what a join is set to.
type Value struct{ Join, To *expr.Expr }

// Node is a place in the graph. Nodes are made by a Builder and never change;
// equal ones are the same pointer.
type Node struct {
	Kind       Kind
	Accept     bool
	Cmp        Cmp
	A, B       *expr.Expr
	Then, Else *Node
	Values     []Value
	ID         int // in the order of making, from 1
	Origin     int // what At of the Builder was when the node was first made
}

// Builder makes nodes. It is for one goroutine at a time.
type Builder struct {
	*expr.Pool
	At    int // where in the program nodes come from, as the caller counts
	known map[string]*Node
	steps int
	limit int
}

// NewBuilder makes a builder whose work is bounded: Exhausted tells when it
// has taken limit steps.
func NewBuilder(p *expr.Pool, limit int) *Builder {
	return &Builder{Pool: p, known: map[string]*Node{}, limit: limit}
}

// Exhausted tells that the builder has given up. What it made since is not to
// be used.
func (b *Builder) Exhausted() bool { return b.steps > b.limit || b.Full() }

// step counts work, and tells whether to give up.
func (b *Builder) step() bool {
	b.steps++
	return b.Exhausted()
}

// Return is the end.
func (b *Builder) Return(accept bool) *Node {
	return b.intern(fmt.Sprintf("r%v", accept), func() *Node { return &Node{Kind: Return, Accept: accept} })
}

// Assign gives values to joins and goes on with next. A value may be made of
// joins, but not of those that come before it in the list.
func (b *Builder) Assign(values []Value, next *Node) *Node {
	if len(values) == 0 {
		return next
	}
	var k strings.Builder
	fmt.Fprintf(&k, "a%d", next.ID)
	for _, v := range values {
		fmt.Fprintf(&k, ",%d=%d", v.Join.ID, v.To.ID)
	}
	return b.intern(k.String(), func() *Node { return &Node{Kind: Assign, Values: values, Then: next} })
}

// test is a test as it stands, merged with the tests that it leads to where
// those look at other bits of the same word.
func (b *Builder) test(cmp Cmp, x, y *expr.Expr, then, other *Node) *Node {
	same := func(n *Node) bool { return n.Kind == Test && n.Cmp == cmp && n.A == x && n.B == y }
	if same(then) {
		then = then.Then
	}
	if same(other) {
		other = other.Else
	}
	if then == other {
		return then
	}
	if n := b.mergeBits(cmp, x, y, then, other); n != nil {
		return n
	}
	k := fmt.Sprintf("t%d,%d,%d,%d,%d", cmp, x.ID, y.ID, then.ID, other.ID)
	return b.intern(k, func() *Node {
		return &Node{Kind: Test, Cmp: cmp, A: x, B: y, Then: then, Else: other}
	})
}

// mergeBits makes one test of two that look at different bits of one word.
func (b *Builder) mergeBits(cmp Cmp, x, y *expr.Expr, then, other *Node) *Node {
	if !y.IsConst() {
		return nil
	}
	word, mask := x.Mask()
	// both equal
	if n := then; cmp == Equal && n.Kind == Test && n.B.IsConst() && n.Cmp == Equal && n.Else == other {
		if w, m := n.A.Mask(); w == word && m&mask == 0 {
			return b.test(Equal, b.And(word, b.Const(m|mask)), b.Const(y.K|n.B.K), n.Then, other)
		}
	}
	// equal, and other bits clear
	if n := then; cmp == Equal && n.Kind == Test && n.B.IsConst() && n.Cmp == AnyBit && n.Then == other && n.A == word && n.B.K&mask == 0 {
		return b.test(Equal, b.And(word, b.Const(mask|n.B.K)), y, n.Else, other)
	}
	// bits clear, and others equal
	if n := other; cmp == AnyBit && n.Kind == Test && n.B.IsConst() && n.Cmp == Equal && n.Else == then {
		if w, m := n.A.Mask(); w == x && m&y.K == 0 {
			return b.test(Equal, b.And(x, b.Const(m|y.K)), n.B, n.Then, then)
		}
	}
	// either of two sets of bits
	if n := other; cmp == AnyBit && n.Kind == Test && n.B.IsConst() && n.Cmp == AnyBit && n.A == x && n.Then == then {
		return b.test(AnyBit, x, b.Const(y.K|n.B.K), then, n.Else)
	}
	return nil
}

func (b *Builder) intern(key string, make func() *Node) *Node {
	if n := b.known[key]; n != nil {
		return n
	}
	n := make()
	n.ID, n.Origin = len(b.known)+1, b.At
	b.known[key] = n
	return n
}

// Next is the nodes that n leads to.
func (n *Node) Next() []*Node {
	switch n.Kind {
	case Test:
		return []*Node{n.Then, n.Else}
	case Assign:
		return []*Node{n.Then}
	default:
		return nil
	}
}

// Exprs is the expressions that n computes, in order.
func (n *Node) Exprs() []*expr.Expr {
	switch n.Kind {
	case Test:
		return []*expr.Expr{n.A, n.B}
	case Assign:
		out := make([]*expr.Expr, len(n.Values))
		for i, v := range n.Values {
			out[i] = v.To
		}
		return out
	default:
		return nil
	}
}

// String is what the node does, with the numbers of nodes it leads to.
func (n *Node) String() string {
	switch n.Kind {
	case Test:
		return fmt.Sprintf("n%d: if %v %s %v then n%d else n%d", n.ID, n.A, cmpNames[n.Cmp], n.B, n.Then.ID, n.Else.ID)
	case Assign:
		s := fmt.Sprintf("n%d:", n.ID)
		for _, v := range n.Values {
			s += fmt.Sprintf(" %v = %v;", v.Join, v.To)
		}
		return s + fmt.Sprintf(" then n%d", n.Then.ID)
	default:
		return fmt.Sprintf("n%d: return %v", n.ID, n.Accept)
	}
}
