package filters

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/random"
)

// checkRandom translates a random program, and compares verdicts with those of
// an interpreter. It tells whether it was translated.
func checkRandom(t *testing.T, data []byte, order binary.ByteOrder, op int) bool {
	t.Helper()
	spec := random.Spec(data, order)
	res, err := bpf.Translate(spec, random.Name, op)
	if err != nil {
		var e *bpf.TranslateError
		if !errors.As(err, &e) || e.Reason == "" || e.Remedy == "" {
			t.Fatalf("error %v\n%v", err, spec.Programs[random.Name].Instructions)
		}
		return false
	}
	if err := cbpf.Validate(res.Program); err != nil {
		t.Fatal(err)
	}
	var seed [32]byte
	copy(seed[:], data)
	r := rand.New(rand.NewChaCha8(seed))
	want := wishes(res.Program)
	for i := range 24 {
		c := granted(r, want)
		if i%2 == 0 {
			c = anyContext(r)
		}
		if op >= 0 {
			c[8] = byte(op)
		}
		result, err := random.Run(spec, random.Name, c[:])
		if err != nil {
			t.Fatalf("%v\n%v", err, spec.Programs[random.Name].Instructions)
		}
		got, err := cbpf.Run(res.Program, c, order)
		if err != nil {
			t.Fatal(err)
		}
		if (got != 0) != (uint32(result) != 0) {
			t.Fatalf("%d, want %d for %x of %x\n%v\n%v", got, uint32(result), c, data, spec.Programs[random.Name].Instructions, res.Program)
		}
	}
	return true
}

// anyContext is any context.
func anyContext(r *rand.Rand) (c cbpf.Context) {
	for i := range c {
		if r.IntN(2) == 0 {
			c[i] = byte(r.Uint32())
		}
	}
	return c
}

// randomBytes are what a random program is made from.
func randomBytes(r *rand.Rand) []byte {
	data := make([]byte, 40+r.IntN(300))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func TestRandomPrograms(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 300
	}
	translated := 0
	for i := range uint64(n) {
		r := rand.New(rand.NewPCG(seed(t), i))
		order, op := binary.ByteOrder(binary.LittleEndian), bpf.AnyOp
		if i%3 == 0 {
			order = binary.BigEndian
		}
		if i%4 == 0 {
			op = r.IntN(64)
		}
		if checkRandom(t, randomBytes(r), order, op) {
			translated++
		}
	}
	t.Logf("%d programs, %d translated", n, translated)
	if translated < n*9/10 {
		t.Errorf("only %d of %d programs were translated", translated, n)
	}
}

func FuzzTranslate(f *testing.F) {
	for i := range uint64(8) {
		f.Add(randomBytes(rand.New(rand.NewPCG(i, 9))), i%2 == 0, int16(i)-1)
	}
	f.Fuzz(func(t *testing.T, data []byte, big bool, op int16) {
		order := binary.ByteOrder(binary.LittleEndian)
		if big {
			order = binary.BigEndian
		}
		if len(data) > 1000 || op < bpf.AnyOp || op > 0xff {
			return
		}
		checkRandom(t, data, order, int(op))
	})
}
