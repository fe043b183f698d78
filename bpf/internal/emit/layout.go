package emit

import (
	"cmp"
	"maps"
	"slices"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// layout is what all programs of a graph have in common.
type layout struct {
	pool    *expr.Pool
	nodes   []*graph.Node
	index   map[*graph.Node]int
	lastUse []int // of values, by their ID: index of the last node; -1 for none
	homes   map[*expr.Expr]*home
	byWord  [cbpf.BPF_MEMWORDS][]*home // in order of their first nodes
	least   int                        // instructions that any program has at least
	most    *graph.Node                // the node that most of them are for
}

// home is the scratch word of a join, which it has from the first node that
// sets it to the last that uses it.
type home struct {
	join           *expr.Expr
	word, from, to int
}

func newLayout(pool *expr.Pool, nodes []*graph.Node) (*layout, error) {
	l := &layout{pool: pool, nodes: nodes, index: indexOf(nodes), homes: map[*expr.Expr]*home{}, least: len(nodes)}
	l.uses()
	if l.least > tooMany {
		return nil, &Error{ErrTooLong, l.most}
	}
	return l, l.place()
}

// computed are operations that take an instruction wherever they stand.
var computed = map[expr.Op]bool{
	expr.Add: true, expr.Sub: true, expr.Mul: true, expr.Div: true, expr.Or: true, expr.Xor: true, expr.Shl: true, expr.Neg: true, expr.Sar: true, expr.Select: true,
}

// uses finds where values are used last, and where joins begin and end.
func (l *layout) uses() {
	l.lastUse = make([]int, l.pool.Len()+1)
	for i := range l.lastUse {
		l.lastUse[i] = -1
	}
	for i, n := range l.nodes {
		for _, v := range n.Values {
			if l.homes[v.Join] == nil {
				l.homes[v.Join] = &home{join: v.Join, from: i}
			}
			l.homes[v.Join].to = i
		}
	}
	var use func(e *expr.Expr, at int)
	use = func(e *expr.Expr, at int) {
		if e == nil || l.lastUse[e.ID] >= 0 {
			return
		}
		l.pool.Spend(1)
		l.lastUse[e.ID] = at
		if h := l.homes[e]; h != nil {
			h.to = max(h.to, at)
		}
		if computed[e.Op] {
			l.least++
		}
		use(e.A, at)
		use(e.B, at)
		use(e.C, at)
	}
	most := 0
	for i := len(l.nodes) - 1; i >= 0; i-- { // what is seen first is the last use
		before := l.least
		for _, e := range l.nodes[i].Exprs() {
			use(e, i)
		}
		if n := l.least - before; n >= most {
			most, l.most = n, l.nodes[i]
		}
	}
}

// usedFrom tells whether a value is used at a node or later. Constants that came
// up since are not.
func (l *layout) usedFrom(e *expr.Expr, node int) bool {
	return e.ID < len(l.lastUse) && l.lastUse[e.ID] >= node
}

// place gives each join its word.
func (l *layout) place() error {
	homes := slices.SortedFunc(maps.Values(l.homes), func(a, b *home) int {
		return cmp.Or(a.from-b.from, a.join.ID-b.join.ID)
	})
	for _, h := range homes {
		h.word = slices.IndexFunc(l.byWord[:], func(before []*home) bool {
			return len(before) == 0 || before[len(before)-1].to < h.from
		})
		if h.word < 0 {
			return &Error{ErrTooComplex, l.nodes[h.from]}
		}
		l.byWord[h.word] = append(l.byWord[h.word], h)
	}
	return nil
}

// used is how many words joins take.
func (l *layout) used() int {
	n := slices.IndexFunc(l.byWord[:], func(h []*home) bool { return len(h) == 0 })
	if n < 0 {
		return len(l.byWord)
	}
	return n
}
