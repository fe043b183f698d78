package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// most is how many instructions the programs here have.
const most = 10000

// giants are programs of which the size alone is a burden, in one way each.
var giants = map[string]func() asm.Instructions{
	"no jumps": func() (out asm.Instructions) {
		out = append(out, asm.LoadMem(asm.R0, asm.R1, 16, asm.DWord))
		for i := range most - 2 {
			out = append(out, []asm.Instruction{asm.Mul.Reg(asm.R0, asm.R0), asm.Xor.Imm(asm.R0, int32(i)), asm.RSh.Imm(asm.R0, 1)}[i%3])
		}
		return append(out, asm.Return())
	},
	"jumps back": func() (out asm.Instructions) { // each block leads to the one before it
		n := most/2 - 2
		out = append(out, asm.Mov.Reg(asm.R0, asm.R1), asm.Ja.Label(fmt.Sprint("b", n-1)))
		for i := range n {
			block := asm.Instructions{asm.Mov.Reg(asm.R2, asm.R0).WithSymbol(fmt.Sprint("b", i)), asm.Ja.Label(fmt.Sprint("b", i-1))}
			if i == 0 {
				block = asm.Instructions{asm.LoadMem(asm.R0, asm.R0, 16, asm.Word).WithSymbol("b0"), asm.Return()}
			}
			out = append(out, block...)
		}
		return out
	},
	"nested loops": func() (out asm.Instructions) {
		n := most/2 - 4
		out = append(out, asm.LoadMem(asm.R0, asm.R1, 16, asm.Word))
		for i := range n {
			out = append(out, asm.Add.Imm(asm.R0, int32(i)).WithSymbol(fmt.Sprint("top", i)))
		}
		for i := range n {
			out = append(out, asm.JEq.Imm(asm.R0, int32(i), fmt.Sprint("top", n-1-i)))
		}
		return append(out, asm.Return())
	},
	"diamonds": func() (out asm.Instructions) {
		out = append(out, asm.LoadMem(asm.R2, asm.R1, 16, asm.Word), asm.Mov.Imm(asm.R0, 0))
		for i := range most/4 - 2 {
			out = append(out,
				asm.JSet.Imm(asm.R2, 1<<(i%31), fmt.Sprint("else", i)),
				asm.Add.Imm(asm.R0, 3), asm.LSh.Imm(asm.R0, 1),
				asm.Xor.Imm(asm.R0, int32(i)).WithSymbol(fmt.Sprint("else", i)))
		}
		return append(out, asm.Return())
	},
	"stack": func() (out asm.Instructions) {
		out = append(out, asm.LoadMem(asm.R0, asm.R1, 16, asm.DWord))
		for i := range most/4 - 1 {
			at := int16(-8 * (1 + i%64))
			out = append(out, asm.StoreMem(asm.R10, at, asm.R0, asm.DWord), asm.LoadMem(asm.R2, asm.R10, at, asm.DWord), asm.Add.Reg(asm.R0, asm.R2), asm.JEq.Imm(asm.R0, int32(i), "end"))
		}
		return append(out, asm.Return().WithSymbol("end"))
	},
}

// TestBudget counts the work for the largest programs that the limits are made
// for. It bounds the time, which is not asserted: tests/bench/filters prints it.
func TestBudget(t *testing.T) {
	for name, make := range giants {
		t.Run(name, func(t *testing.T) {
			insns := make()
			if len(insns) > most {
				t.Errorf("%d instructions", len(insns))
			}
			spec := &ebpf.CollectionSpec{ByteOrder: binary.LittleEndian, Programs: map[string]*ebpf.ProgramSpec{"p": {Name: "p", Instructions: insns}}}
			src, err := decode(spec, "p")
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Op: AnyOp}
			c := compiler{program: &src.Program, options: o.lift(), left: budget}
			c.run()
			// What is begun when the budget ends is ended, a pass over a graph
			// at most.
			if c.left < -budget/10 {
				t.Errorf("%d of %d are left", c.left, budget)
			}
			t.Logf("%d instructions, %d of %d are left", len(insns), c.left, budget)
			res, err := Translate(spec, "p", AnyOp)
			var e *TranslateError
			if err != nil && (!errors.As(err, &e) || e.Index < 0 || e.Remedy == "") || err == nil && len(res.Program) == 0 {
				t.Errorf("error %v", err)
			}
		})
	}
}
