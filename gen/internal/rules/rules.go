// Package rules is the typed view of the generator's tables: what a header
// does not say, and what no stage may know by name.
//
// Load reads the tables and checks each by itself; Bind holds them against a
// model. What a table says of something that is not in the headers is an
// error with the place in the table, so that tables cannot rot. What is in
// the headers and in no table is a Finding with the place in the header: the
// output is still whole, and says nothing that nobody decided.
package rules

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// The tables that Load reads.
const (
	familiesFile = "families.tbl"
	rulesFile    = "rules.tbl"
	docsFile     = "docs.tbl"
	sinceFile    = "since.tbl"
)

// Rules is what the tables say.
type Rules struct {
	Headers []Header // bound: all that they declare comes out
	With    []Header // some of what they declare comes out
	Uses    []Header // records that bound headers use come out

	families *families
	doc      *value // of the package
	padding  []pattern
	reserved []pattern
	helpers  map[string]*value // C typedef → Go type
	names    map[string]*value // C symbol → Go name
	aligns   []*alignRule
	noValue  map[string]*value // macros that are no constants
	sinceFor []*value          // Go types that tell since when
	docs     map[string]*value
	since    map[string]*value
}

// Header is a header and the Go file that holds what it declares.
type Header struct {
	Name string           // include name
	File string           // Go file
	only []naming.Pattern // what comes out; nil for all
	row  table.Row
}

// value is what a row gives for its key.
type value struct {
	key, text string
	row       table.Row
}

// pattern is a set of member names.
type pattern struct {
	naming.Pattern
	row table.Row
}

// alignRule is a difference between targets that may be.
type alignRule struct {
	goarch, from, to string
	row              table.Row
	used             bool
}

// Load reads and checks the tables in fsys.
func Load(fsys fs.FS) (*Rules, error) {
	r := &Rules{helpers: map[string]*value{}, names: map[string]*value{}, noValue: map[string]*value{}, families: newFamilies()}
	var errs faults
	errs.add(r.loadRules(fsys))
	errs.add(r.loadFamilies(fsys))
	var err error
	r.docs, err = loadPairs(fsys, docsFile, "symbol", "doc")
	errs.add(err)
	r.since, err = loadPairs(fsys, sinceFile, "constant", "kernel", "note")
	errs.add(err)
	errs.add(r.checkVersions())
	return r, errs.err()
}

// Names lists the include names of the bound headers.
func (r *Rules) Names() []string { return names(r.Headers) }

// Reads lists the include names of all headers that must be read.
func (r *Rules) Reads() []string { return append(names(r.Headers), names(r.With)...) }

// Files lists the include names of all headers that something comes out of.
func (r *Rules) Files() []string { return names(r.all()) }

func names(hs []Header) []string {
	var out []string
	for _, h := range hs {
		out = append(out, h.Name)
	}
	return out
}

// all lists the headers that have a file.
func (r *Rules) all() []Header { return slices.Concat(r.Headers, r.With, r.Uses) }

// loadPairs reads a table whose second column says something of the first.
func loadPairs(fsys fs.FS, file string, columns ...string) (map[string]*value, error) {
	rows, err := table.Read(fsys, file, columns...)
	if err != nil {
		return nil, err
	}
	var errs faults
	out := make(map[string]*value, len(rows))
	for _, row := range rows {
		v := &value{key: row.Get(columns[0]), text: row.Get(columns[1]), row: row}
		switch other := out[v.key]; {
		case v.key == "" || v.text == "":
			errs.row(row, "%s and %s must not be empty", columns[0], columns[1])
		case other != nil:
			errs.row(row, "%s stands in line %d already", v.key, other.row.Line)
		default:
			out[v.key] = v
		}
	}
	return out, errs.err()
}

func (r *Rules) loadRules(fsys fs.FS) error {
	rows, err := table.Read(fsys, rulesFile, "key", "value", "note")
	if err != nil {
		return err
	}
	var errs faults
	for _, row := range rows {
		key := row.Get("key")
		k, ok := kinds[key]
		args := strings.Fields(row.Get("value"))
		switch {
		case key == "package":
			errs.add(r.packageDoc(row))
		case !ok:
			errs.row(row, "unknown key %q", key)
		case len(args) != len(k.args) && !(key == "with" && len(args) > len(k.args)):
			errs.row(row, "%s takes %s", key, strings.Join(k.args, " "))
		default:
			errs.add(k.load(r, row, args))
		}
	}
	if len(r.Headers)+len(r.With) == 0 && len(errs.list) == 0 {
		errs.row(table.Row{File: rulesFile, Line: 1}, "no header is bound; add a row \"header | linux/NAME.h NAME.go | -\"")
	}
	return errs.err()
}

