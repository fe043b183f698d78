package bpf

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/internal/emit"
)

// AnyOp stands for a program that is to be right for each operation.
const AnyOp = -1

// Result is a translated program.
type Result struct {
	Program   cbpf.Program
	Positions []Position // for each instruction the place in C; zero where that is not known
	Scratch   int        // words of scratch memory that are used, of 16
	Warnings  []Warning  // what is probably a mistake, in order of the places
}

// Translate makes classic BPF of a program of an object, which is for the byte
// order that the object was compiled for. With an op, an IORING_OP_* number, the
// program is for requests of that operation alone, which makes it shorter; AnyOp
// leaves ctx->opcode open. Variables that are const volatile have the values
// that spec.Variables gives them.
//
// The translation is right for every request: whatever the program returns for
// it is 0 exactly where the original returns 0. Errors are *TranslateError. The
// same input gives the same program.
func Translate(spec *ebpf.CollectionSpec, name string, op int) (*Result, error) {
	return TranslateWith(spec, name, Options{Op: op})
}

// TranslateWith is Translate with more that is known of the requests: the
// program is the same, but there may be more warnings.
func TranslateWith(spec *ebpf.CollectionSpec, name string, o Options) (*Result, error) {
	if o.Op < AnyOp || o.Op > 0xff {
		return nil, &TranslateError{Program: name, Index: -1, Reason: fmt.Sprintf("%d is no operation", o.Op), Remedy: "use an IORING_OP_* number or AnyOp"}
	}
	src, err := decode(spec, name)
	if err != nil {
		return nil, err
	}
	code, remarks, err := compile(&src.Program, o.lift())
	if err != nil {
		return nil, src.explain(err)
	}
	if err := cbpf.Validate(code.Program); err != nil {
		return nil, &TranslateError{Program: name, Index: -1, Reason: "the translation is wrong: " + err.Error(), Remedy: "this is a fault of the translator: please report it"}
	}
	return src.result(code, remarks), nil
}

// result adds the places in C.
func (s *source) result(c *emit.Code, remarks []remark) *Result {
	r := &Result{Program: c.Program, Positions: make([]Position, len(c.Program)), Scratch: c.Scratch, Warnings: s.warnings(remarks)}
	for i, n := range c.Nodes {
		if n.Origin >= 0 {
			r.Positions[i] = s.positions[n.Origin]
		}
	}
	return r
}

// Programs is the names of the programs of an object, in order.
func Programs(spec *ebpf.CollectionSpec) []string {
	names := make([]string, 0, len(spec.Programs))
	for name := range spec.Programs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
