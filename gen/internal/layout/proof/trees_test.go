// Package proof_test holds the differential proof of model and layout: for
// every target that clang knows, what we say about a header is compared with
// what the compiler says.
//
//   - Claims: each size, alignment, offset, type and value of ours becomes an
//     assertion in C, which must hold.
//   - Enumeration: what the header declares according to the compiler (debug
//     information for records, members and enumerators; the preprocessor for
//     macros) must be what we have, name by name, so that nothing is missing.
//
// It stands here and not in the module's tests folder because Go lets only
// packages below gen import gen/internal.
package proof_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/manifest"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/table"
	"github.com/uringgen/uringgen/gen/internal/target"
	"github.com/uringgen/uringgen/headers"
	"github.com/uringgen/uringgen/tests/need"
)

// tree is a set of headers and how a compiler finds them.
type tree struct {
	src     *source.Source
	headers []string // include names of the roots
	include func(arch) []string
}

// canonical is the tree that the module ships, all of it.
func canonical(t testing.TB) tree {
	t.Helper()
	dir := filepath.Join(need.Root(t), "headers", "uapi")
	return plain(t, dir)
}

// plain is a folder whose files are named as in #include.
func plain(t testing.TB, dir string) tree {
	t.Helper()
	dir, err := filepath.Abs(dir) // as debug information names it
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	fsys := os.DirFS(dir)
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(p) == ".h" && !strings.HasPrefix(p, "asm") {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatalf("no headers below %s", dir)
	}
	return tree{source.FromFS(fsys), names, func(arch) []string { return []string{dir} }}
}

// original is the package that the shipped headers were made from, with the
// same roots.
func original(t testing.TB) tree {
	t.Helper()
	m, err := manifest.Parse("MANIFEST", headers.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	usr := need.Headers(t, "linux-libc-dev", series(m.Kernel))
	return debian(t, usr, canonical(t).headers)
}

// debian is an unpacked linux-libc-dev.
func debian(t testing.TB, usr string, headers []string) tree {
	t.Helper()
	src, err := source.Open(usr)
	if err != nil {
		t.Fatal(err)
	}
	return tree{src, headers, func(x arch) []string {
		return []string{filepath.Join(usr, "include"), filepath.Join(usr, "include", x.Triplet)}
	}}
}

// series is the first two parts of a version.
func series(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// includes is the C text that reads the roots.
func (tr tree) includes() string {
	var b strings.Builder
	for _, h := range tr.headers {
		b.WriteString("#include <" + h + ">\n")
	}
	return b.String()
}

// relative turns a path that the compiler names into an include name.
func (tr tree) relative(x arch, file string) string {
	best := file
	for _, dir := range tr.include(x) {
		if rel, ok := strings.CutPrefix(file, dir+"/"); ok && len(rel) < len(best) {
			best = rel
		}
	}
	return best
}

// ours is what we make of a tree for one target.
type ours struct {
	unit   *model.Unit
	layout *layout.Layout
}

func read(t testing.TB, tr tree, x arch) ours {
	t.Helper()
	u, err := cfront.Parse(tr.src, x, tr.headers, cfront.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ours{u, compute(t, u, x)}
}

func compute(t testing.TB, u *model.Unit, x arch) *layout.Layout {
	t.Helper()
	l, err := layout.Compute(u, x)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// only is the part of a unit that some files declare.
func only(u *model.Unit, files ...string) *model.Unit {
	out := func(p model.Pos) bool { return !slices.Contains(files, p.File) }
	return &model.Unit{
		Files:   files,
		Records: slices.DeleteFunc(slices.Clone(u.Records), func(r *model.Record) bool { return out(r.Pos) }),
		Enums:   slices.DeleteFunc(slices.Clone(u.Enums), func(e *model.Enum) bool { return out(e.Pos) }),
		Macros:  slices.DeleteFunc(slices.Clone(u.Macros), func(m *model.Macro) bool { return out(m.Pos) }),
	}
}

// boundHeaders are the headers of which an import takes everything.
func boundHeaders(t testing.TB) []string {
	t.Helper()
	rows, err := table.Parse("import.tbl", string(headers.ImportTable), "kind", "name", "symbols", "since", "note")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range rows {
		if r.Get("kind") == "header" {
			out = append(out, r.Get("name"))
		}
	}
	if len(out) == 0 {
		t.Fatal("import.tbl binds no header")
	}
	return out
}

// known are the targets that clang knows.
func known() []arch {
	var out []arch
	for _, x := range target.All() {
		if x.Clang != "" {
			out = append(out, x)
		}
	}
	return out
}

// arch keeps signatures short.
type arch = *target.Target
