// Package expr is 32-bit arithmetic over the words of a filter's context:
// expressions that are simplified as they are made, and of which equal ones are
// the same pointer.
//
// Arithmetic is that of eBPF's 32-bit class: modulo 2^32, shift counts modulo
// 32, and 0 for a division by 0.
package expr

import (
	"fmt"
	"math"
	"math/bits"
)

// Op is what an expression does with its operands.
type Op uint8

// Operations. Those that can be written with others do not exist: Mod is
// x - x/y*y, and comparisons other than Less are made of it.
const (
	Const  Op = iota // K
	Word             // the aligned word of the context at byte K
	Join             // value number K that several paths set
	Add              // A + B
	Sub              // A - B
	Mul              // A * B
	Div              // A / B, unsigned; 0 if B is 0
	And              // A & B
	Or               // A | B
	Xor              // A ^ B
	Shl              // A << (B % 32)
	Shr              // A >> (B % 32), unsigned
	Sar              // A >> B, signed; B is a constant, 1 to 31
	Neg              // -A
	Swap             // A with its four bytes reversed
	Less             // 1 if A < B, unsigned, else 0
	Select           // B if A is not 0, else C
)

var names = [...]string{"const", "word", "join", "+", "-", "*", "/", "&", "|", "^", "<<", ">>", "s>>", "-", "swap", "<", "?"}

// Expr is an expression. It is made by a Pool and never changes.
type Expr struct {
	Op      Op
	A, B, C *Expr
	K       uint32
	ID      int    // in the order of making, from 1
	Zeros   uint32 // bits that are 0 whatever the context
	Ones    uint32 // bits that are 1 whatever the context
	Size    int    // number of nodes as a tree; saturates
	Joins   bool   // is made of a join
}

// maxSize bounds Size, so that sums of sizes do not overflow.
const maxSize = 1 << 20

// Pool makes expressions. Its zero value is not usable; see NewPool. It is for
// one goroutine at a time.
type Pool struct {
	known map[key]*Expr
	joins uint32
	left  int
}

type key struct {
	op      Op
	a, b, c int
	k       uint32
}

// NewPool makes a pool with a budget for all work that is done with it. Each
// expression takes 1.
func NewPool(budget int) *Pool {
	return &Pool{known: map[key]*Expr{}, left: budget}
}

// Spend takes work from the budget, and tells whether it was still there.
func (p *Pool) Spend(work int) bool {
	p.left -= work
	return p.left >= 0
}

// Left is what is left of the budget; negative if it was not enough.
func (p *Pool) Left() int { return p.left }

// Exhausted tells that the budget is spent. The pool goes on to work, but what
// is made of it since is not to be used: those who look at the budget may have
// given up.
func (p *Pool) Exhausted() bool { return p.left < 0 }

// Len is how many expressions there are: no ID is larger.
func (p *Pool) Len() int { return len(p.known) }

func id(e *Expr) int {
	if e == nil {
		return 0
	}
	return e.ID
}

// make is the expression as it stands, or a constant if all of its bits are
// known.
func (p *Pool) make(op Op, a, b, c *Expr, k uint32) *Expr {
	at := key{op, id(a), id(b), id(c), k}
	if e := p.known[at]; e != nil {
		return e
	}
	p.left--
	e := &Expr{Op: op, A: a, B: b, C: c, K: k, Size: 1, Joins: op == Join}
	for _, s := range []*Expr{a, b, c} {
		if s != nil {
			e.Size = min(e.Size+s.Size, maxSize)
			e.Joins = e.Joins || s.Joins
		}
	}
	e.Zeros, e.Ones = Known(e, func(x *Expr) (uint32, uint32) { return x.Zeros, x.Ones })
	if op != Const && e.Zeros|e.Ones == math.MaxUint32 {
		e = p.Const(e.Ones)
	} else {
		e.ID = len(p.known) + 1
	}
	p.known[at] = e
	return e
}

// Const is a number.
func (p *Pool) Const(k uint32) *Expr { return p.make(Const, nil, nil, nil, k) }

// Word is the aligned word of the context at a byte offset.
func (p *Pool) Word(offset uint32) *Expr { return p.make(Word, nil, nil, nil, offset) }

// Join is a new value, set by each of several paths before they meet.
func (p *Pool) Join() *Expr {
	p.joins++
	return p.make(Join, nil, nil, nil, p.joins)
}

// IsConst tells whether e is a number.
func (e *Expr) IsConst() bool { return e.Op == Const }

// Is tells whether e is the number k.
func (e *Expr) Is(k uint32) bool { return e.Op == Const && e.K == k }

// Max is a bound that e never exceeds.
func (e *Expr) Max() uint32 { return ^e.Zeros }

// Min is a bound that e is never below.
func (e *Expr) Min() uint32 { return e.Ones }

// String is e in the syntax of C, with word[16] for a word of the context.
func (e *Expr) String() string {
	switch e.Op {
	case Const:
		if e.K < 1024 {
			return fmt.Sprint(e.K)
		}
		return fmt.Sprintf("%#x", e.K)
	case Word:
		return fmt.Sprintf("word[%d]", e.K)
	case Join:
		return fmt.Sprintf("join%d", e.K)
	case Neg:
		return fmt.Sprintf("-%v", e.A)
	case Swap:
		return fmt.Sprintf("swap(%v)", e.A)
	case Select:
		return fmt.Sprintf("(%v ? %v : %v)", e.A, e.B, e.C)
	default:
		return fmt.Sprintf("(%v %s %v)", e.A, names[e.Op], e.B)
	}
}

// Mask is the operand and the constant of an And with a constant; else e and
// all bits.
func (e *Expr) Mask() (*Expr, uint32) {
	if e.Op == And && e.B.IsConst() {
		return e.A, e.B.K
	}
	return e, math.MaxUint32
}

// shiftBy is the count of a shift by a constant.
func (e *Expr) shiftBy(op Op) (uint32, bool) {
	if e.Op == op && e.B.IsConst() {
		return e.B.K, true
	}
	return 0, false
}

// below is all bits up to the highest that x has.
func below(x uint32) uint32 { return uint32(1)<<bits.Len32(x) - 1 }

// order puts operands of a commutative operation into one order: a constant
// last, else the older first.
func order(a, b *Expr) (*Expr, *Expr) {
	if a.IsConst() && !b.IsConst() || !b.IsConst() && a.ID > b.ID {
		return b, a
	}
	return a, b
}
