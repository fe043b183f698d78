//go:build linux

package offline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/need"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// Folders, from that of the module.
const (
	literals = "generated/filters"
	objects  = "generated/filters/obj"
	sources  = "bpf/src"
)

// files are the Go files of a folder that are part of a build for an
// architecture.
func files(t *testing.T, dir string, a *cases.Arch) (paths []string) {
	t.Helper()
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH = "linux", a.Name
	all, err := filepath.Glob(filepath.Join(need.Root(t), dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		match, err := ctx.MatchFile(filepath.Split(path))
		if err != nil {
			t.Fatal(err)
		}
		if match && !strings.HasSuffix(path, "_test.go") {
			paths = append(paths, path)
		}
	}
	return paths
}

// object is what bpf2go has made of a source for an architecture.
func object(t *testing.T, a *cases.Arch, source string) *ebpf.CollectionSpec {
	t.Helper()
	var found []string
	for _, path := range files(t, objects, a) {
		if strings.HasPrefix(filepath.Base(path), source+"_") {
			found = append(found, strings.TrimSuffix(path, ".go")+".o")
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: objects of %s: %q, want one", a.Name, source, found)
	}
	spec, err := ebpf.LoadCollectionSpec(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// shipped is what package filters gives on each architecture: filters by
// GOARCH and function.
type shipped map[string]map[string][]cbpf.Filter

var constraint = regexp.MustCompile(`(?m)^//go:build .*$`)

// ship finds out by building package filters of each architecture for this one,
// each from the files that are part of it there, and calling its functions.
func ship(t *testing.T) shipped {
	t.Helper()
	root, dir := need.Root(t), t.TempDir()
	const virtual = "tests/proof/offline/shipped" // there is no such folder
	overlay := map[string]string{}
	put := func(path string, text []byte) {
		real := filepath.Join(dir, fmt.Sprint(len(overlay), ".go"))
		if err := os.WriteFile(real, text, 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(root, virtual, path)] = real
	}
	for _, a := range cases.Arches {
		for i, path := range files(t, literals, a) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			put(fmt.Sprint("for", a.Name, "/", i, ".go"), constraint.ReplaceAll(text, nil))
		}
	}
	put("main.go", caller(virtual))
	list := filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err == nil {
		err = os.WriteFile(list, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", "-overlay", list, "./"+virtual)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.Bytes())
	}
	s := shipped{}
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// caller is a program that prints a shipped.
func caller(dir string) []byte {
	var head, body strings.Builder
	head.WriteString("package main\n\nimport (\n\"encoding/json\"\n\"os\"\n\"github.com/uringgen/uringgen/bpf/cbpf\"\n")
	body.WriteString(")\n\nfunc main() {\njson.NewEncoder(os.Stdout).Encode(map[string]map[string][]cbpf.Filter{\n")
	for _, a := range cases.Arches {
		fmt.Fprintf(&head, "for%s %q\n", a.Name, "github.com/uringgen/uringgen/"+dir+"/for"+a.Name)
		fmt.Fprintf(&body, "%q: {\n", a.Name)
		for _, f := range cases.Filters {
			var ops []string
			for _, op := range f.Ops {
				if f.Any {
					ops = append(ops, fmt.Sprintf("%d", op))
				}
			}
			fmt.Fprintf(&body, "%q: for%s.%s(%s),\n", f.Name, a.Name, f.Name, strings.Join(ops, ", "))
		}
		body.WriteString("},\n")
	}
	return []byte(head.String() + body.String() + "})\n}\n")
}
