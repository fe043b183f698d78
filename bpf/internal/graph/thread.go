package graph

import "github.com/uringgen/uringgen/bpf/internal/expr"

// Simplify leaves out tests that earlier ones have settled, each on the ways
// where it is settled, and values of joins that nobody uses.
func (b *Builder) Simplify(root *Node) *Node {
	root = b.dropUnused(root)
	root = b.thread(root)
	return b.dropUnused(root)
}

// thread redirects each way past the tests that are settled on it.
func (b *Builder) thread(root *Node) *Node {
	type target struct{ then, other *Node }
	at := map[*Node]facts{root: nil}
	to := map[*Node]target{}
	// follow is where a way ends up, with what is known there.
	follow := func(n *Node, f facts) *Node {
		for n.Kind == Test {
			holds, decided := f.decide(n)
			if !decided {
				break
			}
			f = f.assume(n, holds)
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
	for _, n := range Order(root) {
		f, reached := at[n]
		if !reached {
			continue
		}
		if b.step() {
			return root
		}
		switch n.Kind {
		case Test:
			to[n] = target{follow(n.Then, f.assume(n, true)), follow(n.Else, f.assume(n, false))}
		case Assign:
			to[n] = target{then: follow(n.Then, f.set(n.Values))}
		}
	}
	return b.rewrite(root, func(n *Node, made func(*Node) *Node) *Node {
		switch n.Kind {
		case Test:
			return b.test(n.Cmp, n.A, n.B, made(to[n].then), made(to[n].other))
		case Assign:
			return b.Assign(n.Values, made(to[n].then))
		default:
			return n
		}
	}, func(n *Node) []*Node {
		switch n.Kind {
		case Test:
			return []*Node{to[n].then, to[n].other}
		case Assign:
			return []*Node{to[n].then}
		default:
			return nil
		}
	})
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
	return b.rewrite(root, func(n *Node, made func(*Node) *Node) *Node {
		switch n.Kind {
		case Test:
			return b.test(n.Cmp, n.A, n.B, made(n.Then), made(n.Else))
		case Assign:
			var keep []Value
			for _, v := range n.Values {
				if used[v.Join] {
					keep = append(keep, v)
				}
			}
			return b.Assign(keep, made(n.Then))
		default:
			return n
		}
	}, (*Node).Next)
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
		if e == nil || seen[e] {
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

// rewrite makes the graph anew from its ends. make is given a node and the way
// to what became of the nodes that it now leads to, which next lists.
func (b *Builder) rewrite(root *Node, make func(n *Node, made func(*Node) *Node) *Node, next func(*Node) []*Node) *Node {
	done := map[*Node]*Node{}
	made := func(n *Node) *Node { return done[n] }
	for stack := []*Node{root}; len(stack) > 0; {
		n := stack[len(stack)-1]
		if done[n] != nil {
			stack = stack[:len(stack)-1]
			continue
		}
		waits := false
		for _, m := range next(n) {
			if done[m] == nil {
				stack = append(stack, m)
				waits = true
			}
		}
		if !waits {
			b.At = n.Origin
			done[n] = make(n, made)
			stack = stack[:len(stack)-1]
		}
	}
	return done[root]
}
