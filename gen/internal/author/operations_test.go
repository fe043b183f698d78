package author_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen"
)

// Each operation stands in the header with the kernel that brought it.
func TestOperationsHaveTheirKernel(t *testing.T) {
	ops := read(t, pinned()).Operations()
	if len(ops) < 65 {
		t.Fatalf("%d operations, want those of Linux 7.3", len(ops))
	}
	text := header(t)
	for i, o := range ops {
		line := regexp.MustCompile(`(?m)^\t` + o.C + ` = (\d+), /\* [5-9]\.\d+ \*/$`).FindStringSubmatch(text)
		if line == nil || line[1] != itoa(i) || int(o.Number) != i {
			t.Errorf("no line for %s = %d with its kernel", o.C, i)
		}
	}
	for _, line := range []string{
		" * IORING_OP_CONNECT  ctx->connect, 24 bytes, since Linux 7.2\n",
		" * IORING_OP_SOCKET   ctx->socket, 12 bytes, since Linux 7.0\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no line %q", line)
		}
	}
}

func header(t *testing.T) string {
	t.Helper()
	files := generated(t, pinned()).Files
	i := slices.IndexFunc(files, func(f gen.File) bool { return f.Name == "uringgen.h" })
	if i < 0 {
		t.Fatal("no uringgen.h")
	}
	return string(files[i].Data)
}

// The first class is the largest; all architectures are in one, and those of
// one folder of the kernel in the same.
func TestClasses(t *testing.T) {
	classes := read(t, pinned()).ArchClasses()
	var all []string
	of := map[string]int{}
	for i, c := range classes {
		if len(c) > len(classes[0]) {
			t.Errorf("class %v is larger than the first", c)
		}
		for _, a := range c {
			all = append(all, a.GOARCH)
			if j, ok := of[a.Kernel]; ok && j != i {
				t.Errorf("architectures of arch/%s are in two classes", a.Kernel)
			}
			of[a.Kernel] = i
			if big := slices.Contains([]string{"mips", "mips64", "ppc64", "s390x"}, a.GOARCH); big != a.BigEndian {
				t.Errorf("%s: big-endian %v", a.GOARCH, a.BigEndian)
			}
		}
	}
	slices.Sort(all)
	if want := strings.Fields("386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x"); !slices.Equal(all, want) {
		t.Errorf("classes hold %q, want %q", all, want)
	}
	if of["x86"] != 0 || of["x86"] == of["mips"] || of["x86"] == of["arm"] || of["arm"] != of["arm64"] || of["powerpc"] == of["arm"] {
		t.Errorf("classes %v", of)
	}
}

// Without a table of constants there is one class, and a header that defines
// no such constant.
func TestNoTableOfConstants(t *testing.T) {
	cfg := pinned()
	cfg.Arch = nil
	if classes := read(t, cfg).ArchClasses(); len(classes) != 1 || len(classes[0]) != 13 {
		t.Errorf("classes %v, want one of 13", classes)
	}
	for _, f := range generated(t, cfg).Files {
		if strings.Contains(string(f.Data), "#define AF_INET ") {
			t.Errorf("%s defines AF_INET", f.Name)
		}
	}
}
