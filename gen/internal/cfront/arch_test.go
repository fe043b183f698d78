package cfront_test

import (
	"reflect"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// declarations are what a header holds that says the same everywhere.
const declarations = `/* sizeof(long) in a comment, __x86_64__ */
#ifndef H
#define H
typedef unsigned char __u8; // long
typedef signed char __s8;
typedef unsigned long long __u64;
typedef long long int __s64;
#define A (1U << 31)
#define B 0xffffffffULL
#define C "sizeof __LP64__"
#define D 'a'
#define E 4294967295U
#define F (unsigned char)300
#define G(x) ((x) + \
	1)
struct s { __u64 a; char name[16]; struct t *p; int (*fn)(int); } __attribute__((packed, aligned(8)));
enum e { X, Y = 1ULL << 40, Z };
#pragma pack(push, 4)
union u { __u64 a; };
#pragma pack(pop)
#endif
`

func TestArchSensitive(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{declarations, ""},
		{"#include <b.h>\n", ""},
		{"#include \"b.h\"\n", ""},
		{"\n#ifdef __x86_64__\n#endif\n", "h.h:2:8"},
		{"#if defined(__LP64__)\n#endif\n", "h.h:1:13"},
		{"#define X __LONG_MAX__\n", "h.h:1:11"},
		{"#define X __BYTE_ORDER__\n", "h.h:1:11"},
		{"#include <asm/types.h>\n", "h.h:1:2"},
		{"#include \"../x/asm/y.h\"\n", "h.h:1:2"},
		{"#define INC <b.h>\n#include INC\n", "h.h:2:2"},
		{"#if __has_include(<asm/types.h>)\n#endif\n", "h.h:1:5"},
		{"#define X sizeof(int)\n", "h.h:1:11"},
		{"struct s { int a[sizeof(int)]; };\n", "h.h:1:18"},
		{"struct s { int a; long b; };\n", "h.h:1:19"},
		{"struct s { unsigned long int b; };\n", "h.h:1:21"},
		{"struct s { long\nlong b; };\n", "h.h:1:12"},
		{"#define X 1L\n", "h.h:1:11"},
		{"#define X 1UL\n", "h.h:1:11"},
		{"#define X 2147483648\n", "h.h:1:11"},
		{"#define X 0x100000000\n", "h.h:1:11"},
		{"#define X '\\xff'\n", "h.h:1:11"},
		{"#define X ((char)200)\n", "h.h:1:13"},
		{"typedef char c;\n#define X ((c)200)\n", "h.h:1:9"},
		{"#define X ((unsigned)(char)200)\n", "h.h:1:23"},
		{"#define X ((int)(void *)1)\n", "h.h:1:24"},
		{"#define X(a) a ## b\n", "h.h:1:17"},
		{"#define X __builtin_offsetof(struct s, a)\n", "h.h:1:11"},
		{"enum { X = size\\\nof(int) };\n", "h.h:1:16"},
	} {
		src := tree("h.h", c.in, "b.h", declarations, "asm/types.h", "", "x/asm/y.h", "")
		pos, ok := cfront.ArchSensitive(src, &model.Unit{Files: []string{"b.h", "h.h"}})
		got := ""
		if ok {
			got = pos.String()
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestArchSensitiveFiles(t *testing.T) {
	src := tree("a.h", "")
	for name, want := range map[string]string{"asm/types.h": "asm/types.h:1:1", "gone.h": "gone.h:1:1"} {
		if pos, ok := cfront.ArchSensitive(src, &model.Unit{Files: []string{"a.h", name}}); !ok || pos.String() != want {
			t.Errorf("%s: %v %v, want %s", name, pos, ok, want)
		}
	}
}

// The promise: a unit that is not sensitive is the same for all targets.
func TestInsensitiveIsSame(t *testing.T) {
	src := tree("h.h", declarations)
	checkSame(t, src, mustParse(t, src, "h.h"))
}

func checkSame(t *testing.T, src *source.Source, u *model.Unit) {
	t.Helper()
	for _, x := range target.All()[1:] {
		o, err := cfront.Parse(src, x, []string{"h.h"}, cfront.Options{})
		if err != nil {
			t.Fatalf("%s: %v", x.GOARCH, err)
		}
		if !reflect.DeepEqual(u, o) {
			t.Fatalf("%s differs from amd64:\n%s\n%s", x.GOARCH, show(u), show(o))
		}
	}
}
