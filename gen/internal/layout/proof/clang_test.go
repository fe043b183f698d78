package proof_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// compiler is clang with a tree's include path.
type compiler struct {
	path string
	tree tree
}

func newCompiler(t testing.TB, tr tree) compiler {
	t.Helper()
	return compiler{need.Command(t, "clang-14", "clang-14"), tr}
}

// run compiles text for x and returns what clang printed.
func (c compiler) run(x arch, text string, args ...string) (stdout, stderr string, err error) {
	all := []string{"--target=" + x.Clang, "-std=gnu11", "-w", "-ferror-limit=0", "-fno-caret-diagnostics", "-nostdinc"}
	for _, dir := range c.tree.include(x) {
		all = append(all, "-isystem", dir)
	}
	all = append(append(all, args...), "-x", "c", "-")
	cmd := exec.Command(c.path, all...)
	cmd.Stdin = strings.NewReader(text)
	var out, msg bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &msg
	err = cmd.Run()
	return out.String(), msg.String(), err
}

// object compiles text with debug information for all types, used or not,
// and returns the object's path. LLDB's flavour gives bit-fields their place
// in the record rather than in a storage unit.
func (c compiler) object(t testing.TB, x arch, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), x.GOARCH+".o")
	text += "typedef int proof_of_debug_info;\n" // there is none for a file that declares nothing
	_, msg, err := c.run(x, text, "-glldb", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-c", "-o", file)
	if err != nil {
		t.Fatalf("clang: %v\n%s", err, head(msg, 20))
	}
	return file
}

// head is the first n lines of a text.
func head(text string, n int) string {
	lines := strings.SplitAfterN(text, "\n", n+1)
	if len(lines) > n {
		lines[n] = "…\n"
	}
	return strings.Join(lines, "")
}
