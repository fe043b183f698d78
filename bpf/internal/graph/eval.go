package graph

import "github.com/uringgen/uringgen/bpf/internal/expr"

// Eval is what the graph decides where word gives the words of the context.
func Eval(root *Node, word func(offset uint32) uint32) bool {
	joins := map[uint32]uint32{}
	value := func(e *expr.Expr) uint32 {
		return expr.Eval(e, word, func(k uint32) uint32 { return joins[k] })
	}
	for n := root; ; {
		switch n.Kind {
		case Return:
			return n.Accept
		case Assign:
			for _, v := range n.Values {
				joins[v.Join.K] = value(v.To)
			}
			n = n.Then
		case Test:
			if holds(n.Cmp, value(n.A), value(n.B)) {
				n = n.Then
			} else {
				n = n.Else
			}
		}
	}
}

func holds(cmp Cmp, a, b uint32) bool {
	switch cmp {
	case Equal:
		return a == b
	case Greater:
		return a > b
	case GreaterEqual:
		return a >= b
	default:
		return a&b != 0
	}
}
