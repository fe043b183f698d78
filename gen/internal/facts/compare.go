package facts

import "strings"

// Diff is what became of a set of facts. All lists are sorted.
type Diff struct {
	Added   []Fact
	Removed []Fact
	Changed []Change
}

// Change is a fact that both sets state, differently.
type Change struct {
	Kind, Name string
	Old, New   string // the columns after the name
}

// Compare tells what new has that old has not, and the other way round. Both
// must be sorted, as Of and Parse give them.
func Compare(old, new []Fact) Diff {
	var d Diff
	for len(old) > 0 && len(new) > 0 {
		switch c := order(old[0], new[0]); {
		case c < 0:
			d.Removed, old = append(d.Removed, old[0]), old[1:]
		case c > 0:
			d.Added, new = append(d.Added, new[0]), new[1:]
		default:
			if o, n := old[0], new[0]; o.Rest != n.Rest {
				d.Changed = append(d.Changed, Change{o.Kind, o.Name, o.Rest, n.Rest})
			}
			old, new = old[1:], new[1:]
		}
	}
	d.Removed = append(d.Removed, old...)
	d.Added = append(d.Added, new...)
	return d
}

// Empty tells that both sets state the same.
func (d Diff) Empty() bool { return len(d.Added)+len(d.Removed)+len(d.Changed) == 0 }

// columns names what stands after the name of each kind of fact.
var columns = map[string][]string{
	Const:  {"value"},
	Field:  {"offset", "size", "type"},
	Record: {"size", "align"},
}

// Delta is one column of a Change.
type Delta struct {
	What     string // "size", "align", "offset", "type", "value"
	Old, New string
}

// Deltas lists the columns that differ.
func (c Change) Deltas() []Delta {
	names := columns[c.Kind]
	o, n := strings.SplitN(c.Old, " ", len(names)), strings.SplitN(c.New, " ", len(names))
	var out []Delta
	for i, name := range names {
		if i < len(o) && i < len(n) && o[i] != n[i] {
			out = append(out, Delta{name, o[i], n[i]})
		}
	}
	return out
}

// Detail says what differs, for people: "offset 4 -> 8, type __u16 -> __u32".
func (c Change) Detail() string {
	var parts []string
	for _, d := range c.Deltas() {
		parts = append(parts, d.What+" "+d.Old+" -> "+d.New)
	}
	return strings.Join(parts, ", ")
}
