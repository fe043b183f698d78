package cbpf_test

import (
	"math/bits"
	"strings"

	"github.com/uringgen/uringgen/bpf/cbpf"
)

// reference is an interpreter that shares nothing with Run but the program: it
// works on the text of the disassembly, with 64-bit numbers, each instruction a
// function that is built from the last one on and calls what comes next. It
// panics where a program reads what was not stored, or leaves the program.
func reference(p cbpf.Program, ctx cbpf.Context, bigEndian bool) uint32 {
	lines := strings.Split(strings.TrimSuffix(p.String(), "\n"), "\n")
	rest := make([]next, len(lines))
	for i := len(lines) - 1; i >= 0; i-- {
		var s statement
		if err := s.parse(lines[i], i); err != nil {
			panic(err)
		}
		rest[i] = s.compile(i, rest)
	}
	return uint32(rest[0](registers{memory: map[uint32]uint64{}, word: func(at uint32) uint64 {
		v := uint32(ctx[at]) | uint32(ctx[at+1])<<8 | uint32(ctx[at+2])<<16 | uint32(ctx[at+3])<<24
		if bigEndian {
			v = bits.ReverseBytes32(v)
		}
		return uint64(v)
	}}))
}

// registers is all that an instruction sees.
type registers struct {
	a, x   uint64 // below 1<<32
	memory map[uint32]uint64
	word   func(at uint32) uint64
}

type next func(registers) uint64

// compile is an instruction and all that may follow it.
func (s statement) compile(i int, rest []next) next {
	if s.name == "ret" {
		return s.value
	}
	if s.name == "ja" {
		return rest[s.labels[0]]
	}
	if test := comparisons[s.name]; test != nil {
		yes, no := rest[s.labels[0]], rest[s.labels[1]]
		return func(r registers) uint64 {
			if test(r.a, s.value(r)) {
				return yes(r)
			}
			return no(r)
		}
	}
	then := rest[i+1]
	if s.name == "div" {
		return func(r registers) uint64 {
			v := s.value(r)
			if v == 0 {
				return 0
			}
			r.a /= v
			return then(r)
		}
	}
	return func(r registers) uint64 {
		assignments[s.name](&r, s)
		return then(r)
	}
}

var comparisons = map[string]func(a, v uint64) bool{
	"jeq":  func(a, v uint64) bool { return a == v },
	"jgt":  func(a, v uint64) bool { return a > v },
	"jge":  func(a, v uint64) bool { return a >= v },
	"jset": func(a, v uint64) bool { return a&v > 0 },
}

// assignments change a copy of the registers.
var assignments = map[string]func(*registers, statement){
	"ld":  func(r *registers, s statement) { r.a = s.value(*r) },
	"ldx": func(r *registers, s statement) { r.x = s.value(*r) },
	"st":  func(r *registers, s statement) { r.memory[s.k] = r.a },
	"stx": func(r *registers, s statement) { r.memory[s.k] = r.x },
	"tax": func(r *registers, _ statement) { r.x = r.a },
	"txa": func(r *registers, _ statement) { r.a = r.x },
	"neg": func(r *registers, _ statement) { r.a = (1<<32 - r.a) % (1 << 32) },
	"add": func(r *registers, s statement) { r.a = (r.a + s.value(*r)) % (1 << 32) },
	"sub": func(r *registers, s statement) { r.a = (r.a + 1<<32 - s.value(*r)) % (1 << 32) },
	"mul": func(r *registers, s statement) { r.a = r.a * s.value(*r) % (1 << 32) },
	"and": func(r *registers, s statement) { r.a &= s.value(*r) },
	"or":  func(r *registers, s statement) { r.a |= s.value(*r) },
	"xor": func(r *registers, s statement) { r.a ^= s.value(*r) },
	"lsh": func(r *registers, s statement) { r.a = r.a << (s.value(*r) & 31) % (1 << 32) },
	"rsh": func(r *registers, s statement) { r.a >>= s.value(*r) & 31 },
}

// value is what the operand stands for.
func (s statement) value(r registers) uint64 {
	switch s.kind {
	case "k":
		return uint64(s.k)
	case "[]":
		return r.word(s.k)
	case "M":
		v, ok := r.memory[s.k]
		if !ok {
			panic("a word that was not stored")
		}
		return v
	case "a":
		return r.a
	case "x":
		return r.x
	case "len":
		return 40
	}
	panic("operand " + s.kind)
}
