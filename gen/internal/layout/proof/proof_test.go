package proof_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/target"
	"github.com/uringgen/uringgen/tests/need"
)

// For the headers that we ship, and for those that they were made from, all
// that we say must hold, and nothing may be missing.
func TestHeaders(t *testing.T) {
	for _, tr := range []struct {
		name string
		open func(testing.TB) tree
	}{
		{"canonical", canonical},
		{"original", original},
	} {
		t.Run(tr.name, func(t *testing.T) {
			tree := tr.open(t)
			c := newCompiler(t, tree)
			forAll(t, func(t *testing.T, a arch, n *counts) {
				o := read(t, tree, a)
				proveClaims(t, c, a, o, &claims{}, n)
				proveDeclarations(t, c, a, o, n)
				proveMacros(t, c, a, o, n)
				proveFacts(t, o)
			})
		})
	}
}

// What we make of the headers that we ship must hold for the originals, and
// what the originals of the bound headers declare, says the compiler, must be
// in it: an import that loses or changes something is found here, by name.
func TestImport(t *testing.T) {
	ship, from := canonical(t), original(t)
	c, bound := newCompiler(t, from), boundHeaders(t)
	forAll(t, func(t *testing.T, a arch, n *counts) {
		o := read(t, ship, a)
		proveClaims(t, c, a, o, &claims{anyLong: a.Bits == 64}, n)
		o.unit = only(o.unit, bound...)
		proveDeclarations(t, c, a, o, n)
		proveMacros(t, c, a, o, n)
	})
}

// The worst that C allows, not just what the headers of the day use.
func TestHardCases(t *testing.T) { proveTree(t, plain(t, "testdata")) }

// And what nobody would think of.
func TestRandomRecords(t *testing.T) { proveTree(t, random(t)) }

// random is a tree of one header with random records.
func random(t testing.TB) tree {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "random.h"), []byte(randomHeader(1, 400)), 0o644); err != nil {
		t.Fatal(err)
	}
	return plain(t, dir)
}

func proveTree(t *testing.T, tr tree) {
	c := newCompiler(t, tr)
	forAll(t, func(t *testing.T, a arch, n *counts) {
		o := read(t, tr, a)
		proveClaims(t, c, a, o, &claims{}, n)
		proveDeclarations(t, c, a, o, n)
		proveMacros(t, c, a, o, n)
		proveFacts(t, o)
	})
}

// GCC, which kernels are built with, must agree with clang and us where it is
// at hand: on amd64, for that and for 386.
func TestGCC(t *testing.T) {
	gcc := need.Command(t, "gcc", "gcc")
	if runtime.GOARCH != "amd64" {
		t.Skipf("knows what gcc compiles for on amd64 only, this is %s", runtime.GOARCH)
	}
	for _, tr := range []tree{plain(t, "testdata"), random(t)} {
		for flag, a := range map[string]arch{"-m64": target.ByGOARCH("amd64"), "-m32": target.ByGOARCH("386")} {
			list := claimAll(read(t, tr, a))
			cmd := exec.Command(gcc, flag, "-std=gnu11", "-w", "-fsyntax-only", "-nostdinc", "-isystem", tr.include(a)[0], "-x", "c", "-")
			cmd.Stdin = strings.NewReader(tr.includes() + list.text.String())
			if msg, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: gcc: %v\n%s", a.GOARCH, err, head(string(msg), 20))
			}
			t.Logf("%s: %d claims", a.GOARCH, list.n)
		}
	}
}

// counts is how much was compared.
type counts struct{ claims, declarations, macros atomic.Int64 }

// forAll proves something for each target, and that it was not nothing.
func forAll(t *testing.T, prove func(*testing.T, arch, *counts)) {
	t.Helper()
	var n counts
	t.Cleanup(func() {
		t.Logf("on %d targets: %d claims, %d records, members and enumerators, %d integer macros",
			len(known()), n.claims.Load(), n.declarations.Load(), n.macros.Load())
		if n.claims.Load() == 0 || n.declarations.Load() == 0 || n.macros.Load() == 0 {
			t.Error("there was nothing to compare")
		}
	})
	for _, a := range known() {
		t.Run(a.GOARCH, func(t *testing.T) {
			t.Parallel()
			prove(t, a, &n)
		})
	}
}

// proveClaims has the compiler check what we say.
func proveClaims(t testing.TB, c compiler, a arch, o ours, list *claims, n *counts) {
	t.Helper()
	list.all(o)
	if _, msg, err := c.run(a, c.tree.includes()+list.text.String(), "-fsyntax-only"); err != nil {
		t.Errorf("clang: %v\n%s", err, head(msg, 20))
	}
	n.claims.Add(int64(list.n))
}

// proveDeclarations compares records, members and enumerators with those that
// the compiler's debug information has of the unit's files.
func proveDeclarations(t testing.TB, c compiler, a arch, o ours, n *counts) {
	t.Helper()
	theirs := debugInfo(t, c.object(t, a, c.tree.includes()), wanted(c.tree, a, o.unit.Files))
	compare(t, enumerate(o, a), theirs)
	n.declarations.Add(int64(len(theirs)))
}

// proveMacros compares integer macros: those that are one to the compiler
// must be one to us, and no other.
func proveMacros(t testing.TB, c compiler, a arch, o ours, n *counts) {
	t.Helper()
	mine, theirs := macroListings(t, c, a, o)
	compare(t, mine, theirs)
	n.macros.Add(int64(len(theirs)))
}

// proveFacts checks that what is written as a snapshot can be read back.
func proveFacts(t testing.TB, o ours) {
	t.Helper()
	fs := facts.Of(o.unit, o.layout, o.unit.Files)
	back, err := facts.Parse("snapshot", facts.Text(fs))
	if err != nil {
		t.Error(err)
	}
	if d := facts.Compare(fs, back); !d.Empty() {
		t.Errorf("written and read back, facts differ: %+v", d)
	}
}
