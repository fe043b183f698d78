package gen

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/cgen"
	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/manifest"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// ImportOptions says what ImportHeaders is to take, and what a header tree
// cannot always tell of itself.
type ImportOptions struct {
	// Table is the text of an import table: which headers, symbols and
	// architecture-dependent constants are wanted. Required.
	Table []byte
	// Kernel is the version of the kernel that the headers belong to. "" takes
	// it from linux/version.h, or from the Makefile of a kernel tree.
	Kernel string
	// Package is name and version of the package that the headers came in,
	// with a space between. "" takes it from the Debian changelog in the tree,
	// if there is one.
	Package string
	// Module is the source of golang.org/x/sys, for constants that no header
	// holds. nil asks the go command for it.
	Module fs.FS
}

// Import is what ImportHeaders made: the content of a headers folder.
type Import struct {
	Kernel  string // "7.3.4"
	Package string // "linux-libc-dev 7.3.4-1", "" if unknown
	Files   []File // relative to the folder, sorted by name
	Report  ImportReport
}

// ImportReport says what an import took and what it left.
type ImportReport struct {
	Records, Constants int // in the snapshot
	// LeftOut are macros that have no value, such as those with parameters.
	LeftOut []string
	// Lacking are headers and symbols that so old a kernel does not have.
	Lacking []string
	// Unchecked are architectures for which the tree holds no headers. What
	// was imported was checked for them; the originals could not be.
	Unchecked []string
	// ArchKept says why the table of architecture-dependent constants is left
	// as it was; "" if it was made anew.
	ArchKept string
}

// ImportFiles tells the files of a headers folder that ImportHeaders made,
// for WriteFiles.
var ImportFiles = FileSet{
	Marked: func(name string, data []byte) bool {
		switch path.Ext(name) {
		case ".h":
			return cgen.Marked(data)
		case ".facts":
			_, err := facts.Parse(name, string(data))
			return err == nil
		}
		return bytes.Contains(data, []byte("\n# Written by \"uringgen headers import\""))
	},
	Ours: func(name string) bool { return strings.HasPrefix(name, "uapi/") && strings.HasSuffix(name, ".h") },
}

// ImportHeaders reads original headers below dir (an unpacked linux-libc-dev,
// a usr/include, a kernel source tree) and gives them in canonical form, with
// manifest, ABI snapshot and table of architecture-dependent constants. The
// canonical headers are read back and must state on every architecture what
// the originals state. Nothing is written.
func ImportHeaders(dir string, opt ImportOptions) (*Import, error) {
	out, err := importHeaders(dir, opt)
	if err != nil {
		return nil, fmt.Errorf("cannot import headers from %s: %w", dir, err)
	}
	return out, nil
}

