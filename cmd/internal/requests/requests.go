// Package requests tells the translator what the tables know of requests.
package requests

import (
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/gen"
)

// Warning is a warning of the translator as compilers write theirs.
func Warning(program string, w bpf.Warning) string {
	if p := w.Position.String(); p != "" {
		program = p + ": " + program
	}
	return program + ": warning: " + w.Text
}

// Options are those for a filter of one of the operations, or of bpf.AnyOp.
func Options(known []gen.Operation, op int) bpf.Options {
	o := bpf.Options{Op: op, Payloads: map[int]int{}}
	for _, x := range known {
		number := int(x.Number)
		o.Payloads[number] = int(x.PDUSize)
		for _, m := range x.Members {
			o.Members = append(o.Members, bpf.Member{Op: number, Offset: m.Offset, Mask: m.Bits, Text: m.Warning})
		}
	}
	return o
}
