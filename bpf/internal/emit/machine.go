package emit

import (
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// machine is the values that registers and scratch words hold; nil for those
// that are not known.
type machine struct {
	A, X *expr.Expr
	M    [cbpf.BPF_MEMWORDS]*expr.Expr
}

// meet leaves what both hold.
func (m *machine) meet(o *machine) {
	if m.A != o.A {
		m.A = nil
	}
	if m.X != o.X {
		m.X = nil
	}
	for i := range m.M {
		if m.M[i] != o.M[i] {
			m.M[i] = nil
		}
	}
}

// forget drops what was made of the old value of a join.
func (m *machine) forget(join *expr.Expr) {
	drop := func(e **expr.Expr) {
		if *e != nil && uses(*e, join) {
			*e = nil
		}
	}
	drop(&m.A)
	drop(&m.X)
	for i := range m.M {
		drop(&m.M[i])
	}
}

// uses tells whether e is made of part.
func uses(e, part *expr.Expr) bool { return usesNew(e, part, map[*expr.Expr]bool{}) }

func usesNew(e, part *expr.Expr, seen map[*expr.Expr]bool) bool {
	if e == part {
		return true
	}
	// What is made of part is younger.
	if e == nil || e.ID < part.ID || part.Joins && !e.Joins || seen[e] {
		return false
	}
	seen[e] = true
	return usesNew(e.A, part, seen) || usesNew(e.B, part, seen) || usesNew(e.C, part, seen)
}

// walk calls f for each expression that e is made of, itself included, once.
func walk(e *expr.Expr, f func(*expr.Expr)) {
	walkNew(e, map[*expr.Expr]bool{}, f)
}

func walkNew(e *expr.Expr, seen map[*expr.Expr]bool, f func(*expr.Expr)) {
	if e == nil || seen[e] {
		return
	}
	seen[e] = true
	f(e)
	walkNew(e.A, seen, f)
	walkNew(e.B, seen, f)
	walkNew(e.C, seen, f)
}
