// Package graph is the decision of a filter as a directed graph without
// cycles: tests of 32-bit expressions that lead to accept or deny. Equal parts
// are shared, and tests are brought close to the words of the context as they
// are made, since what a classic BPF program can test without arithmetic is a
// word, some bits of it, or its order against a constant.
package graph

import (
	"encoding/binary"
	"fmt"

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
	known map[key]*Node
}

// NewBuilder makes a builder. Its work is taken from the pool's budget.
func NewBuilder(p *expr.Pool) *Builder {
	return &Builder{Pool: p, known: map[key]*Node{}}
}

// step counts work, and tells whether to give up.
func (b *Builder) step() bool { return !b.Spend(1) }

// Return is the end.
func (b *Builder) Return(accept bool) *Node {
	return b.intern(key{kind: Return, accept: accept}, func() *Node { return &Node{Kind: Return, Accept: accept} })
}

// Assign gives values to joins and goes on with next. A value may be made of
// joins, but not of those that come before it in the list.
func (b *Builder) Assign(values []Value, next *Node) *Node {
	if len(values) == 0 {
		return next
	}
	var k []byte
	for _, v := range values {
		k = binary.AppendUvarint(binary.AppendUvarint(k, uint64(v.Join.ID)), uint64(v.To.ID))
	}
	return b.intern(key{kind: Assign, then: next.ID, values: string(k)}, func() *Node { return &Node{Kind: Assign, Values: values, Then: next} })
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
	return b.intern(key{kind: Test, cmp: cmp, x: x.ID, y: y.ID, then: then.ID, other: other.ID}, func() *Node {
		return &Node{Kind: Test, Cmp: cmp, A: x, B: y, Then: then, Else: other}
	})
}

// key is what makes two nodes equal.
type key struct {
	kind              Kind
	accept            bool
	cmp               Cmp
	x, y, then, other int    // numbers
	values            string // of Assign
}

func (b *Builder) intern(k key, make func() *Node) *Node {
	if n := b.known[k]; n != nil {
		return n
	}
	n := make()
	n.ID, n.Origin = len(b.known)+1, b.At
	b.known[k] = n
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

// next is Next without an allocation; nil is nothing.
func (n *Node) next() [2]*Node { return [2]*Node{n.Then, n.Else} }

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
