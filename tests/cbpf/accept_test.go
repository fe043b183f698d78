package cbpf

import (
	"errors"
	"flag"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/cbpf/cases"
	"github.com/uringgen/uringgen/tests/kernel"
)

// judge asks the kernel about many programs. Filters stay for as long as a ring
// does, so it takes a new one now and then.
type judge struct {
	t                 *testing.T
	ring              *ring
	room              int // filters that the ring may yet get
	accepted, refused int
}

// perRing is how many filters a ring gets.
const perRing = 200

func newJudge(t *testing.T) *judge {
	kernel.Need(t, filters)
	j := &judge{t: t}
	t.Cleanup(func() {
		if j.ring != nil {
			j.ring.close()
		}
		t.Logf("kernel %s took %d programs and refused %d", kernel.Release(), j.accepted, j.refused)
	})
	return j
}

// compare wants the kernel to say what Validate says.
func (j *judge) compare(name string, p cbpf.Program) {
	j.t.Helper()
	if j.room == 0 {
		j.renew()
	}
	want := cbpf.Validate(p)
	got := register(j.ring.fd, cbpf.Filter{Op: uint8(uapi.IORING_OP_SOCKET), Program: p})
	switch {
	case got == nil:
		j.accepted++
		j.room--
	case errors.Is(got, syscall.EINVAL):
		j.refused++
	default:
		j.t.Fatalf("%s: the kernel says %v", name, got)
	}
	if (got == nil) != (want == nil) {
		j.t.Errorf("%s: the kernel says %v, Validate %v\n%.2000v", name, got, want, p)
	}
}

func (j *judge) renew() {
	if j.ring != nil {
		j.ring.close()
	}
	var err error
	if j.ring, err = openRing(); err != nil {
		j.t.Fatal(err)
	}
	j.room = perRing
}

func TestProbes(t *testing.T) {
	j := newJudge(t)
	for _, p := range cases.Probes {
		j.compare(p.Name, p.Program)
	}
}

// TestOps asks for every op of a byte, and for each with something in the byte
// above; with -times 16 and more, for all that 16 bits can name.
func TestOps(t *testing.T) {
	j := newJudge(t)
	for high := range 256 {
		if *times < 16 && high > 1 && high != 0x80 && high != 0xff {
			continue
		}
		for low := range 256 {
			j.compare("op", cases.Op(uint16(high<<8|low)))
		}
	}
}

// TestOffsets asks for loads at every offset near the context's end and near
// where other programs have ancillary data.
func TestOffsets(t *testing.T) {
	j := newJudge(t)
	for _, around := range []uint32{0, 40, 0x1000, 0x80000000, 0xfff00000, 0xfffff000} {
		for k := around - 50; k != around+70; k++ {
			j.compare("offset", cbpf.Program{cbpf.LoadWord(k), cbpf.Return(1)})
		}
	}
}

// TestJumps asks for every jump in programs of a few lengths.
func TestJumps(t *testing.T) {
	j := newJudge(t)
	for n := 1; n < 7; n++ {
		for at := range n {
			for to := range n + 2 {
				p := make(cbpf.Program, n)
				for i := range p {
					p[i] = cbpf.Return(1)
				}
				p[at] = cbpf.Jump(uint32(to))
				j.compare("ja", p)
				p[at] = cbpf.JumpSet(1, uint8(to), 0)
				j.compare("true", p)
				p[at] = cbpf.JumpSet(1, 0, uint8(to))
				j.compare("false", p)
			}
		}
	}
}

// TestScratch asks for random programs of stores, loads, jumps and rets, most
// of which break the rule on reading what was not stored or just keep it.
func TestScratch(t *testing.T) {
	j := newJudge(t)
	r := rand.New(rand.NewPCG(5, 5))
	for range rounds(1000) {
		p := make(cbpf.Program, 4+r.IntN(8))
		for i := range p {
			behind := len(p) - 1 - i
			switch k := uint32(r.IntN(2)); r.IntN(8) {
			case 0, 1, 2:
				p[i] = cbpf.Instruction{Op: cbpf.BPF_ST, K: k}
			case 3:
				p[i] = cbpf.Instruction{Op: cbpf.BPF_LDX | cbpf.BPF_MEM, K: k}
			case 4:
				p[i] = cbpf.Instruction{Op: cbpf.BPF_LD | cbpf.BPF_MEM, K: k}
			case 5:
				p[i] = cbpf.Return(k)
			case 6:
				p[i] = cbpf.Jump(uint32(r.IntN(max(behind, 1))))
			default:
				p[i] = cbpf.JumpEqual(k, uint8(r.IntN(max(behind, 1))), uint8(r.IntN(max(behind, 1))))
			}
		}
		p[len(p)-1] = cbpf.Return(1)
		j.compare("scratch", p)
	}
	if j.accepted < rounds(100) || j.refused < rounds(100) {
		t.Error("lopsided")
	}
}

func TestRandomPrograms(t *testing.T) {
	j := newJudge(t)
	r := rand.New(rand.NewPCG(6, 6))
	for range rounds(3000) {
		j.compare("random", cases.Random(r))
	}
	if j.accepted < rounds(600) || j.refused < rounds(600) {
		t.Error("lopsided")
	}
}

// times is for long runs: -args -times 100.
var times = flag.Int("times", 1, "do so many times as much")

// rounds is n, a tenth of it with -short, or more with -times.
func rounds(n int) int {
	if testing.Short() {
		n /= 10
	}
	return n * *times
}
