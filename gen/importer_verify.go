package gen

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// read reads the originals as each target sees them.
func (im *importer) read() error {
	for _, t := range target.All() {
		if t != first() && !hasArch(im.src, t) {
			im.out.Report.Unchecked = append(im.out.Report.Unchecked, t.GOARCH)
			continue
		}
		u, set, err := im.facts(im.src, t)
		if err != nil {
			return fmt.Errorf("on %s: %w", t.GOARCH, err)
		}
		if t == first() {
			im.unit = u
		}
		im.originals = append(im.originals, set)
	}
	return im.same()
}

// hasArch tells whether a tree has headers for a target. Those of a kernel
// tree are for all of them, the packages of old releases for one.
func hasArch(src *source.Source, t *target.Target) bool {
	return src.Kind() == source.Kernel || src.Exists(t, "asm/types.h")
}

// facts is what the picked symbols of a tree state on a target.
func (im *importer) facts(src *source.Source, t *target.Target) (*model.Unit, facts.Set, error) {
	u, err := cfront.Parse(src, t, im.headers(), cfront.Options{})
	if err != nil {
		return nil, facts.Set{}, err
	}
	l, err := layout.Compute(u, t)
	if err != nil {
		return nil, facts.Set{}, err
	}
	return u, facts.Set{GOARCH: t.GOARCH, Facts: im.picked(facts.Of(u, l, im.headers()), u)}, nil
}

// picked leaves out the facts of symbols that nobody asked for.
func (im *importer) picked(list []facts.Fact, u *model.Unit) []facts.Fact {
	from := declaredIn(u)
	return slices.DeleteFunc(list, func(f facts.Fact) bool {
		s := subject(f)
		return !im.pick(from[s]).Matches(s.name)
	})
}

// symbol is what facts speak of. Records and constants may share a name.
type symbol struct {
	constant bool
	name     string
}

func subject(f facts.Fact) symbol {
	name, _, _ := strings.Cut(f.Name, ".")
	return symbol{f.Kind == facts.Const, name}
}

// declaredIn maps symbols to the header that declares them.
func declaredIn(u *model.Unit) map[symbol]string {
	out := map[symbol]string{}
	for _, r := range u.Records {
		s := symbol{false, r.Name()}
		if out[s] == "" || r.Tag != "" { // a tag goes before a typedef's name
			out[s] = r.Pos.File
		}
	}
	for _, e := range u.Enums {
		for _, c := range e.Consts {
			out[symbol{true, c.Name}] = c.Pos.File
		}
	}
	for _, m := range u.Macros {
		if m.Kind == model.IntMacro {
			out[symbol{true, m.Name}] = m.Pos.File
		}
	}
	return out
}

// same refuses headers that state one thing here and another there.
func (im *importer) same() error {
	var errs []error
	for _, d := range facts.Differ(im.originals) {
		if !im.table.allows(d) {
			errs = append(errs, fmt.Errorf("%s %s differs on %s: %s", d.Kind, d.Name, d.GOARCH, d.Detail()))
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("the headers do not state the same on all architectures: %w", errors.Join(errs...))
	}
	for _, a := range im.table.aligns {
		if checked := slices.ContainsFunc(im.originals, func(s facts.Set) bool { return s.GOARCH == a.goarch }); checked && !a.used {
			return a.row.Errorf("no record's alignment is %s instead of %s on %s; remove the row", a.to, a.from, a.goarch)
		}
	}
	return nil
}

// verify reads the canonical headers back and holds them against the
// originals; where the tree has none, against what the first target saw.
func (im *importer) verify() error {
	src := source.FromFS(im.canonical())
	for _, t := range target.All() {
		_, got, err := im.facts(src, t)
		if err != nil {
			return fmt.Errorf("the canonical headers are wrong on %s; this is a fault of uringgen: %w", t.GOARCH, err)
		}
		if err := im.equal(got); err != nil {
			return fmt.Errorf("original and canonical headers differ on %s; this is a fault of uringgen: %w", t.GOARCH, err)
		}
		if t == first() {
			im.snapshot(got)
		}
	}
	return nil
}

// canonical is the tree of headers about to be written.
func (im *importer) canonical() fstest.MapFS {
	out := fstest.MapFS{}
	for _, f := range im.out.Files {
		if name, ok := strings.CutPrefix(f.Name, "uapi/"); ok {
			out[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return out
}

func (im *importer) equal(got facts.Set) error {
	want := im.originals[0]
	for _, s := range im.originals {
		if s.GOARCH == got.GOARCH {
			want = s
		}
	}
	var errs []error
	for _, d := range facts.Differ([]facts.Set{want, got}) {
		if want.GOARCH == got.GOARCH || !im.table.allows(d) {
			errs = append(errs, fmt.Errorf("%s %s: %s", d.Kind, d.Name, d.Detail()))
		}
	}
	return errors.Join(errs...)
}

// snapshot writes the facts of the bound headers.
func (im *importer) snapshot(set facts.Set) {
	from := declaredIn(im.unit)
	list := slices.DeleteFunc(slices.Clone(set.Facts), func(f facts.Fact) bool {
		return !im.pick(from[subject(f)]).bound
	})
	for _, f := range list {
		switch f.Kind {
		case facts.Record:
			im.out.Report.Records++
		case facts.Const:
			im.out.Report.Constants++
		}
	}
	im.add(path.Join("snapshots", series(im.out.Kernel)+".facts"), []byte(facts.Text(list)))
}

// series is a version without its sublevel: what an ABI goes by.
func series(kernel string) string {
	n := numbers(kernel)
	return fmt.Sprintf("%d.%d", n[0], n[1])
}
