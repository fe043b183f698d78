package emit

import (
	"cmp"
	"maps"
	"slices"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// search looks for the plan that gives the shortest program: from keeping
// nothing upwards, and from keeping all that is used twice downwards.
type search struct {
	*layout
	effort int
	spent  int
	best   *Code
	err    error
}

// candidates is how many values are tried in a round.
const candidates = 8

func (s *search) run() (*Code, error) {
	s.grow()
	if s.best == nil || s.left() {
		s.shrink()
	}
	if s.best == nil {
		return nil, s.err
	}
	return s.best, nil
}

func (s *search) left() bool { return s.spent < s.effort && !s.pool.Exhausted() }

// try writes the program by a plan, and tells whether it is shorter than the
// best so far.
func (s *search) try(p plan) (w *writer, better bool) {
	w = newWriter(s.layout, p)
	code, err := w.all()
	work := len(w.code) + len(s.nodes)
	s.spent += work
	s.pool.Spend(work)
	switch {
	case err != nil:
		s.err = cmp.Or(s.err, err)
		return nil, false
	case s.best != nil && len(code.Program) >= len(s.best.Program):
		return w, false
	}
	s.best = code
	return w, true
}

// grow adds the value that pays most, again and again.
func (s *search) grow() {
	p := plan{keep: map[*expr.Expr]bool{}, ahead: map[int][]*expr.Expr{}}
	w, _ := s.try(p)
	if w == nil || !s.left() {
		return
	}
	dom := dominators(s.nodes)
	for improved := true; improved && s.left(); {
		improved = false
		for _, e := range w.worthKeeping(p.keep) {
			if !s.left() {
				return
			}
			p.keep[e] = true
			better, ok := s.try(p)
			if !ok {
				better, ok = s.tryAhead(p, dom, e)
			}
			if ok {
				w, improved = better, true
				break
			}
			delete(p.keep, e)
		}
	}
}

// tryAhead computes e where all ways to its uses have come together.
func (s *search) tryAhead(p plan, dom []int, e *expr.Expr) (*writer, bool) {
	at, first := commonDominator(s.nodes, dom, e)
	if at < 0 || first || !assignedAt(s.nodes, at, e) {
		return nil, false
	}
	before := p.ahead[at]
	p.ahead[at] = append(slices.Clone(before), e)
	w, better := s.try(p)
	if !better {
		p.ahead[at] = before
	}
	return w, better
}

// worthKeeping is values that were computed more than once, those first that
// cost most.
func (w *writer) worthKeeping(kept map[*expr.Expr]bool) []*expr.Expr {
	gain := map[*expr.Expr]int{}
	for e, n := range w.computed {
		if c := cost(e); n > 1 && c >= 3 && !kept[e] {
			gain[e] = (n - 1) * (c - 1)
		}
	}
	out := slices.SortedFunc(maps.Keys(gain), func(a, b *expr.Expr) int { return cmp.Or(gain[b]-gain[a], a.ID-b.ID) })
	return out[:min(len(out), candidates)]
}

// shrink starts from keeping all values that are used more than once, and
// takes away what does not pay.
func (s *search) shrink() {
	keep := map[*expr.Expr]bool{}
	for _, e := range s.usedTwice() {
		if cost(e) >= 3 {
			keep[e] = true
		}
	}
	if len(keep) == 0 && s.best != nil {
		return
	}
	p := plan{keep: keep}
	w, _ := s.try(p)
	if w == nil {
		return
	}
	length := len(w.code)
	for _, e := range slices.SortedFunc(maps.Keys(keep), func(a, b *expr.Expr) int { return a.ID - b.ID }) {
		if !s.left() {
			return
		}
		delete(keep, e)
		if w, _ := s.try(p); w != nil && len(w.code) <= length {
			length = len(w.code)
		} else {
			keep[e] = true
		}
	}
}

// usedTwice is the values that are operands or tested more than once.
func (s *search) usedTwice() (out []*expr.Expr) {
	times := make([]int, s.pool.Len()+1)
	var use func(e *expr.Expr)
	use = func(e *expr.Expr) {
		if e == nil {
			return
		}
		switch times[e.ID]++; times[e.ID] {
		case 1:
			use(e.A)
			use(e.B)
			use(e.C)
		case 2:
			out = append(out, e)
		}
	}
	for _, node := range s.nodes {
		for _, e := range node.Exprs() {
			use(e)
		}
	}
	return out
}

// own is the instructions that an operation takes, without its operands'.
var own = map[expr.Op]int{expr.Swap: 9, expr.Sar: 3, expr.Less: 4, expr.Select: 3}

// cost is about how many instructions a value takes.
func cost(e *expr.Expr) int {
	if e.Size > 64 {
		return e.Size
	}
	n := max(own[e.Op], 1)
	for _, o := range []*expr.Expr{e.A, e.B, e.C} {
		if o != nil && (!o.IsConst() || e.Op == expr.Select) {
			n += cost(o)
		}
	}
	return n
}
