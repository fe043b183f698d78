package rules

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// Family is a set of constants that share a Go type.
type Family struct {
	Type       string
	Underlying string // Go type, "uint32"
	Flags      bool
	Doc        string
	Matches    []string // the rows' first column, in order

	carriers []carrier
	row      table.Row // the first
}

// carrier is a member that a family's values are kept in.
type carrier struct {
	path string
	row  table.Row
}

// familyRow is one row: which constants, and their family, nil for none.
type familyRow struct {
	match  string
	family *Family
	row    table.Row
	used   bool
}

// families finds the row for a constant.
type families struct {
	exact  map[string]*familyRow
	enums  map[string]*familyRow // by tag
	prefix []*familyRow          // longest first, without the star
	rows   []*familyRow
	list   []*Family // in order of the table
	byType map[string]*Family
}

func newFamilies() *families {
	return &families{exact: map[string]*familyRow{}, enums: map[string]*familyRow{}, byType: map[string]*Family{}}
}

// find is the row for a constant of the enum with that tag, nil if none fits.
func (f *families) find(name, enumTag string) *familyRow {
	if r := f.exact[name]; r != nil {
		return r
	}
	if r := f.enums[enumTag]; r != nil && enumTag != "" {
		return r
	}
	return f.byPrefix(name)
}

// byPrefix is the row with the longest prefix that fits, nil if none does.
func (f *families) byPrefix(name string) *familyRow {
	for _, r := range f.prefix {
		if strings.HasPrefix(name, r.match) {
			return r
		}
	}
	return nil
}

func (r *Rules) loadFamilies(fsys fs.FS) error {
	rows, err := table.Read(fsys, familiesFile, "match", "type", "kind", "carriers", "doc")
	if err != nil {
		return err
	}
	var errs faults
	for _, row := range rows {
		errs.add(r.families.load(row))
	}
	slices.SortStableFunc(r.families.prefix, func(a, b *familyRow) int { return cmp.Compare(len(b.match), len(a.match)) })
	for _, f := range r.families.list {
		if f.Doc == "" {
			errs.row(f.row, "%s has no doc in its first row", f.Type)
		}
		if f.Underlying == "" && len(f.carriers) == 0 {
			errs.row(f.row, "%s has no size: name a carrier, or write %s:uint32", f.Type, f.Type)
		}
	}
	return errs.err()
}

func (f *families) load(row table.Row) error {
	x := &familyRow{match: row.Get("match"), row: row}
	if x.match == "" {
		return row.Errorf("a row must match something")
	}
	if err := f.place(x); err != nil {
		return err
	}
	f.rows = append(f.rows, x)
	if row.Get("type") == "" {
		if row.Get("kind") != "" || row.Get("carriers") != "" || row.Get("doc") != "" {
			return row.Errorf("a row without a type has neither kind nor carriers nor doc")
		}
		return nil
	}
	var err error
	x.family, err = f.family(row)
	return err
}

// place puts a row where find looks. A row of the same rank for the same
// constants would make the choice a matter of chance.
func (f *families) place(x *familyRow) error {
	var other *familyRow
	if tag, ok := strings.CutPrefix(x.match, "enum "); ok {
		tag = strings.TrimSpace(tag)
		other, f.enums[tag] = f.enums[tag], x
	} else if p, ok := strings.CutSuffix(x.match, "*"); ok {
		if i := slices.IndexFunc(f.prefix, func(o *familyRow) bool { return o.match == p }); i >= 0 {
			other = f.prefix[i]
		}
		x.match = p
		f.prefix = append(f.prefix, x)
	} else {
		other, f.exact[x.match] = f.exact[x.match], x
	}
	if other != nil {
		return x.row.Errorf("%s has equal rank with line %d: both decide the same constants", x.row.Get("match"), other.row.Line)
	}
	return nil
}

// family is the family that a row with a type belongs to. The first row of a
// family says all of it, the others may repeat kind and size.
func (f *families) family(row table.Row) (*Family, error) {
	name, size, sized := strings.Cut(row.Get("type"), ":")
	flags, err := kind(row)
	if err != nil {
		return nil, err
	}
	if sized && bits(size) == 0 {
		return nil, row.Errorf("%q is not an integer type of Go with a size", size)
	}
	x := f.byType[name]
	if x == nil {
		if !naming.Valid(name) {
			return nil, row.Errorf("%q is not an exported Go identifier", name)
		}
		x = &Family{Type: name, Underlying: size, Flags: flags, Doc: row.Get("doc"), row: row}
		f.byType[name] = x
		f.list = append(f.list, x)
	}
	if x.Flags != flags || sized && x.Underlying != size {
		return nil, row.Errorf("%s is described otherwise in line %d", name, x.row.Line)
	}
	x.Matches = append(x.Matches, row.Get("match"))
	for path := range strings.FieldsSeq(row.Get("carriers")) {
		x.carriers = append(x.carriers, carrier{path, row})
	}
	return x, nil
}

func kind(row table.Row) (flags bool, err error) {
	switch row.Get("kind") {
	case "flags":
		return true, nil
	case "enum":
		return false, nil
	}
	return false, row.Errorf("kind is %q, want enum or flags", row.Get("kind"))
}

// bits is the size of a Go integer type, 0 if it is none.
func bits(goType string) int {
	switch strings.TrimPrefix(goType, "u") {
	case "int8":
		return 8
	case "int16":
		return 16
	case "int32":
		return 32
	case "int64":
		return 64
	}
	return 0
}
