package graph

import (
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// Simplify leaves out tests that earlier ones have settled, each on the ways
// where it is settled, and values of joins that nobody uses.
func (b *Builder) Simplify(root *Node) *Node {
	root = b.dropUnused(root)
	root = b.thread(root)
	return b.dropUnused(root)
}

// thread redirects each way past the tests that are settled on it.
func (b *Builder) thread(root *Node) *Node { return b.threadFrom(root, nil) }

// threadFrom is thread where something is known at the root.
func (b *Builder) threadFrom(root *Node, known facts) *Node {
	type target struct{ then, other *Node }
	at := map[*Node]facts{}
	to := map[*Node]target{}
	// follow is where a way ends up, with what is known there.
	follow := func(n *Node, f facts) *Node {
		for n.Kind == Test && b.Spend(1) {
			holds, decided := f.decide(n)
			if !decided {
				break
			}
			f = b.assume(f, n, holds)
			if holds {
				n = n.Then
			} else {
				n = n.Else
			}
		}
		if g, ok := at[n]; ok {
			f = meet(g, f)
		}
		at[n] = f
		return n
	}
	root = follow(root, known)
	for _, n := range Order(root) {
		f, reached := at[n]
		if !reached {
			continue
		}
		if !b.Spend(1 + len(f)/4) {
			return root
		}
		switch n.Kind {
		case Test:
			to[n] = target{follow(n.Then, b.assume(f, n, true)), follow(n.Else, b.assume(f, n, false))}
		case Assign:
			to[n] = target{then: follow(n.Then, f.set(n.Values))}
		}
	}
	return b.rewrite(root, func(n *Node, made func(*Node) *Node) *Node {
		switch n.Kind {
		case Test:
			then, other := made(to[n].then), made(to[n].other)
			if x, y := b.narrow(n, at[n]); x != n.A {
				return b.Branch(n.Cmp, x, y, then, other)
			}
			return b.test(n.Cmp, n.A, n.B, then, other)
		case Assign:
			return b.Assign(n.Values, made(to[n].then))
		default:
			return n
		}
	}, func(n *Node) [2]*Node { return [2]*Node{to[n].then, to[n].other} })
}

// set is what is known after joins were set.
func (f facts) set(values []Value) facts {
	for _, v := range values {
		x := f.of(v.To)
		f = f.without(v.Join)
		if x.low != 0 || x.high != nothing.high || x.zeros|x.ones != 0 {
			f = f.with(v.Join, x)
		}
	}
	return f
}

// dropUnused leaves out values that no test depends on.
func (b *Builder) dropUnused(root *Node) *Node {
	nodes := Order(root)
	used := usedJoins(nodes)
	unused := func(v Value) bool { return !used[v.Join] }
	if !slices.ContainsFunc(nodes, func(n *Node) bool { return slices.ContainsFunc(n.Values, unused) }) {
		return root
	}
	return b.rewrite(root, func(n *Node, made func(*Node) *Node) *Node {
		switch n.Kind {
		case Test:
			return b.test(n.Cmp, n.A, n.B, made(n.Then), made(n.Else))
		case Assign:
			return b.Assign(slices.DeleteFunc(slices.Clone(n.Values), unused), made(n.Then))
		default:
			return n
		}
	}, (*Node).next)
}

// usedJoins is the joins that tests use, themselves or through other joins.
func usedJoins(nodes []*Node) map[*expr.Expr]bool {
	from := map[*expr.Expr][]*expr.Expr{}
	for _, n := range nodes {
		for _, v := range n.Values {
			from[v.Join] = append(from[v.Join], v.To)
		}
	}
	used, seen := map[*expr.Expr]bool{}, map[*expr.Expr]bool{}
	var use func(e *expr.Expr)
	use = func(e *expr.Expr) {
		if e == nil || !e.Joins || seen[e] {
			return
		}
		seen[e] = true
		if e.Op == expr.Join {
			used[e] = true
			for _, to := range from[e] {
				use(to)
			}
		}
		use(e.A)
		use(e.B)
		use(e.C)
	}
	for _, n := range nodes {
		if n.Kind == Test {
			use(n.A)
			use(n.B)
		}
	}
	return used
}

// rewrite makes the graph anew from its ends. remake is given a node and the way
// to what became of the nodes that it now leads to, which next lists.
func (b *Builder) rewrite(root *Node, remake func(n *Node, made func(*Node) *Node) *Node, next func(*Node) [2]*Node) *Node {
	done := make([]*Node, len(b.known)+1) // by the ID of what is rewritten
	made := func(n *Node) *Node { return done[n.ID] }
	for stack := []*Node{root}; len(stack) > 0; {
		n := stack[len(stack)-1]
		if done[n.ID] != nil {
			stack = stack[:len(stack)-1]
			continue
		}
		waits := false
		for _, m := range next(n) {
			if m != nil && done[m.ID] == nil {
				stack = append(stack, m)
				waits = true
			}
		}
		if !waits {
			b.Spend(1)
			b.At = n.Origin
			done[n.ID] = remake(n, made)
			stack = stack[:len(stack)-1]
		}
	}
	return done[root.ID]
}
