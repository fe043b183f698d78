package facts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

const header = "linux/x.h"

func at(line int) model.Pos { return model.Pos{File: header, Line: line, Col: 1} }

func scalar(b model.Base, c string) *model.Type {
	return &model.Type{Kind: model.Int, Base: b, C: c}
}

var (
	u8  = scalar(model.UChar, "__u8")
	u32 = scalar(model.UInt, "__u32")
	u64 = scalar(model.ULongLong, "__u64")
)

func of(r *model.Record) *model.Type { return &model.Type{Kind: model.RecordType, Record: r} }

func array(n int64, e *model.Type) *model.Type {
	return &model.Type{Kind: model.Array, Len: n, Elem: e}
}

// sample is one of everything that a fact can be about.
func sample() *model.Unit {
	outer := &model.Record{Tag: "outer", Pos: at(1)}
	socket := &model.Record{Parent: outer, Pos: at(3)}
	socket.Members = []*model.Member{{Name: "family", Type: u32}, {Name: "proto", Type: array(2, array(3, u8))}}
	arms := &model.Record{Kind: model.Union, Parent: outer, Pos: at(5)}
	arms.Members = []*model.Member{{Name: "off", Type: u64}, {Name: "p", Type: &model.Type{Kind: model.Pointer, Elem: scalar(model.Char, "char")}}}
	tail := &model.Record{Parent: outer, Pos: at(7)}
	empty := &model.Record{Parent: tail, Pos: at(7)}
	tail.Members = []*model.Member{{Name: "__empty_tail", Type: of(empty)}, {Name: "tail", Type: array(-1, u64)}}
	outer.Members = []*model.Member{
		{Name: "a", Type: u32, Bitfield: true, Bits: 3},
		{Name: "b", Type: u32, Bitfield: true, Bits: 9},
		{Name: "socket", Type: of(socket)},
		{Type: of(arms)},
		{Type: of(tail)},
	}
	other := &model.Record{Typedef: "elsewhere_t", Pos: model.Pos{File: "linux/y.h", Line: 1}}
	return &model.Unit{
		Records: []*model.Record{outer, socket, arms, tail, empty, other},
		Enums: []*model.Enum{{Pos: at(9), Base: model.IntBase, Consts: []*model.Const{
			{Name: "NEG", Pos: at(9), Value: model.Value{Bits: ^uint64(1), Negative: true}},
			{Name: "BOTH", Pos: at(9), Value: model.Value{Bits: 1}},
		}}},
		Macros: []*model.Macro{
			{Name: "BIG", Pos: at(11), Kind: model.IntMacro, Value: model.Value{Bits: ^uint64(0)}},
			{Name: "BOTH", Pos: at(12), Kind: model.IntMacro, Value: model.Value{Bits: 1}},
			{Name: "TEXT", Pos: at(13), Kind: model.StringMacro, Text: "x"},
			{Name: "AWAY", Pos: model.Pos{File: "linux/y.h", Line: 2}, Kind: model.IntMacro},
		},
	}
}

const sampleText = `cst BIG 18446744073709551615
cst BOTH 1
cst NEG -2
fld outer.a 0.0 :3 __u32
fld outer.b 0.3 :9 __u32
fld outer.off 16 8 __u64
fld outer.p 16 8 char*
fld outer.socket 4 12 struct
fld outer.socket.family 4 4 __u32
fld outer.socket.proto 8 6 __u8[2][3]
fld outer.tail 24 0 __u64[]
rec outer 24 8
`

