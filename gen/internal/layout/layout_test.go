package layout_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

var (
	u8   = scalar(model.UChar, "__u8")
	u16  = scalar(model.UShort, "__u16")
	u32  = scalar(model.UInt, "__u32")
	u64  = scalar(model.ULongLong, "__u64")
	long = scalar(model.Long, "long")
	ptr  = &model.Type{Kind: model.Pointer}
)

func scalar(b model.Base, c string) *model.Type {
	return &model.Type{Kind: model.Int, Base: b, C: c}
}

func aligned(n int64, t *model.Type) *model.Type {
	c := *t
	c.Aligned = n
	return &c
}

func array(n int64, e *model.Type) *model.Type {
	return &model.Type{Kind: model.Array, Len: n, Elem: e}
}

func of(r *model.Record) *model.Type {
	return &model.Type{Kind: model.RecordType, Record: r}
}

// m declares members called a, b, c…, one per type.
func m(types ...*model.Type) []*model.Member {
	var out []*model.Member
	for i, t := range types {
		out = append(out, &model.Member{Name: string(rune('a' + i)), Type: t, Pos: model.Pos{File: "x.h", Line: 10 + i, Col: 2}})
	}
	return out
}

// bits declares bit-fields, unnamed where the width is 0.
func bits(t *model.Type, widths ...int64) []*model.Member {
	out := m(make([]*model.Type, len(widths))...)
	for i, w := range widths {
		out[i].Type, out[i].Bitfield, out[i].Bits = t, true, w
		if w == 0 {
			out[i].Name = ""
		}
	}
	return out
}

