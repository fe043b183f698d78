package emit

import (
	"slices"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// scratch says which words are free. Joins have theirs by the layout; other
// values take one as they come.
type scratch struct {
	*layout
	next   [cbpf.BPF_MEMWORDS]int  // of the joins that have a word, the first that is not over
	taken  [cbpf.BPF_MEMWORDS]bool // by a join, at the node that is written
	borrow [cbpf.BPF_MEMWORDS]bool
	used   int // words, so far
}

// spareWords are left for intermediate results when a value asks to be kept.
const spareWords = 4

// enter goes on to a node.
func (s *scratch) enter(node int) {
	for word, homes := range s.byWord {
		i := s.next[word]
		for i < len(homes) && homes[i].to < node {
			i++
		}
		s.next[word] = i
		s.taken[word] = i < len(homes) && homes[i].from <= node
	}
}

// free is a word that holds nothing which is used at the node or later, and how
// many of them there are; -1 if none.
func (s *scratch) free(m *machine, node int) (word, n int) {
	word = -1
	for i, e := range m.M {
		if s.taken[i] || s.borrow[i] || e != nil && s.usedFrom(e, node) {
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
		return w.homes[e].word
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
	if !w.plan.keep[e] || w.local > 0 || w.slot(e) >= 0 || !w.usedFrom(e, w.current) {
		return
	}
	if word, n := w.scratch.free(&w.now, w.current); n > spareWords {
		w.store(word)
	}
}