func compute(t *testing.T, u *model.Unit, arch string) *layout.Layout {
	t.Helper()
	l, err := layout.Compute(u, target.ByGOARCH(arch))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestOf(t *testing.T) {
	u := sample()
	got := facts.Text(facts.Of(u, compute(t, u, "amd64"), []string{header}))
	if got != sampleText {
		t.Errorf("got\n%s\nwant\n%s", got, sampleText)
	}
	if lines := strings.SplitAfter(got, "\n"); !slices.IsSorted(lines[:len(lines)-1]) {
		t.Error("lines are not in the order of their bytes")
	}
	if n := len(facts.Of(u, compute(t, u, "amd64"), []string{"linux/none.h"})); n != 0 {
		t.Errorf("%d facts of a file that was not asked for", n)
	}
}

// Where a tag and another record's typedef have the same name, the tag keeps
// it, whatever the order, and nothing is lost.
func TestTagBeforeTypedef(t *testing.T) {
	tagged := &model.Record{Tag: "x", Pos: at(1), Members: []*model.Member{{Name: "a", Type: u64}}}
	named := &model.Record{Typedef: "x", Pos: at(2), Members: []*model.Member{{Name: "a", Type: u8}}}
	for _, rs := range [][]*model.Record{{tagged, named}, {named, tagged}} {
		u := &model.Unit{Records: rs}
		got := facts.Text(facts.Of(u, compute(t, u, "amd64"), []string{header}))
		if want := "fld x.a 0 8 __u64\nfld x__typedef.a 0 1 __u8\nrec x 8 8\nrec x__typedef 1 1\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestParseReadsText(t *testing.T) {
	fs, err := facts.Parse("x.facts", sampleText)
	if err != nil {
		t.Fatal(err)
	}
	if got := facts.Text(fs); got != sampleText {
		t.Errorf("got\n%s", got)
	}
	if fs, err := facts.Parse("x.facts", ""); err != nil || len(fs) != 0 {
		t.Errorf("empty text: %v, %v", fs, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"kind", "cst A 1\nfoo B 2\n", `x.facts:2: unknown kind of fact "foo"`},
		{"blank line", "cst A 1\n\ncst B 1\n", `x.facts:2: unknown kind of fact ""`},
		{"order", "cst B 1\ncst A 1\n", "x.facts:2: cst A is out of order"},
		{"order of kinds", "rec a 1 1\ncst A 1\n", "x.facts:2: cst A is out of order"},
		{"twice", "cst A 1\ncst A 2\n", "x.facts:2: cst A is stated twice"},
		{"cut short", "cst A 1\ncst B 1", "x.facts:2: the last line has no end"},
		{"hex", "cst A 0x10\n", "x.facts:1: malformed fact"},
		{"leading zero", "cst A 010\n", "x.facts:1: malformed fact"},
		{"plus", "cst A +1\n", "x.facts:1: malformed fact"},
		{"over 64 bits", "cst A 18446744073709551616\n", "x.facts:1: malformed fact"},
		{"no value", "cst A\n", "x.facts:1: malformed fact"},
		{"two values", "cst A 1 2\n", "x.facts:1: malformed fact"},
		{"trailing space", "cst A 1 \n", "x.facts:1: malformed fact"},
		{"carriage return", "cst A 1\r\n", "x.facts:1: malformed fact"},
		{"field without record", "fld a 0 4 int\n", "x.facts:1: malformed fact"},
		{"field without type", "fld a.b 0 4\n", "x.facts:1: malformed fact"},
		{"field with empty type", "fld a.b 0 4 \n", "x.facts:1: malformed fact"},
		{"bit without width", "fld a.b 0.1 4 int\n", "x.facts:1: malformed fact"},
		{"width without bit", "fld a.b 0 :4 int\n", "x.facts:1: malformed fact"},
		{"bit 8", "fld a.b 0.8 :4 int\n", "x.facts:1: malformed fact"},
		{"negative offset", "fld a.b -4 4 int\n", "x.facts:1: malformed fact"},
		{"record without align", "rec a 4\n", "x.facts:1: malformed fact"},
		{"align 0", "rec a 4 0\n", "x.facts:1: malformed fact"},
		{"name", "cst A-B 1\n", "x.facts:1: malformed fact"},
		{"name starts with digit", "cst 9A 1\n", "x.facts:1: malformed fact"},
		{"dotted constant", "cst A.B 1\n", "x.facts:1: malformed fact"},
		{"empty path", "fld a. 0 4 int\n", "x.facts:1: malformed fact"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := facts.Parse("x.facts", c.text)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
		})
	}
}

func parse(t *testing.T, text string) []facts.Fact {
	t.Helper()
	fs, err := facts.Parse("x.facts", text)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestCompare(t *testing.T) {
	old := parse(t, "cst A 1\ncst B 2\ncst C 3\nfld r.x 4.1 :3 __u16\nfld r.y 4 4 unsigned int\nrec r 8 4\n")
	new := parse(t, "cst A 1\ncst BB 2\ncst C 4\nfld r.x 4.2 :4 __u16\nfld r.y 8 8 unsigned long\nrec r 8 8\nrec s 1 1\n")
	d := facts.Compare(old, new)
	if d.Empty() || !facts.Compare(old, old).Empty() {
		t.Error("Empty is wrong")
	}
	if got := facts.Text(d.Added); got != "cst BB 2\nrec s 1 1\n" {
		t.Errorf("added %q", got)
	}
	if got := facts.Text(d.Removed); got != "cst B 2\n" {
		t.Errorf("removed %q", got)
	}
	var got []string
	for _, c := range d.Changed {
		got = append(got, c.Kind+" "+c.Name+": "+c.Detail())
	}
	want := []string{
		"cst C: value 3 -> 4",
		"fld r.x: offset 4.1 -> 4.2, size :3 -> :4",
		"fld r.y: offset 4 -> 8, size 4 -> 8, type unsigned int -> unsigned long",
		"rec r: align 4 -> 8",
	}
	if !slices.Equal(got, want) {
		t.Errorf("changed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDiffer(t *testing.T) {
	sets := []facts.Set{
		{GOARCH: "amd64", Facts: parse(t, "cst A 1\ncst B 1\nrec r 8 8\nrec s 16 8\n")},
		{GOARCH: "arm64", Facts: parse(t, "cst A 1\ncst B 1\nrec r 8 8\nrec s 16 8\n")},
		{GOARCH: "386", Facts: parse(t, "cst A 2\ncst C 1\nrec r 8 4\nrec s 12 4\n")},
	}
	var got []string
	for _, d := range facts.Differ(sets) {
		s := d.GOARCH + " " + d.Kind + " " + d.Name + ": " + d.Detail()
		if d.OnlyAlign() {
			s += " (align)"
		}
		got = append(got, s)
	}
	want := []string{
		"386 cst A: value 1 -> 2", "386 cst B: not there: 1", "386 cst C: only there: 1",
		"386 rec r: align 8 -> 4 (align)", "386 rec s: size 16 -> 12, align 8 -> 4",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAcross(t *testing.T) {
	r := &model.Record{Tag: "r", Pos: at(1), Members: []*model.Member{{Name: "a", Type: u64}}}
	u := &model.Unit{Records: []*model.Record{r}}
	var ls []*layout.Layout
	for _, x := range target.All() {
		ls = append(ls, compute(t, u, x.GOARCH))
	}
	d := facts.Across(u, ls, []string{header})
	if len(d) != 1 || d[0].GOARCH != "386" || !d[0].OnlyAlign() {
		t.Errorf("u64 alone in a record: %+v, want the alignment on 386", d)
	}
	r.Members = append([]*model.Member{{Name: "n", Type: u32}}, r.Members...)
	ls = []*layout.Layout{compute(t, u, "amd64"), compute(t, u, "386"), compute(t, u, "arm")}
	var got []string
	for _, x := range facts.Across(u, ls, []string{header}) {
		got = append(got, x.GOARCH+" "+x.Name+" "+x.Detail())
	}
	if want := []string{"386 r.a offset 8 -> 4", "386 r size 16 -> 12, align 8 -> 4"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if facts.Across(u, nil, nil) != nil {
		t.Error("no layouts, yet differences")
	}
}

// What Parse accepts, Text writes back as it was.
func FuzzParse(f *testing.F) {
	f.Add(sampleText)
	f.Add("cst A 1\n")
	f.Add("fld a.b 0.7 :1 unsigned int\nrec a 4 4\n")
	f.Fuzz(func(t *testing.T, text string) {
		fs, err := facts.Parse("x.facts", text)
		if err != nil {
			return
		}
		if got := facts.Text(fs); got != text {
			t.Fatalf("%q became %q", text, got)
		}
		if !facts.Compare(fs, fs).Empty() {
			t.Fatal("differs from itself")
		}
	})
}
