package filters

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/random"
)

// raw is a program of any bytes, as they would stand in an object.
func raw(data []byte, order binary.ByteOrder) *ebpf.CollectionSpec {
	var insns asm.Instructions
	for ; len(data) >= 8; data = data[8:] {
		in := asm.Instruction{
			OpCode: asm.OpCode(data[0]), Dst: asm.Register(data[1] & 15), Src: asm.Register(data[1] >> 4),
			Offset: int16(binary.LittleEndian.Uint16(data[2:])), Constant: int64(int32(binary.LittleEndian.Uint32(data[4:]))),
		}
		insns = append(insns, in)
	}
	return &ebpf.CollectionSpec{ByteOrder: order, Programs: map[string]*ebpf.ProgramSpec{random.Name: {Name: random.Name, Instructions: insns}}}
}

// checkBytes translates any bytes. What is translated says what the interpreter
// says, and does nothing that the interpreter refuses.
func checkBytes(t *testing.T, data []byte, order binary.ByteOrder) bool {
	t.Helper()
	spec := raw(data, order)
	res, err := bpf.Translate(spec, random.Name, bpf.AnyOp)
	if err != nil {
		var e *bpf.TranslateError
		if !errors.As(err, &e) || e.Reason == "" || e.Remedy == "" {
			t.Fatalf("error %v", err)
		}
		return false
	}
	if err := cbpf.Validate(res.Program); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(uint64(len(data)), 6))
	for range 8 {
		c := anyContext(r)
		result, err := random.Run(spec, random.Name, c[:])
		if err != nil {
			t.Fatalf("translated, but: %v\n%v", err, spec.Programs[random.Name].Instructions)
		}
		if got, err := cbpf.Run(res.Program, c, order); err != nil || (got != 0) != (uint32(result) != 0) {
			t.Fatalf("%d, error %v, want %d for %x\n%v\n%v", got, err, uint32(result), c, spec.Programs[random.Name].Instructions, res.Program)
		}
	}
	return true
}

// likely are bytes that are likely to be instructions.
func likely(r *rand.Rand) []byte {
	ops := []byte{0x07, 0x0f, 0xb7, 0xbf, 0x57, 0x67, 0x77, 0xc7, 0x04, 0xb4, 0x61, 0x69, 0x71, 0x79, 0x63, 0x7b, 0x15, 0x55, 0x25, 0xa5, 0x05, 0x95, 0xd4, 0xdc, 0xd7, 0x37, 0x9f, 0x3c, 0x81, 0x85, 0xdb}
	out := []byte{0x79, 0x12, 16, 0, 0, 0, 0, 0, 0x61, 0x10, 24, 0, 0, 0, 0, 0} // R2 and R0 are of the context
	for range 2 + r.IntN(8) {
		op := ops[r.IntN(len(ops))]
		regs, off := []byte{0x20, 0x02, 0x00, 0x22}[r.IntN(4)], byte(r.IntN(3))
		switch op & 7 {
		case 1: // loads
			regs, off = []byte{0x10, 0x12}[r.IntN(2)], byte(r.IntN(5)*8)
		case 3: // stores
			regs, off = 0x0a, byte(256-8)
		}
		if r.IntN(40) == 0 {
			op, regs = byte(r.Uint32()), byte(r.Uint32())
		}
		out = append(out, op, regs, off, 0, byte(r.IntN(70)), 0, 0, 0)
		if op&7 == 3 {
			out[len(out)-5] = 255
		}
	}
	return append(out, 0x57, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0)
}

func TestBytes(t *testing.T) {
	n, translated := 20000, 0
	if testing.Short() {
		n = 2000
	}
	for i := range uint64(n) {
		if checkBytes(t, likely(rand.New(rand.NewPCG(seed(t), i))), binary.LittleEndian) {
			translated++
		}
	}
	t.Logf("%d of %d are programs", translated, n)
	if translated < n/10 {
		t.Errorf("only %d of %d are programs", translated, n)
	}
}

// TestBadBytes has what no compiler writes, and the kernel refuses.
func TestBadBytes(t *testing.T) {
	exit := []byte{0x95, 0, 0, 0, 0, 0, 0, 0}
	for name, in := range map[string][]byte{
		"a swap of 17 bits":    {0xd4, 1, 0, 0, 17, 0, 0, 0},
		"register 11":          {0xbf, 0xb0, 0, 0, 0, 0, 0, 0},
		"a jump out":           {0x05, 0, 100, 0, 0, 0, 0, 0},
		"a jump back too far":  {0x05, 0, 0xf0, 0xff, 0, 0, 0, 0},
		"an operation of none": {0xe7, 0, 0, 0, 0, 0, 0, 0},
		"a load from a packet": {0x20, 0, 0, 0, 0, 0, 0, 0},
		"R0 is not set":        {0xbf, 0x02, 0, 0, 0, 0, 0, 0},
		"a turn without end":   {0x05, 0, 0xff, 0xff, 0, 0, 0, 0},
	} {
		var e *bpf.TranslateError
		_, err := bpf.Translate(raw(append(in, exit...), binary.LittleEndian), random.Name, bpf.AnyOp)
		if !errors.As(err, &e) || e.Remedy == "" || e.Index != 0 {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestNativeOrder has objects that name this machine's order by its own name.
func TestNativeOrder(t *testing.T) {
	data := randomBytes(rand.New(rand.NewPCG(seed(t), 1)))
	want := translate(t, random.Spec(data, native()), random.Name)
	if got := translate(t, random.Spec(data, binary.NativeEndian), random.Name); !slices.Equal(got.Program, want.Program) {
		t.Errorf("got\n%v, want\n%v", got.Program, want.Program)
	}
}

func FuzzBytes(f *testing.F) {
	for i := range uint64(20) {
		f.Add(likely(rand.New(rand.NewPCG(i, 9))), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, big bool) {
		order := binary.ByteOrder(binary.LittleEndian)
		if big {
			order = binary.BigEndian
		}
		if len(data) <= 2000 {
			checkBytes(t, data, order)
		}
	})
}
