package gen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// Layouts holds the records of a set of headers as one architecture lays
// them out.
type Layouts struct{ records []*RecordLayout }

// RecordLayout is the map of one record.
type RecordLayout struct {
	Keyword, Name string // "struct", "io_uring_sqe"
	Place         string // header:line:col
	Size, Align   int64  // bytes
	Lines         []LayoutLine

	Members     int   // at all depths
	Holes       int   // at all depths
	HoleBits    int64 // in all holes
	PaddingBits int64 // behind last members
}

// LayoutLine is one line of a map.
type LayoutLine struct {
	Kind            LineKind
	Depth           int    // of nesting
	Text            string // C, or what a hole or padding is
	BitOffset, Bits int64  // from the start of the record
	Bitfield        bool
}

// LineKind says what a line of a map is about.
type LineKind int

// The kinds of line.
const (
	MemberLine  LineKind = iota
	OpenLine             // a nested record begins; its members follow one deeper
	CloseLine            // it ends; has no extent of its own
	HoleLine             // bits between members that belong to none
	PaddingLine          // bits behind the last member
)

// LayoutsOf reads the headers of cfg and lays out every record in them, those
// of included headers too.
func LayoutsOf(cfg Config, goarch string) (*Layouts, error) {
	d, err := describe(cfg, goarch)
	if err != nil {
		return nil, err
	}
	ls := &Layouts{}
	for _, r := range d.unit.Records {
		if r.Name() != "" {
			ls.records = append(ls.records, mapRecord(d.layout, r))
		}
	}
	slices.SortFunc(ls.records, func(a, b *RecordLayout) int { return cmp.Compare(a.Name, b.Name) })
	return ls, nil
}

// Names lists the records' C names.
func (ls *Layouts) Names() []string {
	var names []string
	for _, r := range ls.records {
		names = append(names, r.Name)
	}
	return names
}

// Find finds a record by its C name, with or without the keyword, or by the
// Go name made of it; nil if there is none.
func (ls *Layouts) Find(name string) *RecordLayout {
	name = bareName(name)
	for _, same := range []func(c string) bool{
		func(c string) bool { return c == name },
		func(c string) bool { return folded(c) == folded(name) },
	} {
		for _, r := range ls.records {
			if same(r.Name) {
				return r
			}
		}
	}
	return nil
}

// Suggest lists up to three records whose names are close to name, the
// closest first.
func (ls *Layouts) Suggest(name string) []string {
	type near struct {
		name string
		dist int
	}
	var list []near
	want := folded(bareName(name))
	for _, r := range ls.records {
		have := folded(r.Name)
		d := distance(want, have)
		if len(want) >= 3 && strings.Contains(have, want) {
			d = min(d, 2)
		}
		if d <= max(2, len(want)/4) {
			list = append(list, near{r.Name, d})
		}
	}
	slices.SortStableFunc(list, func(a, b near) int { return cmp.Compare(a.dist, b.dist) })
	var names []string
	for _, n := range list[:min(3, len(list))] {
		names = append(names, n.name)
	}
	return names
}

func bareName(name string) string {
	name = strings.TrimPrefix(name, "struct ")
	return strings.TrimPrefix(name, "union ")
}

// folded is what a C name and the Go name made of it have in common.
func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// distance is Levenshtein's: how many characters to add, drop or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

func mapRecord(l *layout.Layout, r *model.Record) *RecordLayout {
	whole := l.Record(r)
	slots, sum := l.Holes(r)
	out := &RecordLayout{
		Keyword: r.Kind.String(), Name: r.Name(), Place: r.Pos.String(),
		Size: whole.Size, Align: whole.Align,
		Members: sum.Members, Holes: sum.Holes, HoleBits: sum.HoleBits, PaddingBits: sum.Padding,
	}
	var open []string // what closes the records that are open
	closeTo := func(depth int) {
		for len(open) > depth {
			out.Lines = append(out.Lines, LayoutLine{Kind: CloseLine, Depth: len(open) - 1, Text: open[len(open)-1]})
			open = open[:len(open)-1]
		}
	}
	for _, s := range slots {
		closeTo(s.Depth)
		line, closing := slotLine(s)
		out.Lines = append(out.Lines, line)
		if closing != "" {
			open = append(open, closing)
		}
	}
	closeTo(0)
	return out
}

// slotLine is the line for a slot, and what closes the record that it opens.
func slotLine(s layout.Slot) (line LayoutLine, closing string) {
	line = LayoutLine{Depth: s.Depth, BitOffset: s.BitOffset, Bits: s.Bits}
	switch {
	case s.Kind == layout.HoleSlot:
		line.Kind, line.Text = HoleLine, gapText(s, "hole")
	case s.Kind == layout.PaddingSlot:
		line.Kind, line.Text = PaddingLine, gapText(s, "padding")
	case s.InPlace != nil:
		line.Kind = OpenLine
		line.Text = strings.TrimSpace(s.InPlace.Kind.String()+" "+s.InPlace.Tag) + " {"
		closing = strings.TrimSpace("} "+s.Member.Name+dimensions(s.Member.Type)) + ";"
		closing = strings.Replace(closing, "} ;", "};", 1)
	default:
		line.Text = declaration(s.Member)
		line.Bitfield = s.Member.Bitfield
	}
	return line, closing
}

func gapText(s layout.Slot, what string) string {
	if s.Whole() {
		return fmt.Sprintf("%d bytes %s at %d", s.Bits/8, what, s.Offset())
	}
	return fmt.Sprintf("%d bits %s at %d:%d", s.Bits, what, s.Offset(), s.BitOffset%8)
}

// declaration is a member as C declares it, near enough for people.
func declaration(m *model.Member) string {
	dims := dimensions(m.Type)
	text := strings.TrimSuffix(facts.TypeName(m.Type), dims)
	if m.Name != "" {
		text += " " + m.Name + dims
	}
	if m.Bitfield {
		text += fmt.Sprintf(":%d", m.Bits)
	}
	return text + ";"
}

// dimensions is "[2][4]" for an array of arrays, "" for what is no array.
func dimensions(t *model.Type) string {
	s := ""
	for ; t != nil && t.Kind == model.Array; t = t.Elem {
		if t.Len < 0 {
			s += "[]"
		} else {
			s += fmt.Sprintf("[%d]", t.Len)
		}
	}
	return s
}