func join(parts ...[]*model.Member) []*model.Member {
	var out []*model.Member
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func record(f func(*model.Record), members []*model.Member) *model.Record {
	r := &model.Record{Tag: "r", Members: members, Pos: model.Pos{File: "x.h", Line: 9, Col: 1}}
	if f != nil {
		f(r)
	}
	return r
}

func packed(r *model.Record) { r.Packed = true }
func union(r *model.Record)  { r.Kind = model.Union }

func compute(t *testing.T, arch string, rs ...*model.Record) *layout.Layout {
	t.Helper()
	l, err := layout.Compute(&model.Unit{Records: rs}, target.ByGOARCH(arch))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// show is "size/align: bit offsets".
func show(r layout.Record) string {
	s := fmt.Sprintf("%d/%d:", r.Size, r.Align)
	for _, x := range r.Members {
		if x.BitOffset == x.Offset*8 {
			s += fmt.Sprintf(" %d", x.Offset)
		} else {
			s += fmt.Sprintf(" %d.%d", x.Offset, x.BitOffset%8)
		}
	}
	return s
}

// The differential proof against a compiler is elsewhere; these cases say
// what the rules are, one at a time.
func TestCompute(t *testing.T) {
	empty := record(nil, nil)
	pragma := func(n int64) func(*model.Record) { return func(r *model.Record) { r.Pack = n } }
	memberPacked := m(u8, u32)
	memberPacked[1].Packed = true
	memberAligned := m(u8, u8)
	memberAligned[1].Aligned = 8
	memberBare := m(u8, u8)
	memberBare[1].Aligned = -1
	unnamed := bits(u32, 5)
	unnamed[0].Name = ""

	for _, c := range []struct {
		name, arch string
		r          *model.Record
		want       string
	}{
		{"plain", "amd64", record(nil, m(u8, u16, u32, u64)), "16/8: 0 2 4 8"},
		{"trailing padding", "amd64", record(nil, m(u64, u8)), "16/8: 0 8"},
		{"386 aligns 8 bytes to 4", "386", record(nil, m(u8, u64)), "12/4: 0 4"},
		{"arm aligns 8 bytes to 8", "arm", record(nil, m(u8, u64)), "16/8: 0 8"},
		{"long and pointer, 64", "amd64", record(nil, m(u8, long, ptr)), "24/8: 0 8 16"},
		{"long and pointer, 32", "mips", record(nil, m(u8, long, ptr)), "12/4: 0 4 8"},
		{"empty", "amd64", record(nil, nil), "0/1:"},
		{"empty aligned", "amd64", record(func(r *model.Record) { r.Aligned = 8 }, nil), "0/8:"},
		{"empty member", "amd64", record(nil, m(of(empty), u32)), "4/4: 0 0"},
		{"union", "amd64", record(union, m(u8, array(3, u16), u32)), "8/4: 0 0 0"},
		{"flexible", "amd64", record(nil, m(u8, array(-1, u64))), "8/8: 0 8"},
		{"zero length", "amd64", record(nil, m(u8, array(0, u64), u16)), "16/8: 0 8 8"},
		{"two dimensions", "amd64", record(nil, m(u8, array(3, array(2, u16)), u8)), "16/2: 0 2 14"},
		{"packed", "amd64", record(packed, m(u8, u64, u16)), "11/1: 0 1 9"},
		{"packed ignores typedef", "amd64", record(packed, m(u8, aligned(8, u64))), "9/1: 0 1"},
		{"packed member", "amd64", record(nil, memberPacked), "5/1: 0 1"},
		{"aligned member", "amd64", record(nil, memberAligned), "16/8: 0 8"},
		{"packed, aligned member", "amd64", record(packed, memberAligned), "16/8: 0 8"},
		{"aligned without argument", "amd64", record(nil, memberBare), "32/16: 0 16"},
		{"aligned without argument, s390x", "s390x", record(nil, memberBare), "16/8: 0 8"},
		{"aligned record", "amd64", record(func(r *model.Record) { r.Aligned = 32 }, m(u8)), "32/32: 0"},
		{"typedef raises", "386", record(nil, m(u8, aligned(8, u64))), "16/8: 0 8"},
		{"typedef lowers", "amd64", record(nil, m(u8, aligned(4, u64))), "12/4: 0 4"},
		{"pragma pack 1", "amd64", record(pragma(1), m(u8, u64)), "9/1: 0 1"},
		{"pragma pack 4", "amd64", record(pragma(4), m(u8, u64)), "12/4: 0 4"},
		{"pragma pack limits aligned", "amd64", record(pragma(2), memberAligned), "4/2: 0 2"},
		{"pragma pack above", "amd64", record(pragma(16), m(u8, u64)), "16/8: 0 8"},
		{"int128", "amd64", record(nil, m(u8, scalar(model.UInt128, "unsigned __int128"))), "32/16: 0 16"},
		{"int128, s390x", "s390x", record(nil, m(u8, scalar(model.UInt128, "unsigned __int128"))), "24/8: 0 8"},

		{"bits share a unit", "amd64", record(nil, bits(u32, 3, 9, 20)), "4/4: 0 0.3 1.4"},
		{"bits start a unit", "amd64", record(nil, bits(u32, 20, 20)), "8/4: 0 4"},
		{"bits after a smaller member", "amd64", record(nil, join(m(u8), bits(u32, 24))), "4/4: 0 1"},
		{"bits of several types", "amd64", record(nil, join(bits(u8, 5), bits(u16, 5), bits(u32, 5))), "4/4: 0 0.5 1.2"},
		{"zero width", "amd64", record(nil, join(bits(u32, 3, 0, 3))), "8/4: 0 4 4"},
		{"zero width of a byte", "amd64", record(nil, join(bits(u32, 3), bits(u8, 0), bits(u32, 3))), "4/4: 0 1 1"},
		{"packed bits cross units", "amd64", record(packed, bits(u32, 20, 20)), "5/1: 0 2.4"},
		{"packed bits never move", "amd64", record(packed, bits(u32, 3, 30, 32)), "9/1: 0 0.3 4.1"},
		{"packed bits then bytes", "amd64", record(packed, join(bits(u32, 3), m(u16))), "3/1: 0 1"},
		{"pragma pack bits", "amd64", record(pragma(2), bits(u32, 20, 20)), "6/2: 0 2.4"},
		{"bits of 8 bytes on 386", "386", record(nil, bits(u64, 20, 40, 40)), "16/4: 0 2.4 8"},
		{"union of bits", "amd64", record(union, bits(u32, 3, 17)), "4/4: 0 0"},
		{"unnamed bits do not align", "amd64", record(nil, join(m(u8), unnamed)), "2/1: 0 1"},
		{"unnamed bits align on arm64", "arm64", record(nil, join(m(u8), unnamed)), "4/4: 0 1"},
		{"zero width aligns on arm", "arm", record(nil, join(m(u8), bits(u32, 0), m(u8))), "8/4: 0 4 4"},
		{"zero width does not on mips", "mips", record(nil, join(m(u8), bits(u32, 0), m(u8))), "5/1: 0 4 4"},
		{"big-endian counts alike", "s390x", record(nil, bits(u32, 3, 9, 20)), "4/4: 0 0.3 1.4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := compute(t, c.arch, c.r)
			if got := show(l.Record(c.r)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestMemberSizeAndType(t *testing.T) {
	en := &model.Type{Kind: model.EnumType, Enum: &model.Enum{Base: model.UInt}}
	r := record(nil, m(array(5, u16), en, &model.Type{Kind: model.Bool}, array(-1, u32)))
	l := compute(t, "amd64", r)
	var got []string
	for i, x := range l.Record(r).Members {
		size, align := l.Type(r.Members[i].Type)
		if size != x.Size || align != x.Align {
			t.Errorf("member %d: Type says %d/%d, Record %d/%d", i, size, align, x.Size, x.Align)
		}
		got = append(got, fmt.Sprintf("%d/%d", size, align))
	}
	if s := strings.Join(got, " "); s != "10/2 4/4 1/1 0/4" {
		t.Errorf("got %s", s)
	}
	if size, align := l.Type(of(r)); size != 20 || align != 4 {
		t.Errorf("record: %d/%d, want 20/4", size, align)
	}
	for _, x := range []*model.Type{nil, {Kind: model.Void}, {Kind: model.Func}, of(nil), of(record(nil, nil))} {
		if size, align := l.Type(x); size != 0 || align != 0 {
			t.Errorf("%+v: %d/%d, want none", x, size, align)
		}
	}
	if got := l.Record(record(nil, m(u8))); got.Members != nil || got.Size != 0 {
		t.Errorf("a record of another unit: %+v", got)
	}
}

func TestErrors(t *testing.T) {
	loop := record(nil, nil)
	via := &model.Record{Tag: "via", Members: m(array(2, of(loop)))}
	loop.Members = m(u8, of(via))
	self := record(nil, nil)
	self.Members = m(of(self))
	member := func(f func(*model.Member)) *model.Record {
		r := record(nil, m(u8, u32))
		f(r.Members[1])
		return r
	}
	second := func(x *model.Type) *model.Record { return record(nil, m(u8, x)) }
	const at = "x.h:11:2: member b of struct r: "

	for _, c := range []struct {
		name, arch string
		r          *model.Record
		want       string
	}{
		{"itself", "amd64", self, "x.h:10:2: member a of struct r: struct r contains itself; only a pointer"},
		{"cycle", "amd64", loop, "x.h:10:2: member a of struct via: struct r contains itself, through struct via; only a pointer"},
		{"no type", "amd64", second(nil), at + "it has no type"},
		{"void", "amd64", second(&model.Type{Kind: model.Void, C: "void"}), at + "type void has no size"},
		{"function", "amd64", second(&model.Type{Kind: model.Func}), at + "type function has no size"},
		{"unknown base", "amd64", second(scalar(model.NoBase, "odd_t")), at + "type odd_t has no known size on amd64"},
		{"long double", "386", second(scalar(model.LongDouble, "long double")), at + "type long double has no known size on 386"},
		{"int128 on 32 bits", "arm", second(scalar(model.Int128, "__int128")), at + "type __int128 has no known size on arm"},
		{"incomplete record", "amd64", second(&model.Type{Kind: model.RecordType, C: "struct gone"}), at + "incomplete type struct gone"},
		{"incomplete enum", "amd64", second(&model.Type{Kind: model.EnumType, C: "enum gone"}), at + "incomplete type enum gone"},
		{"array of nothing", "amd64", second(array(2, nil)), at + "it has no type"},
		{"negative length", "amd64", second(array(-2, u8)), at + "array length -2 is negative"},
		{"inner length", "amd64", second(array(2, array(-1, u8))), at + "an array without length"},
		{"flexible in front", "amd64", record(nil, m(array(-1, u8), u8)), "x.h:10:2: member a of struct r: an array without length"},
		{"overflow", "amd64", second(array(1<<40, array(1<<40, u8))), at + "array of 1099511627776 elements of 1099511627776 bytes is too large for amd64"},
		{"overflow by sum", "amd64", record(nil, m(array(1<<59, u8), array(1<<59, u8))), at + "the record grows too large here"},
		{"too large for 32 bits", "386", second(array(1<<31, u8)), at + "array of 2147483648 elements of 1 bytes is too large for 386"},
		{"gap in array", "amd64", second(array(2, aligned(16, u32))), at + "array elements of 4 bytes cannot be aligned to 16"},
		{"alignment 3", "amd64", member(func(m *model.Member) { m.Aligned = 3 }), at + "alignment 3 is not a power of two"},
		{"alignment -2", "amd64", second(aligned(-2, u8)), at + "alignment -2 is not a power of two"},
		{"record alignment", "amd64", record(func(r *model.Record) { r.Aligned = 6 }, m(u8)), "x.h:9:1: struct r: alignment 6 is not"},
		{"pragma", "amd64", record(func(r *model.Record) { r.Pack = 3 }, m(u8)), "x.h:9:1: struct r: #pragma pack takes a power of two"},
		{"wide bits", "amd64", member(func(m *model.Member) { m.Bitfield, m.Bits = true, 33 }), at + "bit-field width 33 exceeds the 32 bits"},
		{"wide bool", "amd64", member(func(m *model.Member) { m.Type, m.Bitfield, m.Bits = &model.Type{Kind: model.Bool}, true, 2 }), at + "bit-field width 2 exceeds the 1 bits"},
		{"negative bits", "amd64", member(func(m *model.Member) { m.Bitfield, m.Bits = true, -1 }), at + "bit-field width -1 is negative"},
		{"named zero bits", "amd64", member(func(m *model.Member) { m.Bitfield = true }), at + "only an unnamed bit-field"},
		{"pointer bits", "amd64", member(func(m *model.Member) { m.Type, m.Bitfield, m.Bits = ptr, true, 1 }), at + "only integers can be bit-fields"},
		{"aligned bits under the pragma", "amd64", record(func(r *model.Record) { r.Pack = 2 }, []*model.Member{{Name: "a", Type: u32, Bitfield: true, Bits: 3, Aligned: 4}}), "-: member a of struct r: compilers disagree about a bit-field aligned to 4 under #pragma pack(2)"},
		{"nil member", "amd64", record(nil, []*model.Member{nil}), "x.h:9:1: struct r: member 0 is nil"},
		{"nil record", "amd64", nil, "-: the model holds a nil record"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := layout.Compute(&model.Unit{Records: []*model.Record{c.r}}, target.ByGOARCH(c.arch))
			var e *layout.Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s…", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("one fault, several reports:\n%v", err)
			}
		})
	}
}

// One fault in a record that others contain is reported once; many are cut.
func TestErrorsAreFew(t *testing.T) {
	bad := record(nil, m(array(-2, u8)))
	holder := &model.Record{Tag: "holder", Members: m(of(bad), of(bad))}
	_, err := layout.Compute(&model.Unit{Records: []*model.Record{holder, bad, holder}}, target.ByGOARCH("amd64"))
	if err == nil || strings.Count(err.Error(), "\n") != 0 {
		t.Errorf("got %v, want one line", err)
	}
	var rs []*model.Record
	for range 25 {
		rs = append(rs, record(nil, m(array(-2, u8))))
	}
	_, err = layout.Compute(&model.Unit{Records: rs}, target.ByGOARCH("amd64"))
	if err == nil || strings.Count(err.Error(), "\n") != 10 || !strings.HasSuffix(err.Error(), "and 15 more errors") {
		t.Errorf("got %v, want ten lines and a count", err)
	}
}

func TestEqual(t *testing.T) {
	r := record(nil, m(u8, u64))
	u := &model.Unit{Records: []*model.Record{r}}
	by := map[string]*layout.Layout{}
	for _, x := range target.All() {
		l, err := layout.Compute(u, x)
		if err != nil {
			t.Fatal(err)
		}
		by[x.GOARCH] = l
	}
	for arch, l := range by {
		if l.Equal(by["amd64"]) != (arch != "386") {
			t.Errorf("%s equal to amd64: %v", arch, l.Equal(by["amd64"]))
		}
	}
}

// nested is a struct with all that flattening has to deal with.
func nested() (outer *model.Record, all []*model.Record) {
	tagged := &model.Record{Tag: "tagged", Members: m(u32)}
	arm := record(nil, m(u8, u16))
	anon := record(union, m(u64, of(arm)))
	elems := record(nil, m(u8, u32))
	flags := bits(u16, 3, 6)
	flags[0].Name, flags[1].Name = "f", "g"
	outer = record(nil, join(m(u32, of(anon), array(2, of(elems)), of(tagged)), flags))
	outer.Members[1].Name = ""
	all = []*model.Record{outer, anon, arm, elems, tagged}
	for _, in := range []*model.Record{anon, elems, tagged} {
		in.Parent = outer
	}
	for _, in := range []*model.Record{anon, arm, elems} {
		in.Tag = ""
	}
	arm.Parent = anon
	return outer, all
}

func TestFlatten(t *testing.T) {
	outer, all := nested()
	l := compute(t, "amd64", all...)
	var got []string
	for _, f := range l.Flatten(outer) {
		got = append(got, fmt.Sprintf("%s %s %d.%d %d", f.Path, f.Expr, f.Offset, f.BitOffset%8, f.Size))
	}
	want := `a a 0.0 4
a a 8.0 8
b b 8.0 4
b.a b.a 8.0 1
b.b b.b 10.0 2
c c 16.0 16
c.a c[0].a 16.0 1
c.b c[0].b 20.0 4
d d 32.0 4
f f 36.0 2
g g 36.3 2`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
	if got := l.Flatten(record(nil, m(u8))); got != nil {
		t.Errorf("a record of another unit: %v", got)
	}
}

func TestHoles(t *testing.T) {
	outer, all := nested()
	l := compute(t, "amd64", all...)
	slots, sum := l.Holes(outer)
	var got []string
	for _, s := range slots {
		name := [...]string{"", "hole", "padding"}[s.Kind]
		if s.Member != nil {
			name = s.Member.Name
		}
		if s.InPlace != nil {
			name += "{"
		}
		got = append(got, fmt.Sprintf("%s%s %d.%d %d", strings.Repeat(" ", s.Depth), name, s.Offset(), s.BitOffset%8, s.Bits))
	}
	want := `a 0.0 32
hole 4.0 32
{ 8.0 64
 a 8.0 64
 b{ 8.0 32
  a 8.0 8
  hole 9.0 8
  b 10.0 16
c{ 16.0 128
 a 16.0 8
 hole 17.0 24
 b 20.0 32
d{ 32.0 32
 a 32.0 32
f 36.0 3
g 36.3 6
padding 37.1 23`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
	if want := (layout.Sum{Members: 13, Holes: 3, HoleBits: 64, Padding: 23}); sum != want {
		t.Errorf("sum %+v, want %+v", sum, want)
	}
	if !slots[0].Whole() || slots[len(slots)-1].Whole() {
		t.Error("Whole is wrong")
	}
	if slots, _ := l.Holes(record(nil, m(u8))); slots != nil {
		t.Errorf("a record of another unit: %v", slots)
	}
}
