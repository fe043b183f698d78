package rules

import (
	"cmp"
	"maps"
	"slices"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// Bound is the tables held against the headers that they speak of.
type Bound struct {
	*Rules
	Unit    *model.Unit
	Layout  *layout.Layout
	Records []*model.Record // that come out, in order of definition
	Consts  []*Const        // of the bound headers, in order of header and place

	Findings []Finding

	history  *History
	carriers map[string]*Family // member path → family
	members  map[string]layout.Flat
	records  map[string]*model.Record // by name
	consts   map[string]*Const
	tags     map[string]bool   // of the enums
	facts    map[string]string // symbol → fact that tells its history
}

// Const is a constant: an enumerator, or a macro with a value.
type Const struct {
	Name    string
	Pos     model.Pos
	Comment string
	Value   model.Value
	Text    string      // of a string; then Value means nothing
	String  bool        // the macro is a string
	Enum    *model.Enum // nil for macros
	Family  *Family     // nil for untyped ones
}

// Bind holds the tables against a model. l is the layout on any target: what
// differs between targets is not seen here. The result is whole unless there
// is an error; every finding concerns one symbol and stops nothing.
func (r *Rules) Bind(u *model.Unit, l *layout.Layout, h *History) (*Bound, error) {
	b := &Bound{
		Rules: r, Unit: u, Layout: l, history: h,
		carriers: map[string]*Family{}, members: map[string]layout.Flat{}, records: map[string]*model.Record{},
		consts: map[string]*Const{}, tags: map[string]bool{}, facts: map[string]string{},
	}
	var errs faults
	b.collectRecords()
	b.collectConsts()
	b.bindHeaders(&errs)
	b.bindCarriers(&errs)
	b.bindMacros(&errs)
	b.bindFamilies(&errs)
	b.bindNames(&errs)
	b.bindDocs(&errs)
	b.bindSince(&errs)
	slices.SortStableFunc(b.Findings, func(x, y Finding) int { return comparePos(x.Pos, y.Pos) })
	return b, errs.err()
}

func (b *Bound) finding(symbol string, pos model.Pos, missing string) {
	b.Findings = append(b.Findings, Finding{symbol, pos, missing})
}

func comparePos(a, b model.Pos) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
}

// sorted lists the values of a map in order of the table.
func sorted(m map[string]*value) []*value {
	return slices.SortedFunc(maps.Values(m), func(a, b *value) int { return cmp.Compare(a.row.Line, b.row.Line) })
}
