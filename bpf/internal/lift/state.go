package lift

import (
	"slices"

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
	turns []int // of the caller
}

// state is what the machine holds at a place of the program. Numbers on the
// stack are kept as aligned words, pointers as a whole.
type state struct {
	pc       int
	regs     [registers]value
	frames   []frame
	words    cells[*expr.Expr]
	pointers cells[value]
	resultAt int   // the instruction that set R0
	turns    []int // how often each loop that pc is in was begun anew, the outermost first; never changed, only replaced
}

func (s *state) clone() *state {
	n := *s
	n.frames = slices.Clone(s.frames)
	n.words = slices.Clone(s.words)
	n.pointers = slices.Clone(s.pointers)
	return &n
}
