package arch_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/target"
)

const head = "name | from | value | except\n"

// The values below are facts of Linux, written down by hand: the shipped table
// must agree with them.
func TestShippedTable(t *testing.T) {
	tbl := shippedTable(t)
	mips := []string{"mips", "mipsle", "mips64", "mips64le"}
	ppc := []string{"ppc64", "ppc64le"}
	arm := []string{"arm", "arm64"}
	for _, c := range []struct {
		name   string
		usual  int64
		except map[int64][]string // value → GOARCHes
	}{
		{"SOCK_STREAM", 1, map[int64][]string{2: mips}},
		{"SOCK_DGRAM", 2, map[int64][]string{1: mips}},
		{"SOCK_NONBLOCK", 0x800, map[int64][]string{128: mips}},
		{"O_CREAT", 0x40, map[int64][]string{256: mips}},
		{"O_DIRECTORY", 0x10000, map[int64][]string{16384: slices.Concat(arm, ppc)}},
		{"O_NOFOLLOW", 0x20000, map[int64][]string{32768: slices.Concat(arm, ppc)}},
		{"O_DIRECT", 0x4000, map[int64][]string{65536: arm, 32768: mips, 131072: ppc}},
		{"O_LARGEFILE", 0x8000, map[int64][]string{131072: arm, 8192: mips, 65536: ppc}},
		{"O_CLOEXEC", 0x80000, nil},
		{"AF_INET6", 10, nil},
		{"AT_FDCWD", -100, nil},
		{"RESOLVE_CACHED", 0x20, nil},
		{"IPPROTO_TCP", 6, nil},
		{"_NSIG", 64, map[int64][]string{128: mips}},
		{"SYS_io_uring_setup", 425, map[int64][]string{4425: mips[:2], 5425: mips[2:]}},
		{"SYS_io_uring_enter", 426, map[int64][]string{4426: mips[:2], 5426: mips[2:]}},
		{"SYS_io_uring_register", 427, map[int64][]string{4427: mips[:2], 5427: mips[2:]}},
	} {
		want := map[string]int64{}
		for _, x := range target.All() {
			want[x.GOARCH] = c.usual
		}
		for v, archs := range c.except {
			for _, a := range archs {
				want[a] = v
			}
		}
		for a, w := range want {
			if got, ok := tbl.Value(c.name, a); !ok || got != w {
				t.Errorf("%s on %s: %d %v, want %d", c.name, a, got, ok, w)
			}
		}
		if r := tbl.Row(c.name); r != nil && r.Differs() != (c.except != nil) {
			t.Errorf("%s differs: %v", c.name, r.Differs())
		}
	}
	for _, r := range tbl.Rows() {
		for _, x := range target.All() {
			if _, ok := r.Value(x.GOARCH); !ok {
				t.Errorf("%s has no value on %s", r.Name, x.GOARCH)
			}
		}
	}
}

func shippedTable(t *testing.T) *arch.Table {
	t.Helper()
	text, err := os.ReadFile("../../../headers/arch.tbl")
	if err != nil {
		t.Fatal(err)
	}
	tbl, err := arch.Parse("arch.tbl", text)
	if err != nil {
		t.Fatal(err)
	}
	if string(tbl.Format()) != string(text) {
		t.Error("the shipped table is not as Format writes it")
	}
	return tbl
}

func TestParse(t *testing.T) {
	tbl, err := arch.Parse("t", []byte(head+"A | x/sys | -3 | -\nB | headers | 0x40 | mips,mips64=0x100 s390x=none\nC | x/sys | none | arm=7\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := tbl.Names(); !reflect.DeepEqual(got, []string{"A", "B", "C"}) {
		t.Errorf("names %v", got)
	}
	if got := tbl.Differing(); !reflect.DeepEqual(got, []string{"B", "C"}) {
		t.Errorf("differing %v", got)
	}
	for _, c := range []struct {
		name, goarch string
		want         int64
		ok           bool
	}{
		{"A", "arm", -3, true}, {"B", "amd64", 0x40, true}, {"B", "mips64", 0x100, true}, {"B", "mipsle", 0x40, true},
		{"B", "s390x", 0, false}, {"C", "amd64", 0, false}, {"C", "arm", 7, true}, {"D", "arm", 0, false}, {"A", "vax", 0, false},
	} {
		if got, ok := tbl.Value(c.name, c.goarch); got != c.want || ok != c.ok {
			t.Errorf("%s on %s: %d %v", c.name, c.goarch, got, ok)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"columns":         {"name | value\n", "t:1: 2 columns"},
		"value":           {head + "A | x | big | -\n", `t:2: A is "big" on amd64, want a number or none`},
		"empty value":     {head + "A | x | - | -\n", `t:2: A is "" on amd64`},
		"no name":         {head + "- | x | 1 | -\n", "t:2: name or from is empty"},
		"order":           {head + "B | x | 1 | -\nA | x | 1 | -\n", "t:3: A after B"},
		"twice":           {head + "A | x | 1 | -\nA | x | 1 | -\n", "t:3: A after A"},
		"architecture":    {head + "A | x | 1 | vax=2\n", `t:2: exception for "vax"`},
		"exception":       {head + "A | x | 1 | arm\n", `t:2: exception "arm"`},
		"exception value": {head + "A | x | 1 | arm=x\n", `t:2: A is "x" on arm`},
		"no exception":    {head + "A | x | 1 | arm=1\n", "t:2: A is not in canonical form"},
		"mixed form":      {head + "A | x | 1 | arm=0x2\n", "t:2: A is not in canonical form"},
		"octal":           {head + "A | x | 010 | -\n", "t:2: A is not in canonical form"},
		"split":           {head + "A | x | 1 | arm=2 arm64=2\n", "t:2: A is not in canonical form"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := arch.Parse("t", []byte(c.text))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(head + "A | x | 1 | arm,mips=2 s390x=none\n")
	f.Add(head + "A | x | 0x1 | -\nB | y | -1 | -\n")
	f.Add(head + "A | x||y | 0 | -\n")
	f.Fuzz(func(t *testing.T, text string) {
		tbl, err := arch.Parse("t", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "t:") {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		again, err := arch.Parse("t", tbl.Format())
		if err != nil || !reflect.DeepEqual(again, tbl) {
			t.Errorf("does not survive formatting: %v", err)
		}
	})
}
