package facts

import (
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// Set is what the headers state on one target.
type Set struct {
	GOARCH string
	Facts  []Fact
	Unit   *model.Unit // that states them, for their places; may be nil
}

// Difference is a fact that a target states otherwise than the first one, or
// that only one of them states.
type Difference struct {
	GOARCH     string // where it differs
	Kind, Name string
	First      string // columns on the first target; "" if it does not state the fact
	Here       string // columns on GOARCH; "" if it does not

	// Pos is where GOARCH's headers declare what the first target's do not.
	Pos model.Pos
}

// OnlyAlign tells a record that has the same size and another alignment: what
// 4-byte alignment of 8-byte integers does to a record that has no need of
// padding.
func (d Difference) OnlyAlign() bool {
	if d.Kind != Record || d.First == "" || d.Here == "" {
		return false
	}
	ds := Change{d.Kind, d.Name, d.First, d.Here}.Deltas()
	return len(ds) == 1 && ds[0].What == "align"
}

// Detail says what differs, for people.
func (d Difference) Detail() string {
	switch {
	case d.First == "":
		return "only there: " + d.Here
	case d.Here == "":
		return "not there: " + d.First
	}
	return Change{d.Kind, d.Name, d.First, d.Here}.Detail()
}

// Differ compares every set with the first, in order of sets and then names.
func Differ(sets []Set) []Difference {
	var out []Difference
	for i, s := range sets {
		if i > 0 {
			out = append(out, differ(sets[0], s)...)
		}
	}
	return out
}

func differ(first, s Set) []Difference {
	d := Compare(first.Facts, s.Facts)
	var out []Difference
	for _, c := range d.Changed {
		out = append(out, Difference{GOARCH: s.GOARCH, Kind: c.Kind, Name: c.Name, First: c.Old, Here: c.New})
	}
	for _, f := range d.Removed {
		out = append(out, Difference{GOARCH: s.GOARCH, Kind: f.Kind, Name: f.Name, First: f.Rest})
	}
	for _, f := range d.Added {
		out = append(out, Difference{GOARCH: s.GOARCH, Kind: f.Kind, Name: f.Name, Here: f.Rest, Pos: s.place(f)})
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return order(Fact{Kind: a.Kind, Name: a.Name}, Fact{Kind: b.Kind, Name: b.Name})
	})
	return out
}

// place is where the set's headers declare what a fact is about.
func (s Set) place(f Fact) model.Pos {
	if s.Unit == nil {
		return model.Pos{}
	}
	name, _, _ := strings.Cut(f.Name, ".")
	for _, m := range s.Unit.Macros {
		if f.Kind == Const && m.Name == name {
			return m.Pos
		}
	}
	for _, e := range s.Unit.Enums {
		for _, c := range e.Consts {
			if f.Kind == Const && c.Name == name {
				return c.Pos
			}
		}
	}
	for _, r := range s.Unit.Records {
		if f.Kind != Const && r.Name() == name {
			return r.Pos
		}
	}
	return model.Pos{}
}

// Across lists what the layouts of one unit on several targets state
// otherwise than the first of them. Layouts that are equal number by number
// cost no text.
func Across(u *model.Unit, ls []*layout.Layout, files []string) []Difference {
	if len(ls) == 0 {
		return nil
	}
	// Of one unit, only the layouts can differ.
	set := func(l *layout.Layout) Set {
		c := newCollector(l, files)
		c.records(u)
		return Set{GOARCH: l.Target.GOARCH, Facts: c.sorted()}
	}
	var first Set
	var out []Difference
	for _, l := range ls[1:] {
		if l.Equal(ls[0]) {
			continue
		}
		if first.GOARCH == "" {
			first = set(ls[0])
		}
		out = append(out, differ(first, set(l))...)
	}
	return out
}
