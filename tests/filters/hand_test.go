package filters

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

// handwritten is the programs that were written by hand.
func handwritten(t testing.TB) []programs.Hand {
	t.Helper()
	hands, err := programs.Hands("testdata/hand")
	if err != nil {
		t.Fatal(err)
	}
	return hands
}

// TestHand proves that what was written by hand is the same filter as the
// program in C: the host's verdicts are compared with it.
func TestHand(t *testing.T) {
	littleEndian(t)
	asked, want := map[string][]cbpf.Context{}, map[string]map[string][]bool{}
	for _, h := range handwritten(t) {
		s := find(t, h.Name)
		if asked[s.Path] == nil {
			asked[s.Path] = requests(t, s)
			want[s.Path] = verdicts(t, s, asked[s.Path])
		}
		compare(t, h.Name, h.Program, binary.LittleEndian, asked[s.Path], func(i int) (cbpf.Context, bool) {
			return asked[s.Path][i], want[s.Path][h.Name][i]
		})
		// The contexts above are made for the translation: these are for what
		// the one by hand looks for.
		res := translate(t, object(t, s, reference()), h.Name)
		r := rand.New(rand.NewPCG(seed(t), 2))
		var special []cbpf.Context
		for range contexts(t) {
			special = append(special, granted(r, wishes(h.Program)))
		}
		compare(t, h.Name+", of its own wishes", h.Program, binary.LittleEndian, special, func(i int) (cbpf.Context, bool) {
			v, err := cbpf.Run(res.Program, special[i], binary.LittleEndian)
			return special[i], err == nil && v != 0
		})
	}
}

// TestLengths compares the lengths of translations with what was written by
// hand, for each way to compile.
func TestLengths(t *testing.T) {
	hands := handwritten(t)
	if len(hands) < 20 {
		t.Fatalf("only %d programs were written by hand", len(hands))
	}
	for _, v := range variants(t, false) {
		sum, by := 0, 0
		for _, h := range hands {
			n := len(translate(t, object(t, find(t, h.Name), v), h.Name).Program)
			sum += n
			by += len(h.Program)
			if 2*n > 3*len(h.Program) {
				t.Errorf("%v: %s has %d instructions, %d by hand", v, h.Name, n, len(h.Program))
			}
		}
		if 100*sum > 115*by {
			t.Errorf("%v: %d instructions, %d by hand", v, sum, by)
		}
	}
}

// TestAssemble reads back what String writes.
func TestAssemble(t *testing.T) {
	check := func(p cbpf.Program) {
		t.Helper()
		got, err := programs.Assemble(p.String())
		if err != nil || !slices.Equal(got, p) {
			t.Errorf("%v, error %v, of\n%v", got, err, p)
		}
	}
	for _, h := range handwritten(t) {
		check(h.Program)
	}
	for _, s := range sources(t) {
		for _, name := range s.Programs {
			check(translate(t, object(t, s, reference()), name).Program)
		}
	}
	for _, text := range []string{"ldh [8]", "jeq #1, back\nback: ret #0\nja back", "ret #0x100000000", "ld [x+4]", "st 3", "jeq #1, a, b, c\na: ret #0", "nothing"} {
		if p, err := programs.Assemble(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}
