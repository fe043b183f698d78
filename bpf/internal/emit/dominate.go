package emit

import (
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// dominators is, for each node, the last one that all ways to it pass, itself
// not counted. Nodes are in the order of graph.Order.
func dominators(nodes []*graph.Node) []int {
	index := indexOf(nodes)
	dom := make([]int, len(nodes))
	for i := range dom {
		dom[i] = -1
	}
	dom[0] = 0
	for i, n := range nodes {
		for _, next := range n.Next() {
			j := index[next]
			if dom[j] < 0 {
				dom[j] = i
			} else {
				dom[j] = common(dom, dom[j], i)
			}
		}
	}
	return dom
}

func indexOf(nodes []*graph.Node) map[*graph.Node]int {
	index := map[*graph.Node]int{}
	for i, n := range nodes {
		index[n] = i
	}
	return index
}

// common is the last node that all ways to a and to b pass.
func common(dom []int, a, b int) int {
	for a != b {
		if a > b {
			a = dom[a]
		} else {
			b = dom[b]
		}
	}
	return a
}

// commonDominator is the last node that all ways to the uses of e pass, and
// whether it is a use itself; -1 if e is not used.
func commonDominator(nodes []*graph.Node, dom []int, e *expr.Expr) (at int, used bool) {
	at = -1
	direct := map[int]bool{}
	for i, n := range nodes {
		for _, x := range n.Exprs() {
			if uses(x, e) {
				direct[i] = true
			}
		}
		switch {
		case !direct[i]:
		case at < 0:
			at = i
		default:
			at = common(dom, at, i)
		}
	}
	return at, direct[at]
}

// assignedAt tells whether all joins that e is made of have a value at a node,
// whatever way led there.
func assignedAt(nodes []*graph.Node, at int, e *expr.Expr) bool {
	needs := map[*expr.Expr]bool{}
	walk(e, func(x *expr.Expr) {
		if x.Op == expr.Join {
			needs[x] = true
		}
	})
	if len(needs) == 0 {
		return true
	}
	index := indexOf(nodes)
	have := make([]map[*expr.Expr]bool, len(nodes))
	have[0] = map[*expr.Expr]bool{}
	for i, n := range nodes[:at] {
		if have[i] == nil {
			continue
		}
		out := map[*expr.Expr]bool{}
		for j := range have[i] {
			out[j] = true
		}
		for _, v := range n.Values {
			if needs[v.Join] {
				out[v.Join] = true
			}
		}
		for _, next := range n.Next() {
			j := index[next]
			if have[j] == nil {
				have[j] = out
				continue
			}
			both := map[*expr.Expr]bool{}
			for k := range have[j] {
				if out[k] {
					both[k] = true
				}
			}
			have[j] = both
		}
	}
	return len(have[at]) == len(needs)
}
