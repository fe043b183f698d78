package cfront_test

import (
	"strings"
	"testing"
)

func TestModel(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"scalars": {`
struct s { unsigned char a; short int b; long unsigned c; long long d; _Bool e; float f; double g; unsigned h; const signed char i; __int128 j; };`, `
struct s
	a unsigned char=uchar
	b short
	c unsigned long=ulong
	d long long=llong
	e _Bool
	f float
	g double
	h unsigned int=uint
	i signed char=schar
	j __int128=int128
`},
		"typedef chain is spelled by its outermost name": {`
typedef unsigned int __u32;
typedef __u32 __be32;
struct s { __be32 a; __u32 b; };`, `
struct s
	a __be32=uint
	b __u32=uint
typedef __u32 unsigned int=uint
typedef __be32 __u32=uint
`},
		"alignment through a macro and through a typedef": {`
#define ALIGNED __u64 __attribute__((aligned(8)))
typedef unsigned long long __u64;
typedef __u64 al64 __attribute__((aligned(16)));
struct s { ALIGNED a; al64 b; al64 c[2]; __u64 d __attribute__((__packed__)); };`, `
struct s
	a __u64=ullong aligned(8)
	b al64=ullong@16
	c [2]al64=ullong@16
	d __u64=ullong packed
typedef __u64 unsigned long long=ullong
typedef al64 __u64=ullong@16
ALIGNED __u64 __attribute__((aligned(8)))
`},
		"records in place, outer before inner": {`
struct s {
	union { int a; struct { short b, c; }; } u[2];
	struct { char d; };
	struct tagged { int x; } e;
	;
} __attribute__((packed, aligned(4)));
struct later { struct tagged t; };`, `
struct s packed aligned(4)
	u [2]union
	- struct
	e struct tagged
union -
	a int
	- struct
struct -
	b short
	c short
struct -
	d char
struct tagged
	x int
struct later
	t struct tagged
`},
		"pointers, arrays and functions": {`
struct known { int a; };
struct s { struct unknown *p; struct known **q; void *v; int (*fn)(int, char); int *a[3]; int (*b)[4]; int m[2][3]; int zero[0]; char flex[]; };`, `
struct known
	a int
struct s
	p *struct unknown(incomplete)
	q **struct known
	v *void
	fn *func
	a [3]*int
	b *[4]int
	m [2][3]int
	zero [0]int
	flex []char
`},
		"bit-fields": {`
struct s { unsigned a:3, :2, b:5; unsigned :0; enum e { X } c:1; };`, `
struct s
	a unsigned int=uint :3
	- unsigned int=uint :2
	b unsigned int=uint :5
	- unsigned int=uint :0
	c enum e :1
enum e uint: X=0
`},
		"typedef of a record without tag": {`
typedef struct { int a; } foo, *foop;
struct s { foo f; foop p; };`, `
struct - typedef foo
	a int
struct s
	f foo
	p *struct
typedef foo struct
typedef foop *struct
`},
		"packing by pragma": {`
#pragma pack(push, 1)
struct a { char x; };
#pragma pack(push)
#pragma pack(2)
struct b { char x; };
#pragma pack(pop)
struct c { char x; };
#pragma pack(pop)
struct d { char x; };
#pragma pack(4)
struct e { char x; };
#pragma pack()`, `
struct a pack(1)
	x char
struct b pack(2)
	x char
struct c pack(1)
	x char
struct d
	x char
struct e pack(4)
	x char
`},
		"enums": {`
enum a { A0, A1 = 5, A2, A3 = A1 | 8 };
enum b { B0 = -1, B1 };
enum c { C0 = 1ULL << 40 };
enum d { D0 = 0xffffffff };
enum e { E0 = -1, E1 = 0xffffffff };
enum { F0 = 200 } __attribute__((packed));
enum g { G0 = 0xfffffffffffffffe, G1 };`, `
enum a uint: A0=0 A1=5 A2=6 A3=13
enum b int: B0=-1 B1=0
enum c ullong: C0=1099511627776
enum d uint: D0=4294967295
enum e llong: E0=-1 E1=4294967295
enum - uchar: F0=200
enum g ullong: G0=18446744073709551614 G1=18446744073709551615
`},
		"macros": {`
#define EMPTY
#define STR "a\n" "b"
#define CAT STR "c"
#define FLT 1.5
#define FN(a, b...) a  + b /* comment */ - 1
#define VAR(...) __VA_ARGS__
#define WORD unsigned
#define GONE 1
#undef GONE
#define CONT 1 + \
	2
#define ID ID
enum { ID = 7 };`, `
enum - uint: ID=7
EMPTY 
STR = "a\nb"
CAT = "a\nbc"
FLT = float
FN(a,...) a + __VA_ARGS__ - 1
VAR(...) __VA_ARGS__
WORD unsigned
CONT = 3 int
ID = 7 int
`},
		"what is not a declaration of data": {`
extern int var;
static inline int f(int x) { struct local { int a; }; return x ? : 1; }
int g(struct fwd *p);
_Static_assert(sizeof(int) == 4, "int");
;
struct only_declared;
asm("nop");`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := show(parse(t, c.in)), strings.TrimPrefix(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestPositions(t *testing.T) {
	u := parse(t, "/* a\n comment */ struct s {\n\tint a,\n\t  b;\n\tstruct { int c; };\n};\nenum e {\n  A,\n\tB = 2 };\n#  define M \\\n 1\n")
	want := map[string]string{
		"s": "h.h:2:20", "a": "h.h:3:6", "b": "h.h:4:4", "": "h.h:5:2", "c": "h.h:5:15",
		"e": "h.h:7:6", "A": "h.h:8:3", "B": "h.h:9:2", "M": "h.h:10:11",
	}
	got := map[string]string{"e": u.Enums[0].Pos.String(), "M": u.Macros[0].Pos.String()}
	for _, r := range u.Records {
		got[r.Name()] = r.Pos.String()
		for _, m := range r.Members {
			got[m.Name] = m.Pos.String()
		}
	}
	for _, c := range u.Enums[0].Consts {
		got[c.Name] = c.Pos.String()
	}
	for k, w := range want {
		if got[k] != w {
			t.Errorf("%q is at %s, want %s", k, got[k], w)
		}
	}
}

// A header can be included in several ways, and is read once.
func TestIncludes(t *testing.T) {
	src := tree(
		"linux/a.h", "#include <linux/b.h>\n#include \"c.h\"\n#include \"linux/d.h\"\nstruct a { struct b b; struct c c; struct d d; };\n",
		"linux/b.h", "#pragma once\nstruct b { int x; };\n",
		"linux/c.h", "#include <linux/b.h>\nstruct c { int x; };\n",
		"linux/d.h", "#ifndef D\n#define D\n#include <linux/d.h>\nstruct d { int x; };\n#endif",
	)
	u := mustParse(t, src, "linux/a.h", "linux/b.h")
	if got := strings.Join(u.Files, " "); got != "linux/a.h linux/b.h linux/c.h linux/d.h" {
		t.Errorf("files %s", got)
	}
	if got := u.Records[0].Pos.String(); got != "linux/b.h:2:8" {
		t.Errorf("struct b at %s", got)
	}
	if len(u.Records) != 4 {
		t.Errorf("%d records, want 4", len(u.Records))
	}
}

// What is undefined by tags and typedefs may come before its definition.
func TestForwardReference(t *testing.T) {
	u := parse(t, "struct a { struct b *p; };\nstruct b { struct a a; };\n")
	if p := u.Records[0].Members[0].Type.Elem; p.Record != u.Records[1] {
		t.Error("pointer to a record defined later does not lead to it")
	}
	if u.Records[1].Members[0].Type.Record != u.Records[0] {
		t.Error("member's type is not the record of its tag")
	}
}

func TestSameBytesOnEachRun(t *testing.T) {
	const text = "#define A 1\n#define B (A+1)\n#define C B\nstruct s { int a; };\nenum { X, Y };\n#define D(x) x\n"
	first := show(parse(t, text))
	for range 20 {
		if got := show(parse(t, text)); got != first {
			t.Fatalf("two runs differ:\n%s\n%s", first, got)
		}
	}
}
