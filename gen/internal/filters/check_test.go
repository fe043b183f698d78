package filters

import (
	"slices"
	"strings"
	"testing"
)

func source(stem string, filters ...Filter) *Package {
	return &Package{Name: "p", Stem: stem, Source: stem + ".bpf.c", Filters: filters}
}

func named(names ...string) []Filter {
	var out []Filter
	for _, n := range names {
		out = append(out, filter(n, socket, byOrder))
	}
	return out
}

func TestRefused(t *testing.T) {
	timeouts := filter("my", []string{"IORING_OP_LINK_TIMEOUT", "IORING_OP_NOP"}, allDiffer)
	links := filter("my_link", []string{"IORING_OP_TIMEOUT", "IORING_OP_READ"}, allDiffer)
	twice := filter("f", socket, byOrder)
	twice.Programs = append(twice.Programs, returns(socket[0], "mips", 1))
	empty := filter("f", socket, byOrder)
	empty.Programs[3].Instructions = nil
	nowhere := filter("f", socket, byOrder)
	nowhere.Programs[0].GOARCH = "vax"
	anyOp := filter("f", socket, byOrder)
	anyOp.AnyOp = true
	for _, tt := range []struct {
		name    string
		sources []*Package
		want    string
	}{
		{"functions", []*Package{source("x", named("tcp_only", "tcpOnly")...)}, "x.bpf.c: tcp_only and x.bpf.c: tcpOnly are both TcpOnly in Go: rename one"},
		{"functions of two sources", []*Package{source("x", named("f")...), source("y", named("f")...)}, "x.bpf.c: f and y.bpf.c: f are both F in Go"},
		{"programs", []*Package{source("x", timeouts, links)}, "are both myLinkTimeout in Go"},
		{"files", []*Package{source("x.v2", named("f")...), source("x-v2", named("g")...)}, "x.v2.bpf.c and x-v2.bpf.c would both be written to x-v2_filter.go: rename one"},
		{"no Go name", []*Package{source("x", named("_1")...)}, `_1 would be "1" in Go`},
		{"no program", []*Package{source("x", Filter{Name: "f"})}, "f has no program"},
		{"twice", []*Package{source("x", twice)}, "2 programs for IORING_OP_SOCKET on mips"},
		{"empty", []*Package{source("x", empty)}, "its program for IORING_OP_SOCKET on arm64 is empty"},
		{"no architecture", []*Package{source("x", nowhere)}, `"vax", which is no architecture`},
		{"any operation", []*Package{source("x", anyOp)}, `operation "IORING_OP_SOCKET", and AnyOp is true`},
		{"stem", []*Package{source("", named("f")...)}, "without a name"},
		{"hidden", []*Package{source("_x", named("f")...)}, `"_x" cannot begin the names of Go files`},
		{"dot", []*Package{source(".x", named("f")...)}, `".x" cannot begin the names of Go files`},
		{"folder", []*Package{source("a/b", named("f")...)}, `"a/b" cannot begin the names of Go files`},
		{"newline", []*Package{source("a\nb", named("f")...)}, `"a\nb" cannot begin the names of Go files`},
	} {
		_, err := Emit(tt.sources...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

// Groups hold each architecture that has a program once.
func TestGroups(t *testing.T) {
	for name, filters := range packages {
		for _, f := range filters {
			var got, want []string
			for _, g := range groups(f.literals()) {
				got = append(got, g...)
			}
			for _, p := range f.Programs {
				want = append(want, p.GOARCH)
			}
			slices.Sort(got)
			slices.Sort(want)
			if want = slices.Compact(want); !slices.Equal(got, want) {
				t.Errorf("%s: groups hold %q, want %q", name, got, want)
			}
		}
	}
}

// The groups that real filters have are told apart by their labels.
func TestLabels(t *testing.T) {
	for name, want := range map[string][]string{
		"byte orders":     {"le", "be"},
		"mips":            {"usual", "mips"},
		"mips and orders": {"usual-le", "mips-be", "mips-le", "usual-be"},
		"one differs":     {"usual", "usual-le"},
		"one alone":       {"usual-be"},
		"all but mips":    {"usual"},
	} {
		var got []string
		for _, g := range groups(packages[name][0].literals()) {
			got = append(got, label(g))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
