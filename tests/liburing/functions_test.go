package liburing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

const prefix = "io_uring_prep_"

// function is one of liburing's, as clang sees it.
type function struct {
	name   string
	params []string // C types of the parameters behind the sqe
}

// method is the name that the Go method must have: each word of the C name
// with a capital letter.
func (f function) method() string {
	out := "Prep"
	for w := range strings.SplitSeq(strings.TrimPrefix(f.name, prefix), "_") {
		out += strings.ToUpper(w[:1]) + w[1:]
	}
	return out
}

// notOurs are functions below the prefix that prepare no request of their
// own.
var notOurs = map[string]string{
	"io_uring_prep_rw": "the step that all others begin with; it takes the opcode",
}

// compiler runs clang on C that includes liburing.h with the packaged headers.
type compiler struct {
	path  string
	flags []string
}

func newCompiler(t *testing.T) *compiler {
	c := &compiler{path: need.Command(t, "clang-14", "clang-14")}
	lib := filepath.Join(need.Headers(t, "liburing-dev", "newest"), "include")
	linux := filepath.Join(need.Headers(t, "linux-libc-dev", "newest"), "include")
	c.flags = []string{"-D_GNU_SOURCE", "-w", "-I" + lib, "-isystem", linux}
	arch, err := filepath.Glob(filepath.Join(linux, "*-linux-gnu*"))
	if err != nil || len(arch) == 0 {
		t.Fatalf("%s has no folder for an architecture (%v)", linux, err)
	}
	for _, dir := range arch {
		c.flags = append(c.flags, "-isystem", dir)
	}
	return c
}

func (c *compiler) run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(c.path, append(slices.Clone(c.flags), args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	return out.Bytes()
}

// functions asks clang for each function that fills in an sqe.
func functions(t *testing.T, c *compiler) []function {
	t.Helper()
	src := filepath.Join(t.TempDir(), "ast.c")
	if err := os.WriteFile(src, []byte("#include <liburing.h>\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := c.run(t, "-fsyntax-only", "-Xclang", "-ast-dump=json", "-Xclang", "-ast-dump-filter="+prefix, src)
	list, err := parseAST(out)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// node is what we read of clang's JSON.
type node struct {
	Kind  string
	Name  string
	Type  struct{ QualType string }
	Inner []json.RawMessage
}

// parseAST reads a filtered dump: a line "Dumping NAME:" before each
// declaration.
func parseAST(dump []byte) ([]function, error) {
	var clean []byte
	for line := range bytes.Lines(dump) {
		if !bytes.HasPrefix(line, []byte("Dumping ")) {
			clean = append(clean, line...)
		}
	}
	var out []function
	d := json.NewDecoder(bytes.NewReader(clean))
	for d.More() {
		var n node
		if err := d.Decode(&n); err != nil {
			return nil, fmt.Errorf("clang's AST: %w", err)
		}
		if n.Kind != "FunctionDecl" || !strings.HasPrefix(n.Name, prefix) {
			continue
		}
		f, err := declared(n)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(o function) bool { return o.name == f.name }) && notOurs[f.name] == "" {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b function) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func declared(n node) (function, error) {
	f := function{name: n.Name}
	for _, raw := range n.Inner {
		var p node
		if err := json.Unmarshal(raw, &p); err != nil {
			return f, fmt.Errorf("clang's AST of %s: %w", n.Name, err)
		}
		if p.Kind == "ParmVarDecl" {
			f.params = append(f.params, p.Type.QualType)
		}
	}
	if notOurs[f.name] != "" {
		return f, nil
	}
	if len(f.params) == 0 || f.params[0] != "struct io_uring_sqe *" {
		return f, fmt.Errorf("%s: first parameter is not an sqe but %v", f.name, f.params)
	}
	f.params = f.params[1:]
	return f, nil
}

// program builds a filter: it reads a function's number and its arguments as
// 64-bit words, and writes the 64 bytes of the sqe that comes out of a zeroed
// one.
func program(t *testing.T, c *compiler, list []function) string {
	t.Helper()
	dir := t.TempDir()
	src, bin := filepath.Join(dir, "prep.c"), filepath.Join(dir, "prep")
	if err := os.WriteFile(src, source(list), 0o644); err != nil {
		t.Fatal(err)
	}
	c.run(t, "-O1", "-o", bin, src)
	return bin
}

// words is how many arguments travel with each call.
const words = 8

func source(list []function) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "#include <stdio.h>\n#include <stdint.h>\n#include <string.h>\n#include <liburing.h>\n\n")
	fmt.Fprintf(&b, "static void call(struct io_uring_sqe *sqe, uint64_t function, const uint64_t *a)\n{\n\tswitch (function) {\n")
	for i, f := range list {
		fmt.Fprintf(&b, "\tcase %d: %s(sqe", i, f.name)
		for j, typ := range f.params {
			cast := ""
			if strings.HasSuffix(typ, "*") {
				cast = "(uintptr_t)"
			}
			fmt.Fprintf(&b, ", (%s)%sa[%d]", typ, cast, j)
		}
		fmt.Fprintf(&b, "); return;\n")
	}
	fmt.Fprintf(&b, `	}
}

int main(void)
{
	uint64_t in[1 + %d];
	struct io_uring_sqe sqe;

	_Static_assert(sizeof(sqe) == 64, "size of an sqe");
	while (fread(in, sizeof(in), 1, stdin) == 1) {
		memset(&sqe, 0, sizeof(sqe));
		call(&sqe, in[0], in + 1);
		if (fwrite(&sqe, sizeof(sqe), 1, stdout) != 1)
			return 1;
	}
	return fflush(stdout) != 0;
}
`, words)
	return b.Bytes()
}

func TestMethodNames(t *testing.T) {
	for c, want := range map[string]string{
		"io_uring_prep_read":                    "PrepRead",
		"io_uring_prep_multishot_accept_direct": "PrepMultishotAcceptDirect",
		"io_uring_prep_cancel64":                "PrepCancel64",
	} {
		if got := (function{name: c}).method(); got != want {
			t.Errorf("%s: %s, want %s", c, got, want)
		}
	}
}
