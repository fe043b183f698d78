package emit

import (
	"cmp"
	"slices"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// scratch says which words are free. A join has one word from the first node
// that sets it to the last that uses it; other values take one as they come.
type scratch struct {
	joins   map[*expr.Expr]int
	from    map[*expr.Expr]int // of joins: index of the first node
	to      map[*expr.Expr]int // of joins: index of the last node
	lastUse map[*expr.Expr]int // of all values: index of the last node
	borrow  [cbpf.BPF_MEMWORDS]bool
	used    int // words, so far
}

// spareWords are left for intermediate results when a value asks to be kept.
const spareWords = 4

func newScratch(nodes []*graph.Node) scratch {
	s := scratch{joins: map[*expr.Expr]int{}, from: map[*expr.Expr]int{}, to: map[*expr.Expr]int{}, lastUse: map[*expr.Expr]int{}}
	for i, n := range nodes {
		seen := map[*expr.Expr]bool{}
		for _, e := range n.Exprs() {
			walkNew(e, seen, func(x *expr.Expr) {
				s.lastUse[x] = i
				if x.Op == expr.Join {
					s.to[x] = i
				}
			})
		}
		for _, v := range n.Values {
			if _, ok := s.from[v.Join]; !ok {
				s.from[v.Join] = i
			}
			s.to[v.Join] = max(s.to[v.Join], i)
		}
	}
	return s
}

// placeJoins gives each join its word.
func (s *scratch) placeJoins() error {
	var joins []*expr.Expr
	for j := range s.from {
		joins = append(joins, j)
	}
	slices.SortFunc(joins, func(a, b *expr.Expr) int {
		return cmp.Or(s.from[a]-s.from[b], a.ID-b.ID)
	})
	for i, j := range joins {
		var taken [cbpf.BPF_MEMWORDS]bool
		for _, o := range joins[:i] {
			if s.to[o] >= s.from[j] {
				taken[s.joins[o]] = true
			}
		}
		word := slices.Index(taken[:], false)
		if word < 0 {
			return ErrTooComplex
		}
		s.joins[j] = word
		s.used = max(s.used, word+1)
	}
	return nil
}

// free is a word that holds nothing which is used at the node or later, and how
// many of them there are; -1 if none.
func (s *scratch) free(m *machine, node int) (word, n int) {
	taken := s.borrow
	for j, word := range s.joins {
		if s.from[j] <= node && node <= s.to[j] {
			taken[word] = true
		}
	}
	word = -1
	for i := range taken {
		if taken[i] || m.M[i] != nil && s.lastUse[m.M[i]] >= node {
			continue
		}
		if n++; word < 0 {
			word = i
		}
	}
	return word, n
}

// slot is the word that holds e, -1 if none does.
func (w *writer) slot(e *expr.Expr) int {
	if e.Op == expr.Join {
		return w.scratch.joins[e]
	}
	return slices.Index(w.now.M[:], e)
}

// store puts A into a word.
func (w *writer) store(word int) {
	w.op(cbpf.BPF_ST, uint32(word))
	w.now.M[word] = w.now.A
	w.scratch.used = max(w.scratch.used, word+1)
}

// park puts A into a word until unpark.
func (w *writer) park() int {
	word, _ := w.scratch.free(&w.now, w.current)
	if word < 0 {
		w.fail(ErrTooComplex)
		return 0
	}
	w.store(word)
	w.scratch.borrow[word] = true
	return word
}

func (w *writer) unpark(word int) {
	w.scratch.borrow[word] = false
	w.now.M[word] = nil
}

// computedA says that A now holds e, and keeps it if it is to be kept.
func (w *writer) computedA(e *expr.Expr) {
	w.now.A = e
	w.computed[e]++
	if !w.plan.keep[e] || w.local > 0 || w.slot(e) >= 0 || w.scratch.lastUse[e] < w.current {
		return
	}
	if word, n := w.scratch.free(&w.now, w.current); n > spareWords {
		w.store(word)
	}
}