// packageDoc takes the only row whose value is a text.
func (r *Rules) packageDoc(row table.Row) error {
	if r.doc != nil {
		return row.Errorf("the package is documented in line %d already", r.doc.row.Line)
	}
	r.doc = &value{text: row.Get("value"), row: row}
	return nil
}

// kinds are the other rows that rules.tbl can have.
var kinds = map[string]struct {
	args []string
	load func(r *Rules, row table.Row, args []string) error
}{
	"header": {[]string{"HEADER", "FILE.go"}, func(r *Rules, row table.Row, args []string) error {
		return r.header(&r.Headers, row, args)
	}},
	"with": {[]string{"HEADER", "FILE.go", "SYMBOL..."}, func(r *Rules, row table.Row, args []string) error {
		if err := r.header(&r.With, row, args); err != nil {
			return err
		}
		h := &r.With[len(r.With)-1]
		for _, s := range args[2:] {
			h.only = append(h.only, naming.Pattern(s))
		}
		return nil
	}},
	"uses": {[]string{"HEADER", "FILE.go"}, func(r *Rules, row table.Row, args []string) error {
		return r.header(&r.Uses, row, args)
	}},
	"padding": {[]string{"PATTERN"}, func(r *Rules, row table.Row, args []string) error {
		r.padding = append(r.padding, pattern{naming.Pattern(args[0]), row})
		return nil
	}},
	"reserved": {[]string{"PATTERN"}, func(r *Rules, row table.Row, args []string) error {
		r.reserved = append(r.reserved, pattern{naming.Pattern(args[0]), row})
		return nil
	}},
	"helper": {[]string{"TYPEDEF", "GOTYPE"}, func(r *Rules, row table.Row, args []string) error {
		if !IsHelper(args[1]) {
			return row.Errorf("%s is no helper type; there are %s", args[1], strings.Join(helperTypes, " "))
		}
		return once(r.helpers, row, args)
	}},
	"name": {[]string{"SYMBOL", "GONAME"}, func(r *Rules, row table.Row, args []string) error {
		if !naming.Valid(args[1]) {
			return row.Errorf("%q is not an exported Go identifier", args[1])
		}
		return once(r.names, row, args)
	}},
	"arch-align": {[]string{"GOARCH", "FROM", "TO"}, func(r *Rules, row table.Row, args []string) error {
		r.aligns = append(r.aligns, &alignRule{goarch: args[0], from: args[1], to: args[2], row: row})
		return nil
	}},
	"no-value": {[]string{"MACRO"}, func(r *Rules, row table.Row, args []string) error {
		return once(r.noValue, row, append(args, ""))
	}},
	"since-type": {[]string{"GOTYPE"}, func(r *Rules, row table.Row, args []string) error {
		r.sinceFor = append(r.sinceFor, &value{key: args[0], row: row})
		return nil
	}},
}

func once(m map[string]*value, row table.Row, args []string) error {
	if other := m[args[0]]; other != nil {
		return row.Errorf("%s stands in line %d already", args[0], other.row.Line)
	}
	m[args[0]] = &value{key: args[0], text: args[1], row: row}
	return nil
}

// header takes a header and its file; neither may be taken twice.
func (r *Rules) header(list *[]Header, row table.Row, args []string) error {
	for _, h := range r.all() {
		if h.Name == args[0] || h.File == args[1] {
			return row.Errorf("%s and its file %s must stand once each; line %d has one of them", args[0], args[1], h.row.Line)
		}
	}
	if err := goFile(args[1]); err != "" {
		return row.Errorf("%s: %s", args[1], err)
	}
	*list = append(*list, Header{Name: args[0], File: args[1], row: row})
	return nil
}

// goFile says what is wrong with a name for a file that every target is to
// compile, "" if nothing is.
func goFile(name string) string {
	base, ok := strings.CutSuffix(name, ".go")
	if !ok || base == "" || path.Base(name) != name || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
		return "not the name of a Go file"
	}
	if i := strings.LastIndexByte(base, '_'); i >= 0 && constrained[base[i+1:]] {
		return "the go command would compile it on some targets only"
	}
	return ""
}

// constrained are the file name endings that the go command understands.
var constrained = func() map[string]bool {
	m := map[string]bool{}
	for s := range strings.FieldsSeq(`test
		aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos
		386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le
		ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm`) {
		m[s] = true
	}
	return m
}()

var helperTypes = []string{"BE16", "BE32", "BE64", "LE16", "LE32", "LE64"}

// IsHelper tells whether the emitter has such a helper type.
func IsHelper(goType string) bool {
	return slices.Contains(helperTypes, goType)
}
