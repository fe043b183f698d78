package gen_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
	"github.com/uringgen/uringgen/tests/need"
)

func embedded() gen.Config {
	return gen.Config{Headers: headers.FS, Manifest: headers.Manifest, Snapshots: headers.Snapshots, Arch: headers.Arch}
}

// The tables decide all that the shipped headers declare.
func TestGenerateShippedHeaders(t *testing.T) {
	out, err := gen.Generate(embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range out.Findings {
		t.Errorf("%s: %s: %s", f.Place, f.Symbol, f.Missing)
	}
	if s := out.Stats; s.Records == 0 || s.Typed == 0 || s.Constants <= s.Typed || s.Helpers == 0 {
		t.Errorf("stats %+v", s)
	}
	for i, f := range out.Files {
		if i > 0 && out.Files[i-1].Name >= f.Name {
			t.Errorf("%s comes after %s", f.Name, out.Files[i-1].Name)
		}
		if !bytes.HasPrefix(f.Data, []byte(gen.Marker+"\n")) {
			t.Errorf("%s does not begin with the marker", f.Name)
		}
		if !bytes.Contains(f.Data, []byte("\npackage uapi\n")) {
			t.Errorf("%s is not of package uapi", f.Name)
		}
	}
}

func TestGenerateIsDeterministic(t *testing.T) {
	first, err := gen.Generate(embedded())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := gen.Generate(embedded())
		if err != nil {
			t.Fatal(err)
		}
		same(t, first, again, func(b []byte) []byte { return b })
	}
}

// same wants two outputs to be equal but for what edit takes away.
func same(t *testing.T, a, b *gen.Output, edit func([]byte) []byte) {
	t.Helper()
	if len(a.Files) != len(b.Files) {
		t.Fatalf("%d files and %d", len(a.Files), len(b.Files))
	}
	for i := range a.Files {
		if a.Files[i].Name != b.Files[i].Name || !bytes.Equal(edit(a.Files[i].Data), edit(b.Files[i].Data)) {
			t.Errorf("%s and %s differ", a.Files[i].Name, b.Files[i].Name)
		}
	}
}

// Original headers need a parse for each target and give the same package.
func TestGenerateFromOriginals(t *testing.T) {
	usr := need.Headers(t, "linux-libc-dev", "7.3")
	want, err := gen.Generate(embedded())
	if err != nil {
		t.Fatal(err)
	}
	cfg := embedded()
	cfg.Headers, cfg.Dir = nil, usr
	got, err := gen.Generate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, got, func(b []byte) []byte { return b })

	cfg.Comments = true
	commented, err := gen.Generate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range commented.Files {
		n += bytes.Count(f.Data, []byte("// From the header:"))
	}
	if n < 100 {
		t.Errorf("%d comments of the headers are in the output", n)
	}
}

// boxTables fit a header of one struct.
func boxTables() fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range map[string]string{
		"rules.tbl":    "key | value | note\nheader | linux/box.h box.go | -\n",
		"families.tbl": "match | type | kind | carriers | doc\n",
		"docs.tbl":     "symbol | doc\nbox | is a box\nbox.v | is a value\n",
		"since.tbl":    "constant | kernel | note\n",
	} {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func box(header string) gen.Config {
	return gen.Config{Headers: fstest.MapFS{"linux/box.h": {Data: []byte(header)}}, Tables: boxTables(), Package: "boxes"}
}

// The stages know nothing of io_uring: other headers and tables will do.
func TestGenerateOtherHeaders(t *testing.T) {
	out, err := gen.Generate(box("struct box { unsigned int v; };\n"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range out.Files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "box.go layout.go" || len(out.Findings) != 0 {
		t.Errorf("files %s, findings %v", got, out.Findings)
	}
	if text := string(out.Files[0].Data); !strings.Contains(text, "package boxes") || !strings.Contains(text, "// Box is a box.") {
		t.Errorf("box.go:\n%s", text)
	}
	if out.Stats != (gen.Stats{Records: 1}) {
		t.Errorf("stats %+v", out.Stats)
	}
}

func TestGenerateErrors(t *testing.T) {
	for _, x := range []struct {
		name   string
		cfg    gen.Config
		source string // place of the expected SourceError, "" for none
		want   string
	}{
		{"nothing to read", gen.Config{}, "", "neither Headers nor Dir is set"},
		{"syntax", box("struct box { unsigned int v\n"), "linux/box.h", ""},
		{"pointer", box("struct box { int *v; };\n"), "linux/box.h:1:19", "box.v: a pointer is as wide as the machine"},
		{"name clash", box("struct box { unsigned v; };\nstruct Box { unsigned v; };\n"), "linux/box.h:2:8", "are both Box"},
		{"differs between targets", box("struct box { unsigned v;\n#ifdef __i386__\nunsigned w;\n#endif\n};\n"), "", "differs on 386"},
		{"alignment that no rule allows", box("struct box { unsigned long long v; };\n"), "", "box differs on 386: align 8 -> 4"},
		{"bad manifest", func() gen.Config { c := box(""); c.Manifest = []byte("x\n"); return c }(), "", "MANIFEST:1"},
		{"bad table of constants", func() gen.Config { c := box(""); c.Arch = []byte("x\n"); return c }(), "", "arch.tbl:1"},
		{"bad snapshot", func() gen.Config {
			c := box("struct box { unsigned int v; };\n")
			c.Snapshots = fstest.MapFS{"6.1.facts": {Data: []byte("x\n")}}
			return c
		}(), "", "6.1.facts:1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			out, err := gen.Generate(x.cfg)
			if err == nil || out != nil {
				t.Fatalf("output %v, error %v", out, err)
			}
			if !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %s", err, x.want)
			}
			var at *gen.SourceError
			if x.source != "" && (!errors.As(err, &at) || !strings.HasPrefix(at.Error(), x.source)) {
				t.Errorf("got %#v, want an error at %s", err, x.source)
			}
		})
	}
}

// A row that no longer applies is a TableError.
func TestGenerateTableError(t *testing.T) {
	cfg := box("struct box { unsigned int w; };\n")
	_, err := gen.Generate(cfg)
	var row *gen.TableError
	if !errors.As(err, &row) || row.File != "docs.tbl" || row.Line != 3 {
		t.Errorf("got %v", err)
	}
}

// A constant that no row covers comes out all the same, and is reported.
func TestGenerateFinding(t *testing.T) {
	out, err := gen.Generate(box("struct box { unsigned int v; };\n#define BOX_NEW 7\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out.Files[0].Data), "BOX_NEW = 7") {
		t.Errorf("BOX_NEW is not in\n%s", out.Files[0].Data)
	}
	if len(out.Findings) != 2 || out.Findings[0].Place != "linux/box.h:2:9" || out.Findings[0].Symbol != "BOX_NEW" {
		t.Errorf("findings %v", out.Findings)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		if _, err := gen.Generate(embedded()); err != nil {
			b.Fatal(err)
		}
	}
}
