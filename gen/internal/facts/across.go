package facts

import (
	"slices"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// Set is what the headers state on one target.
type Set struct {
	GOARCH string
	Facts  []Fact
}

// Difference is a fact that a target states otherwise than the first one, or
// that only one of them states.
type Difference struct {
	GOARCH     string // where it differs
	Kind, Name string
	First      string // columns on the first target; "" if it does not state the fact
	Here       string // columns on GOARCH; "" if it does not
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
		out = append(out, Difference{s.GOARCH, c.Kind, c.Name, c.Old, c.New})
	}
	for _, f := range d.Removed {
		out = append(out, Difference{s.GOARCH, f.Kind, f.Name, f.Rest, ""})
	}
	for _, f := range d.Added {
		out = append(out, Difference{s.GOARCH, f.Kind, f.Name, "", f.Rest})
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return order(Fact{Kind: a.Kind, Name: a.Name}, Fact{Kind: b.Kind, Name: b.Name})
	})
	return out
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
		return Set{l.Target.GOARCH, c.sorted()}
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
