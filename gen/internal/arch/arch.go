// Package arch reads and makes the table of C constants whose values an
// architecture may choose for itself: open flags, socket types, syscall
// numbers. The table is made when headers are imported, from the headers of
// each architecture and from golang.org/x/sys/unix, and only read afterwards.
package arch

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/table"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Table holds constants for all targets.
type Table struct {
	rows []*Row // sorted by name
}

// Row is one constant.
type Row struct {
	Name string
	From string           // where the values were found
	Hex  bool             // how people write it
	at   map[string]int64 // by GOARCH; one that has no such constant is missing
}

// Of is a table of some rows of another, in the same order.
func Of(rows []*Row) *Table { return &Table{rows: rows} }

// Rows lists all constants, sorted by name.
func (t *Table) Rows() []*Row { return t.rows }

// Names lists the names of all constants, sorted.
func (t *Table) Names() []string {
	var out []string
	for _, r := range t.rows {
		out = append(out, r.Name)
	}
	return out
}

// Row finds a constant, nil if there is none of that name.
func (t *Table) Row(name string) *Row {
	i, ok := slices.BinarySearchFunc(t.rows, name, func(r *Row, name string) int { return cmp.Compare(r.Name, name) })
	if !ok {
		return nil
	}
	return t.rows[i]
}

// Value is a constant's value on an architecture, false if it has none there.
func (t *Table) Value(name, goarch string) (int64, bool) {
	r := t.Row(name)
	if r == nil {
		return 0, false
	}
	return r.Value(goarch)
}

// Differing lists the constants that are not the same everywhere, sorted.
func (t *Table) Differing() []string {
	var out []string
	for _, r := range t.rows {
		if r.Differs() {
			out = append(out, r.Name)
		}
	}
	return out
}

// Value is the constant's value on an architecture, false if it has none
// there.
func (r *Row) Value(goarch string) (int64, bool) {
	v, ok := r.at[goarch]
	return v, ok
}

// Differs tells that an architecture has another value than the others, or
// none.
func (r *Row) Differs() bool {
	first := target.All()[0].GOARCH
	for _, t := range target.All() {
		if !r.same(first, t.GOARCH) {
			return true
		}
	}
	return false
}

func (r *Row) same(a, b string) bool {
	x, okx := r.at[a]
	y, oky := r.at[b]
	return okx == oky && x == y
}

// cell spells the value on an architecture.
func (r *Row) cell(goarch string) string {
	v, ok := r.at[goarch]
	if !ok {
		return "none"
	}
	return r.Literal(v)
}

// Literal spells a value as people write the constant, the same in C and Go.
func (r *Row) Literal(v int64) string {
	if r.Hex && v >= 0 {
		return fmt.Sprintf("%#x", v)
	}
	return strconv.FormatInt(v, 10)
}

var columns = []string{"name", "from", "value", "except"}

const heading = `# Constants that the headers in uapi do not hold: what they are on amd64, and
# the architectures where they are something else ("none": not there).
# Written by "uringgen headers import"; do not edit.
`

// Format is the text of a table. Parse reads it back.
func (t *Table) Format() []byte {
	var b strings.Builder
	b.WriteString(heading + "\n" + strings.Join(columns, " | ") + "\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "%s | %s | %s | %s\n", r.Name, r.From, r.cell(target.All()[0].GOARCH), cmp.Or(r.exceptions(), "-"))
	}
	return []byte(b.String())
}

// exceptions groups the architectures by value, in the order of targets:
// "mips,mipsle=0x100 s390x=0x20".
func (r *Row) exceptions() string {
	var order []string
	by := map[string][]string{}
	usual := r.cell(target.All()[0].GOARCH)
	for _, t := range target.All() {
		v := r.cell(t.GOARCH)
		if v == usual {
			continue
		}
		if by[v] == nil {
			order = append(order, v)
		}
		by[v] = append(by[v], t.GOARCH)
	}
	var out []string
	for _, v := range order {
		out = append(out, strings.Join(by[v], ",")+"="+v)
	}
	return strings.Join(out, " ")
}

// Parse reads a table; file is what errors say. It takes only what Format
// writes: names sorted, each once, known architectures, no exception that is
// none.
func Parse(file string, text []byte) (*Table, error) {
	rows, err := table.Parse(file, string(text), columns...)
	if err != nil {
		return nil, err
	}
	t := &Table{}
	for _, row := range rows {
		r, err := parseRow(row)
		if err != nil {
			return nil, err
		}
		if n := len(t.rows); n > 0 && t.rows[n-1].Name >= r.Name {
			return nil, row.Errorf("%s after %s: rows must be sorted, each once", r.Name, t.rows[n-1].Name)
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

func parseRow(row table.Row) (*Row, error) {
	value := row.Get("value")
	r := &Row{Name: row.Get("name"), From: row.Get("from"), at: map[string]int64{}}
	if r.Name == "" || r.From == "" {
		return nil, row.Errorf("name or from is empty")
	}
	if strings.Contains(r.Name+r.From, "|") {
		return nil, row.Errorf("name or from holds a |")
	}
	for _, t := range target.All() {
		if err := r.set(t.GOARCH, value); err != nil {
			return nil, row.Errorf("%v", err)
		}
	}
	for _, group := range strings.Fields(row.Get("except")) {
		archs, v, ok := strings.Cut(group, "=")
		if !ok {
			return nil, row.Errorf("exception %q, want ARCH,ARCH=VALUE", group)
		}
		for _, a := range strings.Split(archs, ",") {
			if target.ByGOARCH(a) == nil {
				return nil, row.Errorf("exception for %q, which is no architecture", a)
			}
			if err := r.set(a, v); err != nil {
				return nil, row.Errorf("%v", err)
			}
		}
	}
	if got := r.exceptions(); got != row.Get("except") || r.cell(target.All()[0].GOARCH) != value {
		return nil, row.Errorf("%s is not in canonical form, want value %q, except %q", r.Name, r.cell(target.All()[0].GOARCH), got)
	}
	return r, nil
}

func (r *Row) set(goarch, cell string) error {
	if cell == "none" {
		delete(r.at, goarch)
		return nil
	}
	v, err := strconv.ParseInt(cell, 0, 64)
	if err != nil {
		return fmt.Errorf("%s is %q on %s, want a number or none", r.Name, cell, goarch)
	}
	r.at[goarch] = v
	r.Hex = r.Hex || strings.HasPrefix(cell, "0x")
	return nil
}
