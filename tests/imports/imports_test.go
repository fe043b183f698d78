// Package imports asserts who may import whom: broken output must never stop
// the generator from building, and a user of the generated package must not
// pay for the generator's dependencies.
package imports

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/uringgen/uringgen"

const (
	ebpf     = "github.com/cilium/ebpf"
	cc       = "modernc.org/cc/v4"
	jennifer = "github.com/dave/jennifer"
	xsysUnix = "golang.org/x/sys/unix"
)

// A rule is about a folder and all below it that no longer rule covers. Paths
// whose first element has no dot are below our module. An allowance for a
// folder is for the packages of that rule; "dir/..." is for all below, longer
// rules or not. The standard library and the rule's own packages are always
// allowed.
type rule struct {
	dir   string
	may   []string // what its packages may import directly
	any   bool     // any third-party module too
	never []string // what no dependency of theirs, however distant, may be
}

var generator = []string{"gen", cc, jennifer}

// A rule for a folder that does not exist yet applies from the day it does.
var rules = []rule{
	{dir: "generated/uapi", never: []string{"generated/filters", "ring", "bpf", "gen", "headers"}},
	{dir: "generated/filters", may: []string{"generated/uapi", "bpf/cbpf"}, never: append([]string{ebpf}, generator...)},
	{dir: "generated/filters/obj", may: []string{ebpf}, never: generator},
	{dir: "bpf", may: []string{"bpf/...", ebpf}, never: append([]string{"generated"}, generator...)},
	{dir: "bpf/cbpf", never: []string{"bpf/internal", "generated", ebpf}},
	{dir: "bpf/internal", may: []string{"bpf/cbpf"}, never: []string{"generated", ebpf}},
	{dir: "bpf/rules", may: []string{"bpf/internal", "bpf/cbpf", "generated/uapi"}, never: append([]string{ebpf}, generator...)},
	{
		dir:   "bpf/policy",
		may:   []string{"ring", "bpf/rules", "bpf/cbpf", "generated/uapi", "generated/filters", "gopkg.in/yaml.v3", "go.yaml.in/yaml", "github.com/goccy/go-yaml"},
		never: append([]string{ebpf, "generated/filters/obj"}, generator...),
	},
	{dir: "ring", may: []string{"generated/uapi", "bpf/cbpf", xsysUnix}, never: append([]string{ebpf}, generator...)},
	{dir: "gen", may: []string{cc, jennifer}, never: []string{"generated", "ring", "bpf", "headers", ebpf}},
	{dir: "headers", never: []string{"generated", "ring", "bpf", "gen"}},
	{dir: "cmd/internal/cli", any: true, never: []string{"gen", "headers", "bpf", "generated", "ring"}},
	{dir: "cmd/internal/requests", may: []string{"gen", "bpf"}, never: []string{"generated", "ring"}},
	{dir: "cmd/uringgen", may: []string{"cmd/internal/...", "gen", "bpf/...", "headers"}, any: true, never: []string{"generated", "ring"}},
	{dir: "cmd/uringctl", may: []string{"cmd/internal/...", "gen", "headers", "bpf/...", "ring", "generated/..."}, any: true},
	{dir: "tests", may: []string{"gen", "headers", "bpf/...", "ring", "generated/...", "cmd/..."}, any: true},
}

func TestImports(t *testing.T) {
	packages := list(t)
	used := map[string]bool{}
	for _, p := range packages {
		if !within(p.ImportPath, module) {
			continue
		}
		r := ruleFor(p.ImportPath)
		if r == nil {
			t.Errorf("%s: no rule; add a row to the table in this test and to the design", p.ImportPath)
			continue
		}
		used[r.dir] = true
		for _, fault := range r.check(p, packages) {
			t.Error(fault)
		}
	}
	for _, r := range rules {
		if !used[r.dir] {
			t.Logf("rule for %s waits: no such package yet", r.dir)
		}
	}
	for _, must := range []string{"gen", "headers", "cmd/uringgen", "generated/uapi"} {
		if !used[must] {
			t.Errorf("found no package below %s: the test looks in the wrong place", must)
		}
	}
}

