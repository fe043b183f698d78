package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

const prelude = `
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed int __s32;
typedef __u16 __be16;
typedef __u32 __be32;
`

// build plans a header. extra is rows for rules.tbl, families for
// families.tbl.
func build(t *testing.T, header, extra, families string) (*plan.Package, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"linux/x.h":    prelude + header,
		"rules.tbl":    "key | value | note\nheader | linux/x.h x.go | -\n" + extra,
		"families.tbl": "match | type | kind | carriers | doc\n" + families,
		"docs.tbl":     "symbol | doc\n",
		"since.tbl":    "constant | kernel | note\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r, err := rules.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	first := target.All()[0]
	u, err := cfront.Parse(source.FromFS(fsys), first, r.Reads(), cfront.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Compute(u, first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Bind(u, l, nil)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Build(b, plan.Options{Package: "x", Kernel: "7.3"})
}

// show is a record as text: fields, and what methods reach.
func show(r *plan.Record) string {
	var b strings.Builder
	for _, f := range r.Fields {
		fmt.Fprintf(&b, "%d %s %s\n", f.Offset, f.Name, f.Type)
	}
	for _, a := range r.Access {
		if a.Getter == "" {
			continue
		}
		fmt.Fprintf(&b, "+%d %s", a.Offset, a.Getter)
		switch a.Kind {
		case plan.Pointer:
			b.WriteString(" *" + a.GoType)
		case plan.Flexible:
			b.WriteString(" []" + a.GoType)
		default:
			b.WriteString(" " + a.GoType)
		}
		if a.Bits != nil {
			fmt.Fprintf(&b, " bits %d:%d in %d", a.Bits.First, a.Bits.Width, a.Bits.Bytes)
		}
		if a.Field != "" {
			b.WriteString(" = " + a.Field)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestRecords(t *testing.T) {
	const pads = "padding | pad# | -\nreserved | resv# | -\n"
	for _, x := range []struct {
		name, header, rules string
		want                map[string]string // by tag
	}{
		{
			name:   "holes are filled on every side",
			header: "struct s { __u8 a; __u64 b; __u16 c; };",
			want:   map[string]string{"s": "0 A uint8\n1 _ [7]byte\n8 B uint64\n16 C uint16\n18 _ [6]byte\n"},
		}, {
			name:   "padding and reserved members",
			header: "struct s { __u32 pad; __u32 resv; __u8 pad2[3]; __u8 resv3[5]; };",
			rules:  pads,
			want:   map[string]string{"s": "0 _ [4]byte\n4 resv uint32\n8 _ [3]byte\n11 resv3 [5]byte\n"},
		}, {
			name:   "reserved members of one Go name",
			header: "struct s { __u32 __resv; __u32 resv; };",
			rules:  "reserved | resv | -\nreserved | __resv | -\n",
			want:   map[string]string{"s": "0 resv uint32\n4 resv_2 uint32\n"},
		}, {
			name:   "the first scalar that covers a union is its field",
			header: "struct s { union { __u8 raw[4]; __u16 half; __s32 whole; __u32 other; }; };",
			want:   map[string]string{"s": "0 Whole int32\n+0 Raw *[4]byte\n+0 Half uint16\n+0 Other uint32 = Whole\n"},
		}, {
			name:   "arms within anonymous structs",
			header: "struct s { __u64 a; union { __u64 off; struct { __u32 lo; __u32 pad; }; struct { __u16 x; struct { __u16 y; }; }; }; };",
			rules:  "padding | pad | -\n",
			want:   map[string]string{"s": "0 A uint64\n8 Off uint64\n+8 Lo uint32\n+8 X uint16\n+10 Y uint16\n"},
		}, {
			name:   "a union without a covering scalar is words",
			header: "struct s { __u32 a; union { struct { __u32 x, y; } p; __u8 b[12]; __be32 c; }; };",
			rules:  "helper | __be32 BE32 | -\n",
			want: map[string]string{
				"s":   "0 A uint32\n4 union4 [3]uint32\n+4 P *SP\n+4 B *[12]byte\n+4 C BE32\n",
				"s.p": "0 X uint32\n4 Y uint32\n",
			},
		}, {
			name:   "a union of one arm may get another",
			header: "struct in { __u64 v; }; struct s { union { struct in in; }; };",
			want:   map[string]string{"s": "0 union0 [1]uint64\n+0 In *In\n"},
		}, {
			name:   "a union that lays an array over a struct is none",
			header: "struct e { __u64 v; }; struct s { union { struct { __u32 a; __u32 b; }; struct { struct {} __empty; struct e list[]; }; }; };",
			want:   map[string]string{"s": "0 A uint32\n4 B uint32\n+0 List []E\n"},
		}, {
			name:   "a named union is a record",
			header: "struct s { __u32 a; union { __u32 v4; __u8 v6[16]; } addr; };",
			want:   map[string]string{"s": "0 A uint32\n4 Addr SAddr\n", "s.addr": "0 union0 [4]uint32\n+0 V4 uint32\n+0 V6 *[16]byte\n"},
		}, {
			name:   "a union at file scope",
			header: "union u { __u64 all; __u32 half[2]; };",
			want:   map[string]string{"u": "0 All uint64\n+0 Half *[2]uint32\n"},
		}, {
			name:   "flexible and empty arrays",
			header: "struct e { __u16 v; }; struct s { __u32 n; struct e list[]; }; struct z { __u8 a; __u8 rest[0]; };",
			want:   map[string]string{"s": "0 N uint32\n+4 List []E\n", "z": "0 A uint8\n+1 Rest []byte\n"},
		}, {
			name:   "arrays of arrays and of in-place records",
			header: "struct s { __u8 m[2][3]; __u16 pad; struct { __u32 v; } regs[2]; };",
			rules:  "padding | pad | -\n",
			want:   map[string]string{"s": "0 M [2][3]byte\n6 _ [2]byte\n8 Regs [2]SRegs\n", "s.regs": "0 V uint32\n"},
		}, {
			name:   "records in order: outer, in-place, next",
			header: "struct s { struct { __u8 v; } in; };\nstruct t { struct s s; };",
			want:   map[string]string{"s": "0 In SIn\n", "t": "0 S S\n"},
		}, {
			name:   "packing that Go can follow",
			header: "struct s { __u32 a; __u16 b; __u16 c; } __attribute__((packed));",
			want:   map[string]string{"s": "0 A uint32\n4 B uint16\n6 C uint16\n"},
		}, {
			name:   "packing that Go cannot follow",
			header: "struct s { __u8 a; __u32 b; __u64 c; } __attribute__((packed));",
			want:   map[string]string{"s": "0 A uint8\n1 b [4]byte\n5 c [8]byte\n+1 B uint32\n+5 C uint64\n"},
		}, {
			name:   "a record whose size is no multiple",
			header: "struct s { __u64 a; __u32 b; } __attribute__((packed));",
			want:   map[string]string{"s": "0 a [8]byte\n8 B uint32\n+0 A uint64\n"},
		}, {
			name:   "a packed union of bytes",
			header: "struct s { __u8 a; union { __u32 v; __u8 b[8]; } __attribute__((packed)); __u8 c[7]; };",
			want:   map[string]string{"s": "0 A uint8\n1 union1 [8]byte\n9 C [7]byte\n+1 V uint32\n+1 B *[8]byte\n"},
		}, {
			name:   "bit-fields share bytes",
			header: "struct s { __u32 a:3, b:13, :4, c:12; __u8 d; __s32 e:7; };",
			want: map[string]string{"s": "0 bits0 [4]byte\n4 D uint8\n5 bits5 [1]byte\n6 _ [2]byte\n" +
				"+0 A uint32 bits 0:3 in 1\n+0 B uint32 bits 3:13 in 2\n+2 C uint32 bits 4:12 in 2\n+5 E int32 bits 0:7 in 1\n"},
		}, {
			name:   "bit-fields in a union",
			header: "struct s { union { __u32 all; struct { __u32 lo:20, hi:12; }; }; };",
			want:   map[string]string{"s": "0 All uint32\n+0 Lo uint32 bits 0:20 in 3\n+2 Hi uint32 bits 4:12 in 2\n"},
		}, {
			name:   "char, bool, enum and float",
			header: "enum e { E0 }; struct s { char name[8]; char c; _Bool b; enum e e; float f; double d; };",
			want:   map[string]string{"s": "0 Name [8]byte\n8 C uint8\n9 B uint8\n10 _ [2]byte\n12 E uint32\n16 F float32\n20 _ [4]byte\n24 D float64\n"},
		}, {
			name:   "names from the table",
			header: "struct a_b { __u32 x; __u32 X; struct { __u8 v; } in; };",
			rules:  "name | a_b Pair | -\nname | a_b.X BigX | -\nname | a_b.in Within | -\n",
			want:   map[string]string{"a_b": "0 X uint32\n4 BigX uint32\n8 Within PairWithin\n9 _ [3]byte\n"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, err := build(t, x.header, x.rules, families(x.header))
			if err != nil {
				t.Fatal(err)
			}
			for tag, want := range x.want {
				r := p.Lookup(tag)
				if r == nil {
					t.Errorf("no record %s", tag)
					continue
				}
				if got := show(r); got != want {
					t.Errorf("%s:\n%swant:\n%s", tag, got, want)
				}
				covered(t, r)
			}
		})
	}
}

// families leaves the constants of the test headers untyped.
func families(header string) string {
	if strings.Contains(header, "E0") {
		return "E0 | - | - | - | -\n"
	}
	return ""
}

// covered wants every byte of a record to be in one field.
func covered(t *testing.T, r *plan.Record) {
	t.Helper()
	end := int64(0)
	for _, f := range r.Fields {
		if f.Offset != end {
			t.Errorf("%s: %s is at %d, the one before ends at %d", r.Tag, f.Name, f.Offset, end)
		}
		end = f.Offset + f.Size
	}
	if end != r.Size {
		t.Errorf("%s: fields end at %d of %d", r.Tag, end, r.Size)
	}
}

func TestOrderOfRecords(t *testing.T) {
	p, err := build(t, "struct s { struct { struct { __u8 v; } b; } a; };\nstruct t { struct s s; };", "", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range p.Files[0].Records {
		got = append(got, r.Name)
	}
	if want := "S SA SAB T"; strings.Join(got, " ") != want {
		t.Errorf("records %v, want %s", got, want)
	}
}

func TestRefusals(t *testing.T) {
	line := strings.Count(prelude, "\n") + 1
	for _, x := range []struct{ name, header, rules, want string }{
		{"long", "struct s { long v; };", "", fmt.Sprintf("linux/x.h:%d:17: s.v: long is as wide as the machine", line)},
		{"long behind a typedef", "typedef unsigned long word;struct s { word v[2]; };", "", "s.v: word is as wide as the machine"},
		{"pointer", "struct s { int *v; };", "", "s.v: a pointer is as wide as the machine"},
		{"pointer in a union", "struct s { union { __u64 a; void *v; }; };", "", "s.v: a pointer is as wide"},
		{"pointer in an in-place record", "struct s { struct { void *v; } in; };", "", "s.in.v: a pointer is as wide"},
		{"int128", "struct s { __int128 v; };", "", "s.v: __int128 has no counterpart in Go"},
		{"two fields of one name", "struct s { __u32 fd_in; __u32 fdIn; };", "", fmt.Sprintf("linux/x.h:%d:31: member s.fdIn and member s.fd_in (linux/x.h:%d:18) are both FdIn in type S", line, line)},
		{"field and method", "struct s { __u32 SetA; union { __u32 b; __u16 a; }; };", "", "the setter of s.a and member s.SetA"},
		{"two records of one name", "struct a_bc { __u32 v; };\nstruct aBc { __u32 v; };struct A_bc { __u32 v; };", "", "are both A_bc in package x"},
		{"record and constant", "struct ABC { __u32 v; };\n#define ABC 1\n", "", "are both ABC in package x"},
		{"no identifier", "struct s { __u32 _1; };", "", `member s._1 would be "1" in Go, which is not an identifier`},
		{"unaligned record", "struct in { __u64 v; }; struct s { __u32 a; struct in in; } __attribute__((packed));", "", "s.in: Go aligns it to 8 bytes, and it is at 4 of 12"},
		{"unaligned float", "struct s { __u8 a; float f; } __attribute__((packed));", "", "s.f: Go aligns it to 4 bytes"},
		{"unaligned array", "struct s { __u8 a; __u32 f[2]; } __attribute__((packed));", "", "s.f: Go aligns it to 4 bytes"},
		{"unaligned flexible array", "struct s { __u8 a; __u32 f[]; } __attribute__((packed));", "", "s.f: Go aligns its elements to 4 bytes, and it begins at 1"},
		{"record in a packed union", "struct in { __u32 v; }; struct s { union { struct in in; __u8 b[6]; } __attribute__((packed)); };", "", "s.in: Go aligns it to 4 bytes"},
		{"bit-field in nine bytes", "struct s { __u64 a:4; __u64 b:62; } __attribute__((packed));", "", "s.b: a bit-field in 9 bytes"},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := build(t, x.header, x.rules, strings.ReplaceAll(constRow(x.header), "?", "ABC"))
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v\nwant %s", err, x.want)
			}
		})
	}
}

func constRow(header string) string {
	if strings.Contains(header, "#define") {
		return "? | - | - | - | -\n"
	}
	return ""
}

func TestConstants(t *testing.T) {
	p, err := build(t, `
enum op { OP_A, OP_B = 7, OP_LAST };
#define F_A 1
#define OTHER 5
#define F_B 0x10
#define F_MASK 17
#define NEG (-2)
#define BIG 0xffff000000000000ULL
#define BIT31 (1U << 31)
#define TEN 10
#define GREETING "hi \"x\""
struct s { __u8 op; __u16 flags; union { __u32 v; __u32 w; }; };
`, "", `enum op | Op    | enum  | s.op | what to do
OP_LAST | - | - | - | -
F_*     | Flags | flags | s.flags | how
F_MASK  | - | - | - | -
OTHER   | - | - | - | -
NEG     | - | - | - | -
BIG     | - | - | - | -
BIT31   | - | - | - | -
TEN     | W | enum  | s.w | a w
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range p.Files[0].Consts {
		var in []string
		for _, c := range g.Consts {
			in = append(in, strings.TrimSpace(c.Name+" "+c.Type)+"="+c.Value)
		}
		got = append(got, strings.Join(in, ", "))
	}
	want := []string{
		"OP_A Op=0, OP_B Op=7, OP_LAST=8",
		"F_A Flags=0x1, F_B Flags=0x10, F_MASK=0x11",
		"OTHER=5", "NEG=-2", "BIG=0xffff000000000000", "BIT31=0x80000000", "TEN W=10", `GREETING="hi \"x\""`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("groups:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	s := p.Lookup("s")
	for c, want := range map[string]string{"op": "Op", "flags": "Flags", "v": "uint32", "w": "W"} {
		if m := s.Member(c); m == nil || m.GoType != want {
			t.Errorf("s.%s is %+v, want %s", c, m, want)
		}
	}
	if w := s.Member("w"); w.Field != "V" || w.FieldType != "uint32" || w.Setter != "SetW" {
		t.Errorf("s.w is %+v", w)
	}
	if p.Type("Flags").Underlying != "uint16" || !p.Type("Flags").Flags || p.Type("Op").Flags {
		t.Errorf("types %+v %+v", p.Type("Flags"), p.Type("Op"))
	}
	if p.Const("OP_B").Value != "7" || p.Const("NOPE") != nil || p.Lookup("nope") != nil || p.Type("Nope") != nil || s.Member("nope") != nil {
		t.Error("look-ups")
	}
}
