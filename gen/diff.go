package gen

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/facts"
)

// Facts is a snapshot of an ABI: what headers declare on one architecture, as
// one sorted fact a line.
//
//	rec NAME size align
//	fld NAME.MEMBER offset size type
//	cst NAME value
type Facts struct{ list []facts.Fact }

// ParseFacts reads the text of a snapshot; name is what errors call it.
func ParseFacts(name, text string) (Facts, error) {
	list, err := facts.Parse(name, text)
	return Facts{list}, err
}

// String is the text that ParseFacts reads.
func (f Facts) String() string { return facts.Text(f.list) }

// Severity is what a change of an ABI asks of those who use it.
type Severity int

// The severities, in rising order.
const (
	Addition Severity = iota // what was there still is
	Review                   // existing code goes on working, but look at it
	Breaking                 // existing code can break
)

// Change is one fact that differs between two snapshots.
type Change struct {
	Kind     string // "rec", "fld" or "cst"
	Record   string // that the fact is about; "" for a constant
	Name     string // of a constant or a member (its path in the record); "" for the record itself
	Old, New string // the rest of the fact; "" where there is none
	Detail   string // what differs, if there is an old and a new one
	Severity Severity
	Note     string // why the severity is not what the kind of change suggests
}

// Worst is the highest severity of the changes.
func Worst(changes []Change) Severity {
	worst := Addition
	for _, c := range changes {
		worst = max(worst, c.Severity)
	}
	return worst
}

// Diff says what changed from one snapshot to another, ordered by record,
// constants last. Members of a record that came or went as a whole are left
// out: the record stands for them.
//
// Breaking is: a fact that went away, a constant with another value, a record
// or member with another offset, size or alignment. Some changes only ask for
// a review: a bound that was raised (its name ends in _LAST, _MAX or _END), a
// mask (_MASK) that has more bits, reserved bytes that were put to use, another
// type for the same bytes.
func Diff(older, newer Facts) []Change {
	d := facts.Compare(older.list, newer.list)
	before, after := records(older), records(newer)
	var out []Change
	for _, f := range d.Removed {
		out = append(out, removed(f))
	}
	for _, c := range d.Changed {
		out = append(out, changed(c))
	}
	for _, f := range d.Added {
		out = append(out, newChange(f.Kind, f.Name, "", f.Rest, Addition))
	}
	out = slices.DeleteFunc(out, func(c Change) bool {
		return c.Kind == facts.Field && (!before[c.Record] || !after[c.Record])
	})
	slices.SortFunc(out, compareChanges)
	return out
}

func records(f Facts) map[string]bool {
	m := map[string]bool{}
	for _, x := range f.list {
		if x.Kind == facts.Record {
			m[x.Name] = true
		}
	}
	return m
}

func newChange(kind, name, before, after string, s Severity) Change {
	c := Change{Kind: kind, Old: before, New: after, Severity: s}
	if kind == facts.Const {
		c.Name = name
	} else {
		c.Record, c.Name, _ = strings.Cut(name, ".")
	}
	return c
}

func removed(f facts.Fact) Change {
	c := newChange(f.Kind, f.Name, f.Rest, "", Breaking)
	if f.Kind == facts.Field && isReserved(c.Name) {
		c.Severity, c.Note = Review, "reserved bytes put to use"
	}
	return c
}

func changed(f facts.Change) Change {
	c := newChange(f.Kind, f.Name, f.Old, f.New, Breaking)
	c.Detail = f.Detail()
	switch {
	case f.Kind == facts.Const && isBound(f.Name) && raised(f.Old, f.New):
		c.Severity, c.Note = Review, "bound raised"
	case f.Kind == facts.Const && strings.HasSuffix(f.Name, "_MASK") && widened(f.Old, f.New):
		c.Severity, c.Note = Review, "mask widened"
	case f.Kind == facts.Field && isReserved(c.Name):
		c.Severity, c.Note = Review, "reserved bytes put to use"
	case f.Kind == facts.Field && place(f.Old) == place(f.New):
		c.Severity, c.Note = Review, "same bytes, other type"
	}
	return c
}

// place is a member's offset and size without its type.
func place(rest string) string {
	words := strings.Fields(rest)
	return strings.Join(words[:min(2, len(words))], " ")
}

// isBound tells a name that counts its siblings: it moves with each addition.
func isBound(name string) bool {
	for _, suffix := range []string{"_LAST", "_MAX", "_END"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func raised(before, after string) bool {
	o, err1 := strconv.ParseInt(before, 10, 64)
	n, err2 := strconv.ParseInt(after, 10, 64)
	return err1 == nil && err2 == nil && n > o
}

// widened tells that a mask has all the bits that it had, and more.
func widened(before, after string) bool {
	o, err1 := strconv.ParseUint(before, 10, 64)
	n, err2 := strconv.ParseUint(after, 10, 64)
	return err1 == nil && err2 == nil && n > o && n&o == o
}

// isReserved tells a member without a meaning by the names that uapi headers
// give such members: resv, __resv2, pad, _pad1, reserved, unused, spare.
func isReserved(path string) bool {
	name := strings.TrimLeft(path[strings.LastIndex(path, ".")+1:], "_")
	name = strings.TrimRight(name, "0123456789_")
	return slices.Contains([]string{"resv", "rsvd", "reserved", "pad", "padding", "unused", "spare"}, name)
}

// compareChanges orders by record, the record itself first, then by offset;
// constants stand last, in the order of their names.
func compareChanges(a, b Change) int {
	return cmp.Or(
		compareBool(a.Kind == facts.Const, b.Kind == facts.Const),
		cmp.Compare(a.Record, b.Record),
		compareBool(a.Kind != facts.Record, b.Kind != facts.Record),
		cmp.Compare(a.offset(), b.offset()),
		cmp.Compare(a.Name, b.Name),
	)
}

func (c Change) offset() float64 {
	if c.Kind != facts.Field {
		return 0
	}
	first, _, _ := strings.Cut(cmp.Or(c.Old, c.New), " ")
	offset, _ := strconv.ParseFloat(first, 64) // "4.3" of a bit-field sorts well enough
	return offset
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Describe says for people what one side of a change is, Old or New.
func (c Change) Describe(side string) string {
	words := strings.SplitN(side, " ", 3)
	switch {
	case c.Kind == facts.Record && len(words) == 2:
		return "size " + words[0] + ", align " + words[1]
	case c.Kind == facts.Field && len(words) == 3:
		return "offset " + words[0] + ", size " + words[1] + ", " + words[2]
	}
	return side
}
