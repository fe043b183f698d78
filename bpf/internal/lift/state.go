package lift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// base is what a pointer points into.
type base uint8

const (
	number  base = iota // no pointer
	context             // the filter's argument
	stack               // a function's stack: offsets are negative
	data                // a region
)

// value is what a register or a place on the stack holds: a number of 64 bits,
// or a pointer. The zero value is one that was never set.
type value struct {
	set       bool
	base      base
	region    *Region    // of a pointer into data
	frame     int        // of a pointer into a stack: the depth of the call
	off       int64      // of a pointer
	index     *expr.Expr // of a pointer into data: what is added to off at run time; nil for nothing
	low, high *expr.Expr // of a number
}

// samePlace tells whether two pointers are equal.
func (v value) samePlace(w value) bool {
	return v.base == w.base && v.region == w.region && v.frame == w.frame && v.off == w.off && v.index == w.index
}

const (
	registers  = 11
	firstSaved = 6 // R6 to R9 survive a call
	savedCount = 4
	framePtr   = 10
	stackSize  = 512
	maxDepth   = 8
)

// frame is a call that has not returned.
type frame struct {
	ret   int // where it returns to
	saved [savedCount]value
	rank  []int // of the call, see block.rank
}

// place is a position on a stack.
type place struct{ frame, off int }

// state is what the machine holds at a place of the program. Numbers on the
// stack are kept as aligned words, pointers as a whole.
type state struct {
	pc       int
	regs     [registers]value
	frames   []frame
	words    map[place]*expr.Expr
	pointers map[place]value
}

func (s *state) clone() *state {
	n := *s
	n.frames = slices.Clone(s.frames)
	n.words = make(map[place]*expr.Expr, len(s.words))
	for k, v := range s.words {
		n.words[k] = v
	}
	n.pointers = make(map[place]value, len(s.pointers))
	for k, v := range s.pointers {
		n.pointers[k] = v
	}
	return &n
}

func sorted[V any](m map[place]V) []place {
	keys := make([]place, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b place) int {
		if a.frame != b.frame {
			return a.frame - b.frame
		}
		return a.off - b.off
	})
	return keys
}

// key is what makes two states meet: the place in the program, and the shape
// of what is live there, with the constants if they count.
func (l *lifter) key(s *state, constants bool) string {
	var k strings.Builder
	fmt.Fprint(&k, s.pc)
	part := func(e *expr.Expr) {
		if constants && e.IsConst() {
			fmt.Fprintf(&k, "=%x", e.K)
		} else {
			k.WriteByte('.')
		}
	}
	whole := func(i int, v value) {
		if !v.set {
			return
		}
		fmt.Fprintf(&k, ",%d", i)
		if v.base == number {
			part(v.low)
			part(v.high)
			return
		}
		fmt.Fprintf(&k, "@%d.%p.%d.%d.%d", v.base, v.region, v.frame, v.off, exprID(v.index))
	}
	for i, v := range s.regs[:framePtr] {
		if l.flow.live(s.pc, i) {
			whole(i, v)
		}
	}
	for _, f := range s.frames {
		fmt.Fprintf(&k, "|%d", f.ret)
		for i, v := range f.saved {
			if l.flow.live(f.ret, firstSaved+i) {
				whole(i, v)
			}
		}
	}
	for _, p := range sorted(s.words) {
		fmt.Fprintf(&k, ";%d.%d", p.frame, p.off)
		part(s.words[p])
	}
	for _, p := range sorted(s.pointers) {
		fmt.Fprintf(&k, "#%d", p.frame)
		whole(p.off, s.pointers[p])
	}
	return k.String()
}

func exprID(e *expr.Expr) int {
	if e == nil {
		return 0
	}
	return e.ID
}
