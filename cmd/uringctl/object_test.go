//go:build linux && !guest

// What needs clang stays out of the guests of the test bed.

package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/need"
)

// compiled compiles a file of testdata for a target of clang.
func compiled(t *testing.T, source, target string, flags ...string) string {
	t.Helper()
	clang := need.Command(t, "clang-14", "clang-14")
	out := filepath.Join(t.TempDir(), "filter.o")
	args := append([]string{"--target=" + target, "-g", "-O2", "-Wall", "-Werror", "-I", "../../headers/uapi", "-c", "-o", out, filepath.Join("testdata", source)}, flags...)
	if text, err := exec.Command(clang, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// nativeTarget is clang's target for this machine, foreign the other one.
func nativeTarget() string { return targets[orderName(binary.NativeEndian)] }

func foreignTarget() string {
	if nativeTarget() == targets[big] {
		return targets[little]
	}
	return targets[big]
}

func TestBadObjects(t *testing.T) {
	filters := compiled(t, "filters.c", nativeTarget())
	none := compiled(t, "none.c", nativeTarget())
	foreign := compiled(t, "single.c", foreignTarget())
	host := compiled(t, "none.c", "x86_64-linux-gnu")
	loops := compiled(t, "filters.c", nativeTarget(), "-DLOOPS")
	dir := t.TempDir()
	whole, err := os.ReadFile(filters)
	if err != nil {
		t.Fatal(err)
	}
	short, text := filepath.Join(dir, "short.o"), filepath.Join(dir, "text.o")
	for path, data := range map[string][]byte{short: whole[:len(whole)/2], text: []byte("int main() {}\n")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, args string
		want       []string
	}{
		{"no file", filepath.Join(dir, "nothing.o"), []string{"nothing.o: no such file"}},
		{"a folder", dir, []string{dir, "is no object file", "--target=bpf"}},
		{"endless", "/dev/zero", []string{"/dev/zero is no object file"}},
		{"text", text, []string{text + " is no object file", "--target=bpf"}},
		{"cut off", short, []string{short + ": ", "--target=bpf"}},
		{"of the host", host, []string{host + ": ", "EM_X86_64", "--target=bpf"}},
		{"no program", none, []string{none + " holds no program", "SEC("}},
		{"several programs", filters, []string{filters + " holds several programs: private_https, tcp; choose one with --program"}},
		{"no such program", filters + " --program udp", []string{filters + ` holds no program "udp"; it has private_https, tcp`}},
		{"other machines", foreign, []string{foreign + " is for ", "-endian machines", "--target=" + nativeTarget()}},
		{"cannot be translated", loops + " --program loops", []string{"filters.c:", "loops"}},
	} {
		for _, command := range []string{"demo", "bench -N -E", "compile"} {
			if c.name == "other machines" && command == "compile" {
				continue // it prints what another machine would run
			}
			code, out, diag := uringctl(strings.Fields(command + " " + c.args)...)
			if code != cli.ExitFailure || out != "" {
				t.Errorf("%s: %s: exit %d, stdout %q", c.name, command, code, out)
			}
			for _, w := range c.want {
				if !strings.Contains(diag, w) {
					t.Errorf("%s: %s: no %q in %s", c.name, command, w, diag)
				}
			}
		}
	}
}

func TestOnlyProgramNeedsNoName(t *testing.T) {
	for _, target := range targets {
		code, out, diag := uringctl("compile", compiled(t, "single.c", target), "--op", "nop")
		if code != 0 || !strings.Contains(out, "ret #0x0") || !strings.HasPrefix(out, "; deny for IORING_OP_NOP, ") {
			t.Errorf("%s: exit %d\n%s%s", target, code, out, diag)
		}
	}
}

func TestObjectsOnKernelWithoutFilters(t *testing.T) {
	if ring.FiltersSupported() == nil {
		t.Skipf("kernel %s has filters of requests", kernel.Release())
	}
	single := compiled(t, "single.c", nativeTarget())
	lacksKernel(t, "demo", single)
	lacksKernel(t, "bench", "-N", "-E", single)
}
