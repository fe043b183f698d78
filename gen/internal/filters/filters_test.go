package filters

import (
	"go/build"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/gen/internal/gogen"
	"github.com/uringgen/uringgen/gen/internal/target"
	"github.com/uringgen/uringgen/tests/downstream/literals"
)

func TestEverySystemHasEachProgramOnce(t *testing.T) {
	for name, filters := range packages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range emit(t, &Package{Name: "p", Stem: "x", Source: "x.bpf.c", Filters: filters}) {
				if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for _, goarch := range goarches() {
				checkSystem(t, dir, "linux", goarch, filters)
			}
			checkSystem(t, dir, "darwin", "arm64", filters)
			checkSystem(t, dir, "windows", "386", filters)
			checkSystem(t, dir, "js", "wasm", filters)
			checkSystem(t, dir, "freebsd", "riscv64", filters)
		})
	}
}

// checkSystem compares what a system compiles with what it was made from.
func checkSystem(t *testing.T, dir, goos, goarch string, filters []Filter) {
	t.Helper()
	p, err := literals.Read(dir, goos, goarch)
	if err != nil {
		t.Fatal(err)
	}
	for i := range filters {
		f := &filters[i]
		got := p.Funcs[strings.ToUpper(f.Name[:1])+strings.ReplaceAll(f.Name[1:], "_m", "M")]
		if len(got) != len(f.operations()) {
			t.Fatalf("%s/%s: %s has %d programs, want %d", goos, goarch, f.Name, len(got), len(f.operations()))
		}
		for j, op := range f.operations() {
			want := f.on(op.Op, goarch)
			if got[j].Op != op.Op || !slices.Equal(got[j].Program, want) {
				t.Errorf("%s/%s: %s for %s is %v, want %v", goos, goarch, f.Name, op.Op, got[j].Program, want)
			}
		}
	}
}

// on is the program for an operation on an architecture. What is the same on
// all architectures of Linux stands in a file for all systems.
func (f *Filter) on(op, goarch string) cbpf.Program {
	values := map[string]uint32{}
	for _, q := range f.Programs {
		if q.Op == op {
			values[q.GOARCH] = q.Instructions[0].K
		}
	}
	if len(groups(f.literals())) == 1 && len(values) == len(target.All()) {
		return cbpf.Program{cbpf.Return(values["amd64"])}
	}
	return cbpf.Program{cbpf.Return(values[goarch])}
}

func emit(t *testing.T, sources ...*Package) []gogen.File {
	t.Helper()
	files, err := Emit(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Names must be no constraints of their own, whatever the source is called.
func TestNamesOfFiles(t *testing.T) {
	stems := []string{"x", "tcp_linux", "tcp_arm64", "linux", "mips.v2", "net_mips.bpf", "a_windows_amd64", "x_test", "1", "é", "x y", "x_filter_on-be"}
	for _, stem := range stems {
		seen := map[string]bool{}
		p := &Package{Name: "p", Stem: stem, Source: stem + ".bpf.c", Filters: packages["many"]}
		for _, f := range emit(t, p) {
			if seen[f.Name] {
				t.Errorf("%q: two files are called %s", stem, f.Name)
			}
			seen[f.Name] = true
			if !p.Owns(f.Name) {
				t.Errorf("%q: does not own %s", stem, f.Name)
			}
			for _, system := range []string{"linux/amd64", "linux/mips", "darwin/arm64", "js/wasm", "windows/386"} {
				goos, goarch, _ := strings.Cut(system, "/")
				ctx := build.Context{GOOS: goos, GOARCH: goarch, Compiler: "gc", OpenFile: func(string) (io.ReadCloser, error) {
					return io.NopCloser(strings.NewReader("package p\n")), nil
				}}
				if ok, err := ctx.MatchFile("", f.Name); !ok || err != nil || strings.HasSuffix(f.Name, "_test.go") {
					t.Errorf("%q: the name %s is a constraint on %s (error %v)", stem, f.Name, system, err)
				}
			}
		}
	}
}

func TestOwns(t *testing.T) {
	p := &Package{Stem: "tcp"}
	for name, want := range map[string]bool{
		"tcp_filter.go": true, "tcp_filter_on-mips.go": true, "tcp_filter_on-usual-le-too.go": true,
		"tcp_filter_test.go": false, "tcp_filters.go": false, "tcp_filter_on-x_filter.go": false, "tcp_filter_on-be.txt": false,
		"tcp.go": false, "udp_filter.go": false, "sub/tcp_filter.go": false, "tcp_filter_on-be/x.go": false, "my_tcp_filter.go": false,
	} {
		if got := p.Owns(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// Operations that have the same program everywhere share it.
func TestShared(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value func(string, *target.Target) uint32
		want  []string
	}{
		{"same", only(goarches()...), []string{"fProgram"}},
		{"same on each", byOrder, []string{"fProgram"}},
		{"other", allDiffer, []string{"fOpenat", "fOpenat2"}},
		{"other on one", func(op string, t *target.Target) uint32 {
			if op == opens[1] && t.GOARCH == "riscv64" {
				return 7
			}
			return 6
		}, []string{"fOpenat", "fOpenat2"}},
	} {
		f := filter("f", opens, tt.value)
		var got []string
		for _, l := range f.literals() {
			got = append(got, l.name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAnyOp(t *testing.T) {
	f := filter("any", []string{""}, byOrder)
	f.AnyOp = true
	text := string(emit(t, &Package{Name: "p", Stem: "x", Source: "x.bpf.c", Filters: []Filter{f}})[0].Data)
	for _, part := range []string{"func Any(ops ...uapi.Op) []cbpf.Filter {", "Operations: those that the caller names."} {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %q:\n%s", part, text)
		}
	}
}

// What a source says goes into comments, and nowhere else.
func TestHostileText(t *testing.T) {
	texts := []string{
		"x.c:1: */ var Evil = 1 /*", "x.c:1: a\nvar Evil = 1", "x.c:1: a\r\nvar Evil = 1", "x.c:1: \xff\xfe bytes", "x.c:1: nul \x00 end",
		"x.c:1: \u202e bidi", "x.c:1: // go:build ignore", "\n//go:build ignore\n", "x.c:1: \u2028var Evil = 1", "x.c:1: `\"'%d%s\\n", "x.c:1: " + strings.Repeat("long ", 100_000),
		"\ufeff", "\v\f", "//line evil.go:1",
	}
	for _, text := range texts {
		f := filter("f", socket, byOrder)
		f.Doc, f.Source = text, text
		for i := range f.Programs {
			f.Programs[i].Instructions[0].Place = text
		}
		p := &Package{Name: "p", Stem: "x", Source: text, Inputs: []Input{{text, text}}, Filters: []Filter{f}}
		for _, file := range emit(t, p) {
			checkQuiet(t, text, file)
		}
	}
}

func checkQuiet(t *testing.T, text string, file gogen.File) {
	t.Helper()
	for line := range strings.Lines(string(file.Data)) {
		switch code, comment, _ := strings.Cut(line, "//"); {
		case strings.Contains(code, "Evil"):
			t.Errorf("%.60q: got out of its comment in %s: %s", text, file.Name, line)
		case code == "" && strings.HasPrefix(comment, "line"), code == "" && strings.HasPrefix(comment, "go:build ignore"):
			t.Errorf("%.60q: is a directive in %s: %s", text, file.Name, line)
		case strings.Contains(code, "Op:") && len(line) > 1000:
			t.Errorf("%.60q: %s has a line of %d bytes", text, file.Name, len(line))
		}
	}
}