func importHeaders(dir string, opt ImportOptions) (*Import, error) {
	im := &importer{opt: opt}
	var err error
	if im.table, err = parseImportTable("import table", opt.Table); err != nil {
		return nil, err
	}
	if im.src, err = source.Open(dir); err != nil {
		return nil, err
	}
	for _, step := range []func() error{im.origin, im.present, im.read, im.split, im.emit, im.verify, im.archTable} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(im.out.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return &im.out, nil
}

// importer is one import, step by step.
type importer struct {
	opt   ImportOptions
	table *importTable
	src   *source.Source
	out   Import

	picks     []importPick // of those in the table, the ones that the tree has
	unit      *model.Unit  // what amd64 sees
	originals []facts.Set  // of what was picked, for each target that the tree is for
	selection *cgen.Selection
}

// first is the target that the others are compared with.
func first() *target.Target { return target.All()[0] }

func (im *importer) add(name string, data []byte) {
	im.out.Files = append(im.out.Files, File{Name: name, Data: data})
}

func (im *importer) origin() (err error) {
	if im.out.Kernel, err = kernelVersion(im.src, im.opt.Kernel); err != nil {
		return err
	}
	im.out.Package, err = packageVersion(im.src, im.opt.Package)
	return err
}

// present finds out which of the wanted headers are there.
func (im *importer) present() error {
	for _, p := range im.table.picks {
		switch {
		case im.src.Exists(first(), p.Header):
			im.picks = append(im.picks, p)
		case p.due(im.out.Kernel):
			return p.row.Errorf("Linux %s has <%s>, but the tree has not (looked for %s): is it whole?",
				p.since, p.Header, strings.Join(im.src.Places(first(), p.Header), ", "))
		default:
			im.out.Report.Lacking = append(im.out.Report.Lacking, "<"+p.Header+">")
		}
	}
	if len(im.picks) == 0 {
		return fmt.Errorf("none of the headers that the import table wants is in Linux %s", im.out.Kernel)
	}
	return nil
}

func (im *importer) headers() []string {
	var out []string
	for _, p := range im.picks {
		out = append(out, p.Header)
	}
	return out
}

// split chooses what goes into the canonical headers.
func (im *importer) split() error {
	var picks []cgen.Pick
	for _, p := range im.picks {
		picks = append(picks, p.Pick)
	}
	im.selection = cgen.Split(im.unit, picks)
	for _, missing := range im.selection.Missing {
		names := strings.Join(missing.Symbols, ", ")
		p := im.pick(missing.Header)
		if p.due(im.out.Kernel) {
			return p.row.Errorf("Linux %s has %s in <%s>, but the tree has not", p.since, names, p.Header)
		}
		im.out.Report.Lacking = append(im.out.Report.Lacking, fmt.Sprintf("%s in <%s>", names, p.Header))
	}
	for _, m := range im.selection.Macros {
		if m.Body != "" { // include guards and the like carry no information
			im.out.Report.LeftOut = append(im.out.Report.LeftOut, fmt.Sprintf("%s: %s", m.Pos, m.Name))
		}
	}
	return nil
}

func (im *importer) pick(header string) *importPick {
	i := slices.IndexFunc(im.picks, func(p importPick) bool { return p.Header == header })
	return &im.picks[i]
}

// emit writes headers and manifest.
func (im *importer) emit() error {
	reach, err := im.reach()
	if err != nil {
		return err
	}
	name, version, _ := strings.Cut(im.out.Package, " ")
	m := manifest.Manifest{Kernel: im.out.Kernel, Package: name, Version: version}
	for _, p := range im.selection.Parts {
		original, err := im.src.Read(first(), p.Name)
		if err != nil {
			return err
		}
		includes := map[string]bool{}
		for _, name := range slices.Concat(p.Includes, reach[p.Name]) {
			includes[name] = true
		}
		text, err := cgen.Emit(&cgen.Header{
			Name:     p.Name,
			License:  license(original),
			Kernel:   im.out.Kernel,
			Includes: slices.Sorted(maps.Keys(includes)),
			Decls:    p.Decls,
		})
		if err != nil {
			return err
		}
		im.add("uapi/"+p.Name, text)
		sum := sha256.Sum256(original)
		m.Headers = append(m.Headers, manifest.Header{Name: p.Name, SHA256: hex.EncodeToString(sum[:])})
	}
	im.add("MANIFEST", m.Format())
	return nil
}

// reach lists which wanted headers each wanted header includes, directly or
// not: who includes one gets the others with it.
func (im *importer) reach() (map[string][]string, error) {
	out := map[string][]string{}
	for _, p := range im.picks {
		u, err := cfront.Parse(im.src, first(), []string{p.Header}, cfront.Options{})
		if err != nil {
			return nil, err
		}
		for _, q := range im.picks {
			_, found := slices.BinarySearch(u.Files, q.Header)
			if found && q.Header != p.Header && slices.ContainsFunc(im.selection.Parts, func(x *cgen.Part) bool { return x.Name == q.Header }) {
				out[p.Header] = append(out[p.Header], q.Header)
			}
		}
	}
	return out, nil
}

// archTable makes the table of constants that the headers do not hold.
func (im *importer) archTable() error {
	switch {
	case len(im.table.arch) == 0:
		im.out.Report.ArchKept = "the import table wants no such constants"
	case len(im.out.Report.Unchecked) > 0:
		im.out.Report.ArchKept = "the tree does not have the headers of all architectures"
	case im.src.Kind() == source.Kernel:
		im.out.Report.ArchKept = "a kernel tree does not have the headers that are generated for each architecture; import what make headers_install makes of it"
	}
	if im.out.Report.ArchKept != "" {
		return nil
	}
	module := im.opt.Module
	if module == nil {
		var err error
		if module, err = arch.FindModule(); err != nil {
			return err
		}
	}
	t, err := arch.Collect(im.src, module, im.table.arch, im.table.kernelWins)
	if err != nil {
		return errors.Join(errors.New("constants of all architectures"), err)
	}
	im.add("arch.tbl", t.Format())
	return nil
}
