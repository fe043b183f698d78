package cfront_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Each fault is reported where it is. want is the whole error.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"incomplete member": {
			"struct b;\nstruct a {\n\tstruct b m;\n};\n",
			"h.h:3:11: member m has incomplete type struct b: include the header that defines it"},
		"incomplete element": {
			"struct a { struct b m[2]; };\n",
			"h.h:1:21: member m has incomplete type struct b: include the header that defines it"},
		"record in itself": {
			"struct a { struct a m; };\n",
			"h.h:1:21: member m has incomplete type struct a: include the header that defines it"},
		"incomplete enum": {
			"struct a { enum e m; };\n",
			"h.h:1:19: member m has incomplete type enum e: include the header that defines it"},
		"void member":     {"struct a { void m; };\n", "h.h:1:17: member m has type void"},
		"function member": {"struct a { int m(int); };\n", "h.h:1:16: member m is a function"},
		"duplicate member": {
			"struct a {\n\tint m;\n\tchar m;\n};\n",
			"h.h:3:7: member m is declared twice, first at h.h:2:6"},
		"duplicate through anonymous records": {
			"struct a {\n\tint m;\n\tunion { int x; struct {\n\t\tint m; }; };\n};\n",
			"h.h:4:7: member m is declared twice, first at h.h:2:6"},
		"duplicate record": {
			"struct a { int x; };\nstruct a { int x; };\n",
			"h.h:2:8: struct a is defined twice, first at h.h:1:8"},
		"duplicate enum": {
			"enum a { X };\nenum a { Y };\n",
			"h.h:2:6: enum a is defined twice, first at h.h:1:6"},
		"duplicate enumerator": {
			"enum a { X };\nenum b { X };\n",
			"h.h:2:10: enumerator X is declared twice, first at h.h:1:10"},
		"duplicate typedef": {
			"typedef int t;\ntypedef int t;\ntypedef long t;\n",
			"h.h:3:14: typedef t is defined differently at h.h:1:13"},
		"tag of another kind": {
			"struct a { int x; };\nunion a { int x; };\n",
			"h.h:2:7: union a was struct a before"},
		"over-wide bit-field": {
			"struct a {\n\tunsigned char m:9;\n};\n",
			"h.h:2:16: bit-field m has width 9, its type unsigned char has 8 bits"},
		"negative width":     {"struct a { int m:-1; };\n", "h.h:1:16: bit-field m has negative width -1"},
		"named zero width":   {"struct a { int m:0; };\n", "h.h:1:16: bit-field m has width 0: only one without name can"},
		"bit-field of float": {"struct a { float m:3; };\n", "h.h:1:18: bit-field m is not of an integer type"},
		"negative length":    {"struct a { int m[-1]; };\n", "h.h:1:18: array length -1 is negative"},
		"length too large":   {"struct a { int m[1ULL << 50]; };\n", "h.h:1:18: array length 1125899906842624 is too large"},
		"length no constant": {"extern int n;\nstruct a { int m[n]; };\n", "h.h:2:18: array length: not a constant expression"},
		"inner dimension open": {
			"struct a { int m[2][]; };\n",
			"h.h:1:16: member m: only the first dimension of an array can be left open"},
		"flexible not last": {
			"struct a { int m[]; int n; };\n",
			"h.h:1:16: member m is an array without length, but not the last member"},
		"missing semicolon": {
			"struct a {\n\tint m\n};\n",
			"h.h:2:2: a ; is missing after this member of struct a"},
		"alignment": {
			"struct a { int m; } __attribute__((aligned(3)));\n",
			"h.h:1:36: alignment 3 is not a power of two"},
		"unsupported attribute": {
			"typedef int v __attribute__((vector_size(16)));\n",
			"h.h:1:30: attribute vector_size is not supported"},
		"pragma pack": {
			"#pragma pack(3)\nstruct a { int m; };\n",
			"h.h:1:9: #pragma pack(3): want a power of two up to 16"},
		"pop without push": {"#pragma pack(pop)\n", "h.h:1:9: #pragma pack(pop) without a push"},
		"pack left open": {
			"#pragma pack(push, 1)\nstruct a { int m; };\n",
			"h.h:1:1: ends under #pragma pack(1) but began under pack(0): a #pragma pack(pop) is missing"},
		"macro over an enumerator of its name": {
			"enum e { X = 4 };\n#define X (X - 1)\n",
			`h.h:2:9: macro X refers to itself: after expansion "(X - 1)" has another value than X`},
		"macro over nothing of its name": {
			"#define X (X - 1)\n",
			`h.h:1:9: macro X refers to itself: after expansion "(X - 1)" has another value than X`},
		"macro over itself through another": {
			"enum e { X = 4 };\n#define Y (X + 1)\n#define X Y\n",
			"h.h:2:9: macro Y refers to itself: after expansion \"(X + 1)\" has another value than Y\n" +
				`h.h:3:9: macro X refers to itself: after expansion "Y" has another value than X`},
		"half a declaration":   {"int a;\nstruct b", "h.h:2:9: the last declaration is not complete"},
		"unclosed parenthesis": {"#define F(x) x\nint a[F(1];\n", "h.h:2:6: this bracket is never closed"},
		"macro too wide": {
			"#define X 0x1ffffffffffffffff\n",
			"h.h:1:11: macro X: 0x1ffffffffffffffff does not fit 64 bits"},
		"enumerator too wide": {
			"enum e { X = 99999999999999999999 };\n",
			"h.h:1:14: value of X: 99999999999999999999 does not fit 64 bits"},
		"enumerator after the last": {
			"enum e { X = 0xffffffffffffffff, Y };\n",
			"h.h:1:34: value of Y does not fit 64 bits"},
		"division by zero in a macro": {
			"#define N 0\n#define X (1 /\\\n  N)\n",
			"h.h:2:14: macro X: division by zero"},
		"division by zero in an enumerator": {
			"enum e {\n\tX = 1 % 0,\n};\n",
			"h.h:2:8: value of X: division by zero"},
		"division by zero in a length": {"struct a { int m[1/0]; };\n", "h.h:1:19: array length: division by zero"},
		"division by zero in #if":      {"#if 1/0\n#endif\n", "h.h:1:6: division by zero"},
		"shift too far": {
			"#define X (1 << 32)\n",
			"h.h:1:14: macro X: shift by 32 of a value of 32 bits"},
		"size of an incomplete record": {
			"struct s;\n#define X sizeof(struct s)\n",
			"h.h:2:11: macro X: struct s is incomplete, it has no size"},
		"static assertion": {
			"_Static_assert(1 == 2, \"why\");\n",
			`h.h:1:1: static assertion fails: "why"`},
		"unknown type":         {"struct a {\n\tfoo_t x;\n};\n", "h.h:2:2: unknown type foo_t: include the header that defines it"},
		"unterminated comment": {"int a;\n /* no end\nint b;\n", "h.h:2:2: comment is not terminated"},
		"unterminated #if":     {"#if 1\nint a;\n", "h.h:1:1: #if without #endif"},
		"stray #endif":         {"int a;\n#endif\n", "h.h:2:1: #endif without #if"},
		"half a record":        {"struct a {\n\tint b;\n\tint", "h.h:1:10: this bracket is never closed"},
		"#error":               {"#ifndef X\n#error include the other one\n#endif\n", "h.h:2:1: #error: include the other one"},
		"#line":                {"int a;\n# line 3 \"x.h\"\nint b;\n", "h.h:2:1: #line is not supported: positions have to be those of this file"},
		"zero byte":            {"int\x00a;\n", "h.h:1:4: zero byte: this is not a text file"},
		"header not found": {
			"\n#include <linux/none.h>\n",
			"h.h:2:10: no header <linux/none.h> in the given tree (looked for linux/none.h)"},
		"header of libc": {
			"#include <sys/time.h>\n",
			"h.h:1:10: <sys/time.h> is a header of the C library or the compiler, which is not read here; leave h.h out, or give a copy without that include"},
		"header of the compiler": {
			"# include <stdint.h>\n",
			"h.h:1:11: <stdint.h> is a header of the C library or the compiler, which is not read here; leave h.h out, or give a copy without that include"},
		"brackets": {
			"enum { X = " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300) + " };\n",
			"h.h:1:211: brackets are nested more than 200 deep"},
		"operators": {
			"enum { X =\n" + strings.Repeat("- ", 300) + "1 };\n",
			"h.h:2:401: more than 200 operators in a row"},
		"#if sections": {
			strings.Repeat("#if 1\n", 300) + strings.Repeat("#endif\n", 300),
			"h.h:201:1: #if sections are nested more than 200 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			got := errorOf(tree("h.h", c.in), "amd64", "h.h")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestErrorsAboutHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		src     *source.Source
		headers []string
		want    string
	}{
		"none":           {tree(), nil, "-: no header to read: name at least one, such as linux/types.h"},
		"missing":        {tree("a.h", ""), []string{"linux/b.h"}, "linux/b.h:1:1: no header <linux/b.h> in the given tree (looked for linux/b.h)"},
		"twice":          {tree("a.h", ""), []string{"a.h", "a.h"}, "a.h:1:1: header is named twice"},
		"outside":        {tree("a.h", ""), []string{"../a.h"}, "../a.h:1:1: open ../a.h: invalid argument"},
		"bad name":       {tree("a.h", ""), []string{"a>\n#define"}, `header:1:1: "a>\n#define" is not the name of a header`},
		"a directory":    {tree("d/a.h", ""), []string{"d"}, "d:1:1: cannot read <d>: read d: invalid argument"},
		"of libc":        {tree("a.h", ""), []string{"a.h", "time.h"}, "time.h:1:1: no header <time.h> in the given tree (looked for time.h)"},
		"in an include":  {tree("a.h", "\n#include \"b.h\"\n", "b.h", "struct a { void x; };\n"), []string{"a.h"}, "b.h:1:17: member x has type void"},
		"include itself": {tree("a.h", "#include <a.h>\n"), []string{"a.h"}, "a.h:1:1: includes are nested more than 200 deep: this header includes itself"},
		"include each other": {tree("a.h", "#include <b.h>\n", "b.h", "#include <a.h>\n"), []string{"a.h"},
			"a.h:1:1: includes are nested more than 200 deep: this header includes itself"},
		"packed from outside": {tree("a.h", "#include \"b.h\"\n#pragma pack(push,1)\n#include \"b.h\"\n#pragma pack(pop)\n", "b.h", "\n"), []string{"a.h"},
			"b.h:1:1: included under #pragma pack(0) and again under #pragma pack(1)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := errorOf(c.src, "amd64", c.headers...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// All faults of a unit are reported, the first ten of them, each line once.
func TestSeveralErrors(t *testing.T) {
	var in strings.Builder
	for i := range 15 {
		fmt.Fprintf(&in, "struct s%d { void a; void b; };\n", i)
	}
	_, err := cfront.Parse(tree("h.h", in.String()), target.ByGOARCH("amd64"), []string{"h.h"}, cfront.Options{})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 10 {
		t.Fatalf("%d errors, want 10:\n%v", len(lines), err)
	}
	for i, l := range lines {
		if want := fmt.Sprintf("h.h:%d:", i+1); !strings.HasPrefix(l, want) {
			t.Errorf("error %d is %s, want %s…", i, l, want)
		}
	}
	var e *cfront.Error
	if !errors.As(err, &e) || e.Pos.Line != 1 {
		t.Errorf("errors.As found %v", e)
	}
}

// A self-referring macro of a header that is merely included does not stop
// the one that was asked for; it just has no value.
func TestSelfReferenceInInclude(t *testing.T) {
	u := mustParse(t, tree("a.h", "#include <b.h>\n#define Y 1\n", "b.h", "enum { X = 3 };\n#define X (X - 1)\n"), "a.h")
	for _, m := range u.Macros {
		if m.Name == "X" && m.Kind != 0 {
			t.Errorf("X has value %s", m.Value)
		}
	}
}

// Text that makes much of little must end soon.
func TestHostileInput(t *testing.T) {
	var doubling, calls strings.Builder
	doubling.WriteString("#define M0 1\n#define F0(x) (x)\n")
	for i := range 60 {
		fmt.Fprintf(&doubling, "#define M%d (M%d + M%d)\n", i+1, i, i)
		fmt.Fprintf(&calls, "#define F%d(x) F%d(F%d(x))\n", i+1, i, i)
	}
	for name, in := range map[string]string{
		"macro that doubles, not used":    doubling.String(),
		"macro that doubles, in text":     doubling.String() + "enum { X = M60 };\n",
		"macro that doubles, in #if":      doubling.String() + "#if M60\n#endif\n",
		"calls that double":               doubling.String() + calls.String() + "#define X F60(1)\nenum { Y = F60(2) };\n",
		"many unary operators":            "enum { X = " + strings.Repeat("- ", 100_000) + "1 };\n",
		"many pointers":                   "struct s { int " + strings.Repeat("*", 100_000) + "p; };\n",
		"many binary operators":           "#define X 1" + strings.Repeat("+1", 100_000) + "\nenum { Y = 1" + strings.Repeat("+1", 20_000) + " };\n",
		"many conditionals":               "enum { X = " + strings.Repeat("1 ? 1 : ", 20_000) + "1 };\n",
		"unbalanced macro that nests":     "#define P ((((((((((\n#define Q P P P P P P P P P P\n#define R Q Q Q Q Q Q Q Q Q Q\nenum { X = R R R R R R R R R R };\n",
		"one line that never ends":        strings.Repeat("int ", 200_000),
		"a string that never ends":        "#define X \"" + strings.Repeat("a", 1<<20),
		"#if of many parts":               "#if " + strings.Repeat("1 || ", 50_000) + "1\n#endif\n",
		"nested macro arguments":          "#define F(x) x\n#define X " + strings.Repeat("F(", 150) + "1" + strings.Repeat(")", 150) + "\n",
		"huge array":                      "struct s { char a[1 << 30][1 << 30][1 << 30]; };\n#define X sizeof(struct s)\n",
		"aligned to the end of the world": "struct s { char a; } __attribute__((aligned(1ULL << 62)));\n",
	} {
		t.Run(name, func(t *testing.T) {
			begin := cfront.Used()
			_, err := cfront.Parse(tree("h.h", in), target.ByGOARCH("amd64"), []string{"h.h"}, cfront.Options{})
			if d := cfront.Used() - begin; d > 2*time.Second {
				t.Errorf("took %v (%v)", d, err)
			}
			checkPositions(t, err)
		})
	}
}

func checkPositions(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	list := []error{err}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		list = j.Unwrap()
	}
	for _, err := range list {
		e, ok := err.(*cfront.Error)
		if !ok {
			t.Errorf("%T: %v", err, err)
			continue
		}
		if e.Pos.File != "h.h" || e.Pos.Line < 1 || e.Pos.Col < 1 || e.Msg == "" {
			t.Errorf("error at no place: %q", e.Error())
		}
	}
}

// What a header cannot be read for is told as it is.
func TestUnreadable(t *testing.T) {
	src := source.FromFS(fstest.MapFS{"a.h": {Data: []byte("#include <d/x.h>\n")}, "d/x.h/y.h": {}})
	got := errorOf(src, "amd64", "a.h")
	if want := "a.h:1:10: cannot read <d/x.h>: "; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s…", got, want)
	}
}
