package gen

import (
	"strings"
	"testing"
)

func snapshot(t *testing.T, lines ...string) Facts {
	t.Helper()
	f, err := ParseFacts("test.facts", strings.Join(lines, "\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestDiff(t *testing.T) {
	base := []string{
		"cst OP_LAST 2", "cst OP_MASK 5", "cst OP_NOP 0", "cst OP_READ 1",
		"fld sqe.op 0 1 __u8", "fld sqe.resv 4 4 __u32[1]", "fld sqe.u.len 1 1 __u8",
		"rec sqe 8 4",
	}
	// edit replaces lines of base by prefix; "" removes.
	edit := func(changes ...string) Facts {
		lines := append([]string{}, base...)
		for _, c := range changes {
			from, to, _ := strings.Cut(c, " => ")
			for i, l := range lines {
				if l == from {
					lines[i] = to
				}
			}
		}
		var text []string
		for _, l := range lines {
			if l != "" {
				text = append(text, strings.Split(l, "\n")...)
			}
		}
		return snapshot(t, text...)
	}
	for name, c := range map[string]struct {
		new  Facts
		want []Change
	}{
		"nothing": {edit(), nil},
		"constant added": {
			edit("cst OP_READ 1 => cst OP_READ 1\ncst OP_WRITE 7"),
			[]Change{{Kind: "cst", Name: "OP_WRITE", New: "7", Severity: Addition}},
		},
		"constant removed": {
			edit("cst OP_READ 1 => "),
			[]Change{{Kind: "cst", Name: "OP_READ", Old: "1", Severity: Breaking}},
		},
		"constant changed": {
			edit("cst OP_READ 1 => cst OP_READ 5"),
			[]Change{{Kind: "cst", Name: "OP_READ", Old: "1", New: "5", Detail: "value 1 -> 5", Severity: Breaking}},
		},
		"bound raised": {
			edit("cst OP_LAST 2 => cst OP_LAST 3"),
			[]Change{{Kind: "cst", Name: "OP_LAST", Old: "2", New: "3", Detail: "value 2 -> 3", Severity: Review, Note: "bound raised"}},
		},
		"bound lowered": {
			edit("cst OP_LAST 2 => cst OP_LAST 1"),
			[]Change{{Kind: "cst", Name: "OP_LAST", Old: "2", New: "1", Detail: "value 2 -> 1", Severity: Breaking}},
		},
		"mask widened": {
			edit("cst OP_MASK 5 => cst OP_MASK 13"),
			[]Change{{Kind: "cst", Name: "OP_MASK", Old: "5", New: "13", Detail: "value 5 -> 13", Severity: Review, Note: "mask widened"}},
		},
		"mask with other bits": {
			edit("cst OP_MASK 5 => cst OP_MASK 14"),
			[]Change{{Kind: "cst", Name: "OP_MASK", Old: "5", New: "14", Detail: "value 5 -> 14", Severity: Breaking}},
		},
		"reserved bytes used": {
			edit("fld sqe.resv 4 4 __u32[1] => fld sqe.token 4 4 __u32"),
			[]Change{
				{Kind: "fld", Record: "sqe", Name: "resv", Old: "4 4 __u32[1]", Severity: Review, Note: "reserved bytes put to use"},
				{Kind: "fld", Record: "sqe", Name: "token", New: "4 4 __u32", Severity: Addition},
			},
		},
		"reserved bytes used in part": {
			edit("fld sqe.resv 4 4 __u32[1] => fld sqe.resv 6 2 __u16\nfld sqe.token 4 2 __u16"),
			[]Change{
				{Kind: "fld", Record: "sqe", Name: "resv", Old: "4 4 __u32[1]", New: "6 2 __u16", Severity: Review,
					Detail: "offset 4 -> 6, size 4 -> 2, type __u32[1] -> __u16", Note: "reserved bytes put to use"},
				{Kind: "fld", Record: "sqe", Name: "token", New: "4 2 __u16", Severity: Addition},
			},
		},
		"member moved": {
			edit("fld sqe.u.len 1 1 __u8 => fld sqe.u.len 2 1 __u8"),
			[]Change{{Kind: "fld", Record: "sqe", Name: "u.len", Old: "1 1 __u8", New: "2 1 __u8", Detail: "offset 1 -> 2", Severity: Breaking}},
		},
		"member of another type": {
			edit("fld sqe.op 0 1 __u8 => fld sqe.op 0 1 __s8"),
			[]Change{{Kind: "fld", Record: "sqe", Name: "op", Old: "0 1 __u8", New: "0 1 __s8", Detail: "type __u8 -> __s8",
				Severity: Review, Note: "same bytes, other type"}},
		},
		"record grown": {
			edit("rec sqe 8 4 => rec sqe 16 4"),
			[]Change{{Kind: "rec", Record: "sqe", Old: "8 4", New: "16 4", Detail: "size 8 -> 16", Severity: Breaking}},
		},
		"record removed": {
			edit("fld sqe.op 0 1 __u8 => ", "fld sqe.resv 4 4 __u32[1] => ", "fld sqe.u.len 1 1 __u8 => ", "rec sqe 8 4 => "),
			[]Change{{Kind: "rec", Record: "sqe", Old: "8 4", Severity: Breaking}},
		},
		"record added": {
			edit("fld sqe.op 0 1 __u8 => fld cqe.res 0 4 __s32\nfld sqe.op 0 1 __u8", "rec sqe 8 4 => rec cqe 4 4\nrec sqe 8 4"),
			[]Change{{Kind: "rec", Record: "cqe", New: "4 4", Severity: Addition}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Diff(snapshot(t, base...), c.new)
			if len(got) != len(c.want) {
				t.Fatalf("got %+v\nwant %+v", got, c.want)
			}
			worst := Addition
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %+v\nwant %+v", got[i], c.want[i])
				}
				worst = max(worst, c.want[i].Severity)
			}
			if Worst(got) != worst {
				t.Errorf("worst is %v, want %v", Worst(got), worst)
			}
		})
	}
}

func TestReservedNames(t *testing.T) {
	for name, want := range map[string]bool{
		"resv": true, "__resv2": true, "_pad1": true, "__pad": true, "a.b.reserved": true, "resv_2": true, "__pad1__": true,
		"padded": false, "reserve_id": false, "len": false, "pad.len": false,
	} {
		if got := isReserved(name); got != want {
			t.Errorf("isReserved(%q) = %v", name, got)
		}
	}
}

func TestParseFactsNamesFile(t *testing.T) {
	_, err := ParseFacts("7.2.facts", "rec x 8 8\nnonsense\n")
	if err == nil || !strings.HasPrefix(err.Error(), "7.2.facts:2: ") {
		t.Errorf("got %v", err)
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct{ kind, side, want string }{
		{"rec", "64 8", "size 64, align 8"},
		{"fld", "8 4 unsigned int", "offset 8, size 4, unsigned int"},
		{"cst", "-2", "-2"},
	} {
		if got := (Change{Kind: c.kind}).Describe(c.side); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.kind, c.side, got, c.want)
		}
	}
}
