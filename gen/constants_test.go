package gen

import (
	"errors"
	"maps"
	"testing"
)

func TestArchConstants(t *testing.T) {
	table := []byte("# a comment\n\nname | from | value | except\nA | x | 0x10 | -\nB | x | 7 | arm,mips=1 s390x=none\nC | x | -100 | -\n")
	for goarch, want := range map[string]map[string]int64{
		"amd64": {"A": 16, "B": 7, "C": -100},
		"arm":   {"A": 16, "B": 1, "C": -100},
		"mips":  {"A": 16, "B": 1, "C": -100},
		"s390x": {"A": 16, "C": -100},
	} {
		if got, err := ArchConstants(table, goarch); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", goarch, got, err, want)
		}
	}
	if _, err := ArchConstants(table, "vax"); err == nil {
		t.Error("an architecture that there is not has constants")
	}
	var row *TableError
	if _, err := ArchConstants([]byte("name | from | value | except\nA | x | much | -\n"), "arm"); !errors.As(err, &row) || row.Line != 2 {
		t.Errorf("error %v, want one of line 2", err)
	}
}
