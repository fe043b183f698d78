package gogen_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/gogen"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const sampleDir = "testdata/sample"

// sample plans testdata/sample/sample.h.
func sample(t testing.TB) *plan.Package {
	t.Helper()
	header, err := os.ReadFile(filepath.Join(sampleDir, "sample.h"))
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"linux/sample.h": {Data: header}}
	for name, text := range map[string]string{
		"rules.tbl": `key | value | note
package | holds one of each kind. | -
header | linux/sample.h sample.go | -
helper | __be16 BE16 | -
helper | __be32 BE32 | -
helper | __le64 LE64 | -
padding | pad | -
reserved | resv | -
since-type | Op | -
since-type | Code | -
since-type | Flags | -
`,
		"families.tbl": `match | type | kind | carriers | doc
enum smp_op   | Op    | enum  | smp.op | what to do
SMP_OP_LAST   | -     | -     | - | -
enum smp_code | Code  | enum  | smp.code | how it went
SMP_F_*       | Flags | flags | smp.flags | how to do it
`,
		"docs.tbl": `symbol | doc
enum smp_op | is the operations
SMP_OP_READ | reads as much as it can, which is a sentence that is long enough to be broken into two lines
smp | is a sample of all there is
smp.off | is where to begin
smp_item | is an item.
`,
		"since.tbl": `constant | kernel | note
SMP_OP_NOP | 5.1 | -
SMP_OP_READ | 5.6 | -
SMP_OP_ALIAS | 5.6 | -
SMP_OP_WRITE | 5.6 | -
SMP_OP_NEWER | 5.19 | -
SMP_CODE_LOW | 6.0 | -
SMP_CODE_ZERO | 6.0 | -
SMP_CODE_HIGH | 6.1 | -
SMP_F_A | 5.9 | -
SMP_F_B | 5.10 | -
SMP_F_TOP | 5.6 | -
smp | 5.1 | -
`,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r, err := rules.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	first := target.All()[0]
	u, err := cfront.Parse(source.FromFS(fsys), first, r.Reads(), cfront.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Compute(u, first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Bind(u, l, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(b, plan.Options{Package: "sample", Kernel: "7.3", SHA256: map[string]string{"linux/sample.h": "0123"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const archTable = `name | from | value | except
AF_INET | x/sys | 2 | -
O_CREAT | x/sys | 0x40 | mips,mipsle,mips64,mips64le=0x100
O_NOT_386 | x/sys | 1 | 386=none
SYS_io_uring_setup | headers | 425 | mips,mipsle=4425 mips64,mips64le=5425
_NSIG | headers | 64 | -
`

func emit(t testing.TB) []gogen.File {
	t.Helper()
	consts, err := arch.Parse("arch.tbl", []byte(archTable))
	if err != nil {
		t.Fatal(err)
	}
	files, err := gogen.Emit(sample(t), consts)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGolden(t *testing.T) {
	files := emit(t)
	for _, name := range []string{"sample.go", "names.go", "since.go", "layout.go", "arch_linux_mips.go"} {
		golden := filepath.Join(sampleDir, name+".golden")
		got := find(t, files, name)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s (-update rewrites it):\n%s", name, golden, got)
		}
	}
}

func find(t *testing.T, files []gogen.File, name string) []byte {
	t.Helper()
	for _, f := range files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("no file %s", name)
	return nil
}

func TestFilesAreInOrderFormattedAndMarked(t *testing.T) {
	files := emit(t)
	for i, f := range files {
		if i > 0 && files[i-1].Name >= f.Name {
			t.Errorf("%s comes after %s", f.Name, files[i-1].Name)
		}
		formatted, err := format.Source(f.Data)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		} else if !bytes.Equal(formatted, f.Data) {
			t.Errorf("%s is not as gofmt has it", f.Name)
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, parser.ParseComments)
		if err != nil || !ast.IsGenerated(syntax) {
			t.Errorf("%s: %v, generated %v", f.Name, err, err == nil && ast.IsGenerated(syntax))
		}
	}
}

func TestSameBytesOnEachRun(t *testing.T) {
	first := emit(t)
	for range 5 {
		for i, f := range emit(t) {
			if f.Name != first[i].Name || !bytes.Equal(f.Data, first[i].Data) {
				t.Fatalf("%s differs between runs", f.Name)
			}
		}
	}
}

func TestTwoFilesOfOneName(t *testing.T) {
	p := sample(t)
	p.Files[0].Name = "names.go"
	if _, err := gogen.Emit(p, nil); err == nil || !strings.Contains(err.Error(), "two files would be called names.go") {
		t.Errorf("got %v", err)
	}
}

func TestConstantInHeaderAndTable(t *testing.T) {
	consts, err := arch.Parse("arch.tbl", []byte("name | from | value | except\nSMP_F_A | x/sys | 1 | -\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gogen.Emit(sample(t), consts); err == nil || !strings.Contains(err.Error(), "SMP_F_A stands in the table") {
		t.Errorf("got %v", err)
	}
}

// module writes the sample as a module of its own.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range emit(t) {
		write(f.Name, f.Data)
	}
	write("go.mod", []byte("module sample\n\ngo 1.26\n"))
	tests, err := os.ReadFile(filepath.Join(sampleDir, "sample_test.go.txt"))
	if err != nil {
		t.Fatal(err)
	}
	write("sample_test.go", tests)
	return dir
}

func goTool(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(env, "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s (%s): %v\n%s", strings.Join(args, " "), strings.Join(env, " "), err, out)
	}
}

// The generated code must do what its documentation says.
func TestBehaviour(t *testing.T) {
	goTool(t, module(t), nil, "test", "-count=1", ".")
}

// The assertions of the layout hold on targets of every kind: 4-byte
// alignment, big-endian, both.
func TestCompilesEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library for other targets")
	}
	dir := module(t)
	for _, env := range []string{"GOOS=linux GOARCH=amd64", "GOOS=linux GOARCH=386", "GOOS=linux GOARCH=mips", "GOOS=linux GOARCH=s390x", "GOOS=darwin GOARCH=arm64"} {
		goTool(t, dir, strings.Fields(env), "vet", ".")
	}
}

// A wrong plan must not compile: that is what the assertions are for.
func TestAssertionsCatchFaults(t *testing.T) {
	for _, x := range []struct {
		name  string
		spoil func(*plan.Record)
	}{
		{"size", func(r *plan.Record) { r.Size += 8 }},
		{"smaller size", func(r *plan.Record) { r.Size -= 8 }},
		{"offset", func(r *plan.Record) { r.Fields[len(r.Fields)-1].Offset -= 4 }},
		{"type", func(r *plan.Record) { r.Fields[0].Type = "uint64" }},
	} {
		p := sample(t)
		x.spoil(p.Lookup("smp"))
		files, err := gogen.Emit(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for _, f := range append(files, gogen.File{Name: "go.mod", Data: []byte("module sample\n\ngo 1.26\n")}) {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("go", "build", ".")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "layout.go") {
			t.Errorf("%s: %v\n%s", x.name, err, out)
		}
	}
}

func BenchmarkEmit(b *testing.B) {
	p := sample(b)
	for b.Loop() {
		if _, err := gogen.Emit(p, nil); err != nil {
			b.Fatal(err)
		}
	}
}