// TestRulesBite proves that the checker finds each kind of fault, since the
// tree itself shows it none.
func TestRulesBite(t *testing.T) {
	for _, tt := range []struct {
		from, imports string
		want          bool
	}{
		{"generated/uapi", "unsafe", true},
		{"generated/uapi", "golang.org/x/sys/unix", false},
		{"generated/filters", "generated/uapi", true},
		{"generated/filters", ebpf, false},
		{"generated/filters/obj", ebpf, true},
		{"generated/filters/obj", "generated/uapi", false},
		{"gen", "gen/internal/model", true},
		{"gen", "generated/uapi", false},
		{"gen/internal/cfront", cc, true},
		{"gen/internal/cfront", "golang.org/x/tools/imports", false},
		{"ring", "bpf/cbpf", true},
		{"ring", "bpf", false},
		{"cmd/uringgen", "github.com/spf13/cobra", true},
		{"cmd/uringgen", "generated/uapi", false},
		{"bpf", "bpf/internal/graph", true},
		{"bpf/internal/graph", "bpf", false},
		{"bpf/policy", "generated/filters", true},
		{"bpf/policy", "generated/filters/obj", false},
		{"tests/vm", "generated/filters/obj", true},
	} {
		to := tt.imports
		if to != "unsafe" {
			to = full(to)
		}
		p := pkg{ImportPath: module + "/" + tt.from, Imports: []string{to}, Deps: []string{to}}
		all := map[string]pkg{to: {ImportPath: to, Standard: to == "unsafe"}}
		faults := ruleFor(p.ImportPath).check(p, all)
		if (len(faults) == 0) != tt.want {
			t.Errorf("%s importing %s: allowed %v, want %v (%q)", tt.from, tt.imports, len(faults) == 0, tt.want, faults)
		}
	}
	p := pkg{ImportPath: module + "/ring", Imports: []string{module + "/bpf/cbpf"}, Deps: []string{module + "/bpf/cbpf", ebpf + "/asm"}}
	if faults := ruleFor(p.ImportPath).check(p, map[string]pkg{}); len(faults) != 1 {
		t.Errorf("ring reaching cilium/ebpf through another package: got faults %q, want one", faults)
	}
}

func (r *rule) check(p pkg, all map[string]pkg) []string {
	var faults []string
	for _, path := range p.Imports {
		if !r.allows(path, all[path].Standard || path == "C") {
			faults = append(faults, p.ImportPath+" imports "+path+", which the rule for "+r.dir+" does not allow")
		}
	}
	for _, path := range p.Deps {
		if slices.Contains(p.Imports, path) || ruleFor(path) == r {
			continue
		}
		for _, n := range r.never {
			if within(path, full(n)) {
				faults = append(faults, p.ImportPath+" depends on "+path+", which the rule for "+r.dir+" forbids ("+n+")")
			}
		}
	}
	return faults
}

// allows tells whether a package under the rule may import path directly.
func (r *rule) allows(path string, standard bool) bool {
	of := ruleFor(path)
	if standard || of == r || (of == nil && r.any && !within(path, module)) {
		return true
	}
	return slices.ContainsFunc(r.may, func(m string) bool {
		if below, ok := strings.CutSuffix(m, "/..."); ok {
			return within(path, full(below))
		}
		return within(path, full(m)) && (of == nil || of.dir == m)
	})
}

// ruleFor is the rule with the longest folder that holds the package.
func ruleFor(path string) *rule {
	var best *rule
	for i, r := range rules {
		if within(path, full(r.dir)) && (best == nil || len(r.dir) > len(best.dir)) {
			best = &rules[i]
		}
	}
	return best
}

// full is the import path of a table entry.
func full(dir string) string {
	if first, _, _ := strings.Cut(dir, "/"); strings.Contains(first, ".") {
		return dir
	}
	return module + "/" + dir
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// list asks the go command for every package of the module and everything
// that those need, as built for linux/amd64.
func list(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", "./...")
	cmd.Dir = "../.."
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=amd64")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	all := map[string]pkg{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}
