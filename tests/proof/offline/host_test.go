//go:build linux

package offline

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// hosts are programs for this machine, by class of architectures. Each has all
// filters, compiled as they are with the numbers of the class.
type hosts struct {
	dir   string
	built map[string]string
}

// verdicts asks a filter about requests. They are in the byte order of this
// machine, whatever the architecture's.
func (h hosts) verdicts(t *testing.T, f *cases.Filter, a *cases.Arch, list []cases.Request) []byte {
	t.Helper()
	if h.built[a.Target] == "" {
		h.built[a.Target] = compile(t, filepath.Join(h.dir, a.Target), a)
	}
	var input bytes.Buffer
	for i := range list {
		c := list[i].Context(native)
		input.Write(c[:])
	}
	cmd := exec.Command(h.built[a.Target], f.C)
	cmd.Stdin = &input
	out, err := cmd.Output()
	if err != nil || len(out) != len(list) {
		t.Fatalf("%v: %d verdicts of %d requests: %v", cmd, len(out), len(list), err)
	}
	return out
}

// native is the byte order of this machine, as one that can be compared.
var native = func() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}()

// compile makes a program that is called with the name of a filter, reads
// contexts and writes a byte for each: 0 or 1.
func compile(t *testing.T, out string, a *cases.Arch) string {
	t.Helper()
	gcc := need.Command(t, "gcc", "gcc")
	var text strings.Builder
	text.WriteString("#include <stdio.h>\n#include <string.h>\n" + allSources(t))
	text.WriteString("int main(int argc, char **argv)\n{\n\tint (*filter)(struct io_uring_bpf_ctx *) = NULL;\n\tstruct io_uring_bpf_ctx ctx;\n\n")
	for _, f := range cases.Filters {
		fmt.Fprintf(&text, "\tif (argc > 1 && !strcmp(argv[1], %q))\n\t\tfilter = %s;\n", f.C, f.C)
	}
	text.WriteString("\twhile (filter && fread(&ctx, sizeof(ctx), 1, stdin))\n\t\tputchar(filter(&ctx) != 0);\n\treturn !filter;\n}\n")
	// The headers of this machine come first: stdio.h needs its own.
	run(t, gcc, text.String(), out, "-O1", "-fwrapv", target(a), "-idirafter", include(t))
	return out
}

// allSources includes the sources in one file: compilers take most of their time
// to begin.
func allSources(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, source := range slices.Sorted(maps.Keys(cases.Sources)) {
		fmt.Fprintf(&text, "#include %q\n", filepath.Join(need.Root(t), sources, source+".bpf.c"))
	}
	return text.String()
}

func include(t *testing.T) string { return filepath.Join(need.Root(t), sources, "include") }

func target(a *cases.Arch) string { return "-D__TARGET_ARCH_" + a.Target }

// run compiles a text to out.
func run(t *testing.T, compiler, text, out string, options ...string) {
	t.Helper()
	if err := os.WriteFile(out+".c", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(compiler, append(options, "-Wall", "-Wextra", "-Werror", "-o", out, out+".c")...)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, said)
	}
}
