package cbpf

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Explanation is why a program says what it says about a request.
type Explanation struct {
	Verdict uint32 // what Run returns; 0 denies
	Path    []Step // what ran, in order

	// Decided is the element of Path that settled whether the request is accepted:
	// the last jump whose other way could have ended differently, the div that
	// divided by an X of 0, the ret a that returned a value of the request; the
	// last one if no request would have ended differently.
	Decided int
}

// Step is an instruction that ran.
type Step struct {
	Index        int // in the program
	Instruction  Instruction
	A, X         uint32 // before it ran
	FromA, FromX string // how they came about, such as "[20] & 0xf"; parts that would be too long are "…"
	Next         int    // index of the instruction after it; -1 at the end
}

// Explain is Run with the way that the program took. It allocates.
func Explain(p Program, ctx Context, order binary.ByteOrder) (*Explanation, error) {
	if e := validate(p); e != nil {
		return nil, e
	}
	m := machine{ctx: ctx, big: big(order)}
	e := &Explanation{}
	from := newOrigins()
	for m.pc >= 0 {
		s := Step{Index: m.pc, Instruction: p[m.pc], A: m.a, X: m.x, FromA: from.a.text, FromX: from.x.text}
		m.step(s.Instruction)
		s.Next = m.pc
		e.Path = append(e.Path, s)
		from.step(s.Instruction, &m)
	}
	e.Verdict = m.verdict
	e.Decided = e.decided(outcomes(p), from.a.constant)
	return e, nil
}

// decided finds the step that settled the verdict. constant tells that A held
// the same for all requests at the end.
func (e *Explanation) decided(ways []outcome, constant bool) int {
	last := len(e.Path) - 1
	if end := e.Path[last].Instruction; !end.returns() || end.Op == BPF_RET|BPF_A && !constant {
		return last
	}
	for i := last; i >= 0; i-- {
		if other, ok := e.Path[i].other(); ok && ways[other]&^outcomeOf(e.Verdict) != 0 {
			return i
		}
	}
	return last
}

// other is where a conditional jump would have gone had its condition been
// different.
func (s *Step) other() (int, bool) {
	t, f := s.Index+1+int(s.Instruction.JT), s.Index+1+int(s.Instruction.JF)
	if !s.Instruction.branches() || t == f {
		return 0, false
	}
	return t + f - s.Next, true
}

// outcome is a set of ways to end.
type outcome uint8

const (
	denied outcome = 1 << iota
	accepted
)

func outcomeOf(verdict uint32) outcome {
	if verdict == 0 {
		return denied
	}
	return accepted
}

// outcomes is, for each instruction of a valid program, how it may end from
// there: more than it can, for conditions are not looked at.
func outcomes(p Program) []outcome {
	ways := make([]outcome, len(p))
	for i := len(p) - 1; i >= 0; i-- {
		switch in := p[i]; {
		case in.Op == BPF_RET|BPF_A:
			ways[i] = denied | accepted
		case in.returns():
			ways[i] = outcomeOf(in.K)
		case in.Op == BPF_JMP|BPF_JA:
			ways[i] = ways[i+1+int(in.K)]
		case in.branches():
			ways[i] = ways[i+1+int(in.JT)] | ways[i+1+int(in.JF)]
		case in.Op == BPF_ALU|BPF_DIV|BPF_X:
			ways[i] = denied | ways[i+1]
		default:
			ways[i] = ways[i+1]
		}
	}
	return ways
}

// String is one line for the step that decided, and one for the path, with a
// newline between them:
//
//	denied by l4: jeq #0x1, l5, l9 is false, for [20] & 0xf = 0x2
//	path: l0-l4 l9
func (e *Explanation) String() string {
	if e == nil || e.Decided < 0 || e.Decided >= len(e.Path) {
		return "no explanation"
	}
	verdict := "denied"
	if e.Verdict != 0 {
		verdict = fmt.Sprintf("accepted (%#x)", e.Verdict)
	}
	return verdict + " by " + e.Path[e.Decided].String() + "\npath: " + e.path()
}

// path names the instructions that ran, runs of them by their ends.
func (e *Explanation) path() string {
	var b strings.Builder
	for i := 0; i < len(e.Path); i++ {
		first := e.Path[i].Index
		for i+1 < len(e.Path) && e.Path[i+1].Index == e.Path[i].Index+1 {
			i++
		}
		fmt.Fprintf(&b, " l%d", first)
		if end := e.Path[i].Index; end != first {
			fmt.Fprintf(&b, "-l%d", end)
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

// String is the step with the values that it worked on, such as
// "l4: jeq #0x1, l5, l9 is false, for [20] & 0xf = 0x2".
func (s *Step) String() string {
	in := s.Instruction
	text := fmt.Sprintf("l%d: %s", s.Index, in.at(s.Index))
	a, x := valued(s.FromA, s.A), valued(s.FromX, s.X)
	switch {
	case in.branches():
		text += fmt.Sprintf(" is %v, for %s", s.taken(), a)
		if in.withX() {
			text += " and x is " + x
		}
	case in.Op == BPF_RET|BPF_A:
		text += ", which is " + a
	case in.Op == BPF_ALU|BPF_DIV|BPF_X:
		text += ", where x is " + x
	}
	return text
}

// taken tells that a conditional jump's condition held.
func (s *Step) taken() bool {
	m := machine{a: s.A, x: s.X}
	return m.holds(s.Instruction)
}

// valued is "expression = value", or the value alone if it is a constant.
func valued(from string, v uint32) string {
	if value := fmt.Sprintf("%#x", v); from != value {
		return from + " = " + value
	}
	return from
}
