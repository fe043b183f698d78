package random

import (
	"fmt"

	"github.com/cilium/ebpf/asm"
)

func (g *generator) label() string {
	g.labels++
	return fmt.Sprintf("l%d", g.labels)
}

// mark puts a label on what comes next, which it writes: an instruction without
// effect.
func (g *generator) mark(label string) {
	g.add(asm.Mov.Reg(asm.R6, asm.R6).WithSymbol(label))
}

var forks = []asm.JumpOp{asm.JEq, asm.JNE, asm.JGT, asm.JGE, asm.JLT, asm.JLE, asm.JSGT, asm.JSGE, asm.JSLT, asm.JSLE, asm.JSet}

// fork runs some code or not, or one piece or another.
func (g *generator) fork(depth int) {
	other, end := g.label(), g.label()
	op, dst := forks[g.pick(len(forks))], g.number()
	var jump asm.Instruction
	switch narrow, imm := g.pick(2) == 0, g.pick(2) == 0; {
	case narrow && imm:
		jump = op.Imm32(dst, g.imm(), other)
	case narrow:
		jump = op.Reg32(dst, g.number(), other)
	case imm:
		jump = op.Imm(dst, g.imm(), other)
	default:
		jump = op.Reg(dst, g.number(), other)
	}
	g.add(jump)
	for range 1 + g.pick(3) {
		g.one(depth - 1)
	}
	if g.pick(2) == 0 {
		g.mark(other)
		return
	}
	g.add(asm.Ja.Label(end))
	g.mark(other)
	g.one(0)
	g.mark(end)
}

// loop counts down a word of the stack. Some leave it early, or begin the next
// turn early.
func (g *generator) loop(depth int) {
	top, next, end, at := g.label(), g.label(), g.label(), int16(-56-8*depth)
	g.add(storeImm(at, int32(1+g.pick(5)), asm.DWord))
	g.mark(top)
	g.one(0)
	leave := []string{"", next, end}[g.pick(3)]
	if leave != "" {
		g.add(forks[g.pick(len(forks))].Imm(g.number(), g.imm(), leave))
		g.one(depth - 1)
	}
	g.mark(next)
	g.add(
		asm.LoadMem(asm.R5, asm.R10, at, asm.DWord),
		asm.Sub.Imm(asm.R5, 1),
		asm.StoreMem(asm.R10, at, asm.R5, asm.DWord),
		asm.JNE.Imm(asm.R5, 0, top),
	)
	g.mark(end)
}

// callee is the function that is called.
const callee = "callee"

// call passes numbers, and sets what a call leaves undefined.
func (g *generator) call() {
	g.add(asm.Mov.Imm(asm.R1, g.imm()), asm.Call.Label(callee))
	for _, r := range []asm.Register{asm.R2, asm.R3, asm.R4, asm.R5} {
		g.add(asm.Mov.Imm(r, g.imm()))
	}
}

// function writes what calls lead to; the verifier wants it even if there are
// none, so there is always one.
func (g *generator) function() {
	called := false
	for _, in := range g.insns {
		called = called || in.Reference() == callee
	}
	if !called {
		return
	}
	op := forks[g.pick(len(forks))]
	g.add(
		asm.Mov.Reg(asm.R0, asm.R2).WithSymbol(callee),
		class(asm.Xor.Reg(asm.R0, asm.R3), g.pick(2) == 0),
		op.Imm(asm.R4, g.imm(), "out"),
		asm.Add.Reg(asm.R0, asm.R5),
		asm.StoreMem(asm.R10, -8, asm.R0, asm.DWord),
		asm.LoadMem(asm.R0, asm.R10, -8, asm.DWord),
		asm.Mov.Reg(asm.R1, asm.R0).WithSymbol("out"),
		asm.Return(),
	)
}
