// Package downstream is what a user of this module does with it: filters of
// their own, in a module of their own, vendored and without a network.
package downstream

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// module is a user's module.
type module struct {
	t   *testing.T
	dir string
	env []string
}

// newModule makes one with the files of testdata/sandbox, which takes this
// module from where it lies, and all others from the module cache.
func newModule(t *testing.T) *module {
	t.Helper()
	root := need.Root(t)
	m := &module{t: t, dir: t.TempDir()}
	// Paths of the folder would keep the build cache from being of use.
	m.env = append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-buildvcs=false -trimpath", "GOWORK=off")
	if err := os.CopyFS(m.dir, os.DirFS("testdata/sandbox")); err != nil {
		t.Fatal(err)
	}
	m.put("go.sum", m.get(filepath.Join(root, "go.sum")))
	_, requirements, _ := strings.Cut(m.get(filepath.Join(root, "go.mod")), "\nrequire ")
	requirements, _, _ = strings.Cut(requirements, "\ntool ")
	m.put("go.mod", "module example.com/sandbox\n\ngo 1.26.0\n\n"+
		"require github.com/uringgen/uringgen v0.0.0\n\nreplace github.com/uringgen/uringgen => "+root+"\n\nrequire "+requirements+
		"\n\ntool (\n\tgithub.com/cilium/ebpf/cmd/bpf2go\n\tgithub.com/uringgen/uringgen/cmd/uringgen\n)\n")
	return m
}

func (m *module) get(path string) string {
	m.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(data)
}

func (m *module) put(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o666); err != nil {
		m.t.Fatal(err)
	}
}

// run runs the go command in the module and gives what it prints.
func (m *module) run(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = m.dir, m.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestVendored(t *testing.T) {
	need.Command(t, "clang-14", "clang-14")
	need.Command(t, "llvm-strip-14", "llvm-14")
	m := newModule(t)
	m.run("mod", "vendor")
	// From here on there is the vendor folder alone.
	m.env = append(m.env, "GOFLAGS=-buildvcs=false -trimpath -mod=vendor", "GOMODCACHE="+t.TempDir())

	m.run("generate", "./...")
	m.run("build", "./...")
	m.run("vet", "./...")
	if out := m.run("test", "-v", "./..."); strings.Count(out, "\n--- PASS: ") != 2 {
		t.Errorf("want two tests that pass:\n%s", out)
	}
	if out := m.run("tool", "uringgen", "filter", "--check", "--package", "sandbox", "--cc", "clang-14", "web.bpf.c"); out != "ok\n" {
		t.Errorf("what go generate has made is not what --check wants: %s", out)
	}
	if out := m.run("tool", "uringgen", "cheader", "--check", "-o", "include"); out != "ok\n" {
		t.Errorf("what go generate has made is not what --check wants: %s", out)
	}
	m.checkImports()
}

// checkImports looks for what users of a translated filter do without.
func (m *module) checkImports() {
	m.t.Helper()
	deps := strings.Fields(m.run("list", "-deps", "."))
	for _, want := range []string{"example.com/sandbox", "github.com/uringgen/uringgen/bpf/cbpf", "github.com/uringgen/uringgen/generated/uapi"} {
		if !slices.Contains(deps, want) {
			m.t.Errorf("%s is no dependency: %q", want, deps)
		}
	}
	for _, d := range deps {
		first, _, _ := strings.Cut(d, "/")
		if strings.Contains(first, ".") && !slices.Contains([]string{"example.com/sandbox", "github.com/uringgen/uringgen/bpf/cbpf", "github.com/uringgen/uringgen/generated/uapi"}, d) {
			m.t.Errorf("a translated filter needs %s", d)
		}
	}
	if deps := m.run("list", "-deps", "./params"); !strings.Contains(deps, "github.com/cilium/ebpf\n") {
		m.t.Error("params does not need cilium/ebpf: this test cannot tell")
	}
}
