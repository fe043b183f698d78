package filters

import (
	"path/filepath"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

// TestPlaces wants each instruction that tests to come from the line of the
// test, and a return, which all ways share, from none.
func TestPlaces(t *testing.T) {
	s, err := programs.Read(filepath.Join("testdata", "places", "places.c"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := bpf.Translate(object(t, s, reference()), "lines", bpf.AnyOp)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for i, in := range res.Program {
		if line := res.Positions[i].Line; in.Op&7 == 6 && line != 0 {
			t.Errorf("l%d: %v is of line %d", i, in, line)
		} else if in.Op&7 == 5 {
			got = append(got, line)
		}
	}
	want := []int{5, 7, 9, 9} // of the jumps
	if len(got) != len(want) {
		t.Fatalf("jumps of lines %v, want %v\n%v", got, want, res.Program)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("jumps of lines %v, want %v\n%v", got, want, res.Program)
			break
		}
	}
}
