package filters

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
	"github.com/uringgen/uringgen/tests/need"
)

const headers = "../../headers/uapi"

func sources(t testing.TB) []programs.Source {
	t.Helper()
	out, err := programs.Sources("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// host compiles a file for this machine: a program that reads contexts and
// writes a byte for each program and context, 0 or 1.
func host(t testing.TB, s programs.Source) string {
	t.Helper()
	gcc := need.Command(t, "gcc", "gcc")
	dir := t.TempDir()
	var main strings.Builder
	fmt.Fprintf(&main, "#include <stdio.h>\n#include %q\n", absolute(t, s.Path))
	main.WriteString("int main(void)\n{\n\tstruct io_uring_bpf_ctx ctx;\n\twhile (fread(&ctx, sizeof(ctx), 1, stdin)) {\n")
	for _, p := range s.Programs {
		fmt.Fprintf(&main, "\t\tputchar(%s(&ctx) != 0);\n", p)
	}
	main.WriteString("\t}\n\treturn 0;\n}\n")
	path := filepath.Join(dir, "main.c")
	if err := os.WriteFile(path, []byte(main.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "host")
	// The programs mean what eBPF means: no fault for what C leaves open.
	args := []string{"-O1", "-fwrapv", "-w", "-I", headers, "-I", filepath.Dir(absolute(t, s.Path)), "-o", out, path}
	if text, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", gcc, strings.Join(args, " "), err, text)
	}
	return out
}

// verdicts is what each program of a file says to each context, compiled for
// this machine.
func verdicts(t testing.TB, s programs.Source, asked []cbpf.Context) map[string][]bool {
	t.Helper()
	var input bytes.Buffer
	for _, c := range asked {
		input.Write(c[:])
	}
	cmd := exec.Command(host(t, s))
	cmd.Stdin = &input
	said, err := cmd.Output()
	if err != nil || len(said) != len(asked)*len(s.Programs) {
		t.Fatalf("the host's program wrote %d bytes: %v", len(said), err)
	}
	out := map[string][]bool{}
	for i, name := range s.Programs {
		for j := range asked {
			out[name] = append(out[name], said[j*len(s.Programs)+i] != 0)
		}
	}
	return out
}

func absolute(t testing.TB, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// variants is the ways to compile: all, or with -short those that differ most.
func variants(t testing.TB, bigEndian bool) []programs.Variant {
	t.Helper()
	need.Command(t, programs.Reference, programs.Reference)
	all := programs.Variants(bigEndian)
	if !testing.Short() {
		return all
	}
	return slices.DeleteFunc(all, func(v programs.Variant) bool {
		way := v.Optimize + v.CPU
		return way != "-O2v1" && way != "-O0v3" && way != "-O2v4"
	})
}

// reference is the way that lengths are asserted for.
func reference() programs.Variant {
	return programs.Variant{Clang: programs.Reference, Optimize: "-O2", CPU: "v1"}
}

// objects keeps what was compiled: several tests want the same.
var objects sync.Map

type objectKey struct {
	path string
	programs.Variant
}

// object compiles a file for eBPF.
func object(t testing.TB, s programs.Source, v programs.Variant) *ebpf.CollectionSpec {
	t.Helper()
	v.Clang = need.Command(t, v.Clang, filepath.Base(v.Clang))
	once, _ := objects.LoadOrStore(objectKey{s.Path, v}, sync.OnceValues(func() (*ebpf.CollectionSpec, error) { return s.Object(v, headers) }))
	spec, err := once.(func() (*ebpf.CollectionSpec, error))()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// find is the file that a program stands in.
func find(t testing.TB, name string) programs.Source {
	t.Helper()
	for _, s := range sources(t) {
		for _, p := range s.Programs {
			if p == name {
				return s
			}
		}
	}
	t.Fatalf("no program %s", name)
	return programs.Source{}
}

// body is the text of a program in C.
func body(t testing.TB, s programs.Source, name string) string {
	t.Helper()
	text, err := os.ReadFile(s.Path)
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "FILTER("+name+")")
	if !ok {
		t.Fatalf("%s: no program %s", s.Path, name)
	}
	return nextProgram.Split(after, 2)[0]
}

var nextProgram = regexp.MustCompile(`(?m)^FILTER\(`)
