package emit

import (
	"slices"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/graph"
)

// farthest is how many instructions a conditional jump can skip.
const farthest = 255

// linker turns labels into numbers of instructions to skip. What is too far is
// reached over an island: a jump further on, where no other instruction falls
// into it, that later jumps to the same place share.
type linker struct {
	*writer
	islands map[label][]label // by where they lead
	leads   map[label]label   // where an island leads
}

func (w *writer) link() (*Code, error) {
	l := linker{w, map[label][]label{}, map[label]label{}}
	for i := 0; i < len(l.code); i++ {
		for l.reach(i) {
			if len(l.code) > tooMany {
				return nil, ErrTooLong
			}
			i = 0 // what lies before has moved away from its targets
		}
	}
	if len(l.code) > cbpf.BPF_MAXINSNS {
		return nil, ErrTooLong
	}
	c := &Code{Scratch: w.scratch.used}
	for i, in := range l.code {
		c.Program = append(c.Program, l.resolve(i, in))
		c.Nodes = append(c.Nodes, in.node)
	}
	return c, nil
}

func (l *linker) skip(i int, to label) int { return l.labels[to] - i - 1 }

func (l *linker) resolve(i int, in instruction) cbpf.Instruction {
	out := cbpf.Instruction{Op: in.op, K: in.k}
	switch {
	case in.other != noLabel:
		out.JT, out.JF = uint8(l.skip(i, in.then)), uint8(l.skip(i, in.other))
	case in.then != noLabel:
		out.K = uint32(l.skip(i, in.then))
	}
	return out
}

// reach lets an instruction that jumps too far jump to an island, and tells
// whether one was built.
func (l *linker) reach(i int) bool {
	if l.code[i].other == noLabel {
		return false
	}
	then, builtThen := l.within(i, l.code[i].then)
	l.code[i].then = then
	if builtThen {
		return true
	}
	other, builtOther := l.within(i, l.code[i].other)
	l.code[i].other = other
	return builtOther
}

// within is a label that instruction i can jump to, and which leads where to
// leads.
func (l *linker) within(i int, to label) (_ label, built bool) {
	if l.skip(i, to) <= farthest {
		return to, false
	}
	if t, ok := l.leads[to]; ok {
		to = t
	}
	for _, island := range l.islands[to] {
		if n := l.skip(i, island); n >= 0 && n <= farthest {
			return island, false
		}
	}
	return l.build(i, to), true
}

// build puts an island as far behind instruction i as it can be reached,
// leaving room for others that may come before it.
func (l *linker) build(i int, to label) label {
	const room = 55
	at := i + 1
	for k := min(i+farthest-room, len(l.code)-1); k > i; k-- {
		if !l.code[k].fallsThrough() {
			at = k + 1
			break
		}
	}
	in := instruction{op: cbpf.BPF_JMP | cbpf.BPF_JA, then: to, other: noLabel, node: l.code[i].node}
	// A return is as good as a jump to it, unless scratch words are used: to
	// the kernel's check a ret goes on with what follows it.
	if target := l.code[l.labels[to]]; target.node.Kind == graph.Return && l.scratch.used == 0 {
		in.op, in.k, in.then, in.node = target.op, target.k, noLabel, target.node
	}
	l.code = slices.Insert(l.code, at, in)
	for j := range l.labels {
		if l.labels[j] >= at {
			l.labels[j]++
		}
	}
	island := l.label()
	l.labels[island] = at
	l.islands[to] = append(l.islands[to], island)
	l.leads[island] = to
	return island
}

// fallsThrough tells whether the next instruction can follow.
func (in instruction) fallsThrough() bool {
	return in.other == noLabel && in.op != cbpf.BPF_JMP|cbpf.BPF_JA && in.op&7 != cbpf.BPF_RET
}
