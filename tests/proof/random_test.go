//go:build linux

package proof

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	cbpfcases "github.com/uringgen/uringgen/tests/cbpf/cases"
	"github.com/uringgen/uringgen/tests/proof/cases"
	"github.com/uringgen/uringgen/tests/proof/ebpfrun"
)

// perProgram is how many contexts a random program is asked about.
const perProgram = 100

// TestRandomPrograms compares what the kernel says of programs made at random
// with what their translations say.
func TestRandomPrograms(t *testing.T) {
	ebpfrun.Need(t)
	m := newMaker(t, 3)
	programs := max(cases.Contexts(t)/(8*perProgram), 50)
	refused, accepted := 0, 0
	for range programs {
		spec, loaded := m.load(t)
		if translated := translate(t, spec, bpf.AnyOp); translated == nil {
			refused++
		} else {
			accepted += compareRandom(t, m, spec, loaded, translated)
		}
		loaded.Close()
	}
	compared := (programs - refused) * perProgram
	t.Logf("%d programs, of which %d cannot be translated; %d contexts compared, %d accepted", programs, refused, compared, accepted)
	if refused > programs/50 {
		t.Error("too many cannot be translated")
	}
	if min(accepted, compared-accepted) < compared/20 {
		t.Error("lopsided")
	}
}

// compareRandom counts the contexts that both accept.
func compareRandom(t *testing.T, m *maker, spec *ebpf.CollectionSpec, loaded *ebpfrun.Program, translated cbpf.Program) (accepted int) {
	t.Helper()
	for range perProgram {
		c := cbpfcases.Request(m.Rand)
		want, err := loaded.Accepts(&c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cbpf.Run(translated, c, here.Order)
		if err != nil {
			t.Fatal(err)
		}
		if (got != 0) != want {
			t.Fatalf("translated: %#x, eBPF in the kernel: accepts %v, context %x\n%v%v", got, want, c, spec.Programs[random].Instructions, translated)
		}
		if want {
			accepted++
		}
	}
	return accepted
}

// random is the name of random programs.
const random = "random"

func newMaker(t *testing.T, stream uint64) *maker {
	return &maker{Rand: rand.New(rand.NewPCG(cases.Seed(t), stream)), signed: ebpfrun.Signed()}
}

// load makes an object with a random program, and has the kernel load it.
func (m *maker) load(t *testing.T) (*ebpf.CollectionSpec, *ebpfrun.Program) {
	t.Helper()
	program := &ebpf.ProgramSpec{Name: random, Instructions: m.program(5 + m.IntN(25)), License: "MIT"}
	spec := &ebpf.CollectionSpec{ByteOrder: here.Order, Programs: map[string]*ebpf.ProgramSpec{random: program}}
	loaded, err := ebpfrun.Load(spec, random)
	if err != nil {
		t.Fatalf("%v\n%v", err, program.Instructions)
	}
	return spec, loaded
}

// translate is nil where classic BPF cannot say the same, which is no fault.
func translate(t *testing.T, spec *ebpf.CollectionSpec, op int) cbpf.Program {
	t.Helper()
	res, err := bpf.Translate(spec, random, op)
	var refused *bpf.TranslateError
	if errors.As(err, &refused) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return res.Program
}
