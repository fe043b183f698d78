package filters

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/tests/need"
)

const headers = "../../headers/uapi"

// source is a file of programs.
type source struct {
	path     string
	programs []string
}

var filterLine = regexp.MustCompile(`(?m)^FILTER\((\w+)\)`)

func sources(t testing.TB) []source {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.c")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	var out []source
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		s := source{path: p}
		for _, m := range filterLine.FindAllSubmatch(text, -1) {
			s.programs = append(s.programs, string(m[1]))
		}
		out = append(out, s)
	}
	return out
}

// host compiles a file for this machine: a program that reads contexts and
// writes a byte for each program and context, 0 or 1.
func (s *source) host(t testing.TB) string {
	t.Helper()
	gcc := need.Command(t, "gcc", "gcc")
	dir := t.TempDir()
	var main strings.Builder
	fmt.Fprintf(&main, "#include <stdio.h>\n#include %q\n", absolute(t, s.path))
	main.WriteString("int main(void)\n{\n\tstruct io_uring_bpf_ctx ctx;\n\twhile (fread(&ctx, sizeof(ctx), 1, stdin)) {\n")
	for _, p := range s.programs {
		fmt.Fprintf(&main, "\t\tputchar(%s(&ctx) != 0);\n", p)
	}
	main.WriteString("\t}\n\treturn 0;\n}\n")
	path := filepath.Join(dir, "main.c")
	if err := os.WriteFile(path, []byte(main.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "host")
	// The programs mean what eBPF means: no fault for what C leaves open.
	run(t, gcc, "-O1", "-fwrapv", "-w", "-I", headers, "-I", filepath.Dir(absolute(t, s.path)), "-o", out, path)
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

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// variant is a way to compile for eBPF.
type variant struct{ clang, optimize, cpu string }

func (v variant) String() string { return v.clang + " " + v.optimize + " -mcpu=" + v.cpu }

// compilers are the reference and what else is installed.
func compilers(t testing.TB) []string {
	out := []string{need.Command(t, "clang-14", "clang-14")}
	for _, name := range []string{"clang-16", "clang-19", "clang-20", "clang-21"} {
		if path, err := exec.LookPath(name); err == nil {
			out = append(out, path)
		}
	}
	return out
}

func variants(t testing.TB) []variant {
	var out []variant
	for i, clang := range compilers(t) {
		cpus := []string{"v1", "v2", "v3"}
		if i > 0 {
			cpus = append(cpus, "v4")
		}
		for _, o := range []string{"-O0", "-O1", "-O2"} {
			for _, cpu := range cpus {
				out = append(out, variant{clang, o, cpu})
			}
		}
	}
	return out
}

// object compiles a file for eBPF.
func (s *source) object(t testing.TB, v variant) *ebpf.CollectionSpec {
	t.Helper()
	out := filepath.Join(t.TempDir(), "filter.o")
	args := []string{"--target=bpfel", "-g", "-c", v.optimize, "-mcpu=" + v.cpu, "-Wall", "-Werror", "-Wno-unused-function", "-I", headers, "-o", out, s.path}
	run(t, v.clang, args...)
	spec, err := ebpf.LoadCollectionSpec(out)
	if err != nil {
		t.Fatalf("%s, %v: %v", s.path, v, err)
	}
	for _, p := range s.programs {
		if spec.Programs[p] == nil {
			t.Fatalf("%s, %v: no program %s, but %v", s.path, v, p, slices.Collect(mapKeys(spec.Programs)))
		}
	}
	return spec
}
