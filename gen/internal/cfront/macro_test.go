package cfront_test

import (
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// Values and types agree with what clang says of the same text.
func TestMacroValues(t *testing.T) {
	const before = `
typedef unsigned int __u32;
typedef unsigned long long __u64;
enum e { ONE = 1, MINUS = -1, BIG = 0x100000000 };
struct __attribute__((packed)) odd { char a; int b; };
struct bits { char a; int b:3; short c; };
struct s { int a; struct { char b[6]; long c; }; };
#define NINE 9
#define SUM NINE + 1
#define ALIAS SUM
#define PAIR(a, b) a + b
#define TWICE(x) ((x) * 2)
#define GLUE(a, b) a ## b
#define REST(a, ...) PAIR(__VA_ARGS__)
#define _IOC(d,t,n,s) (((d) << 30) | ((t) << 8) | ((n) << 0) | ((s) << 16))
#define _IOR(t,n,a) _IOC(2U,(t),(n),sizeof(a))
#define ROUND(x, a) (((x) + (__typeof__(x))(a) - 1) & ~((__typeof__(x))(a) - 1))
`
	for _, c := range []struct{ in, want string }{
		{"0", "0 int"}, {"017", "15 int"}, {"0b101", "5 int"}, {"0x7fffffff", "2147483647 int"},
		{"0x80000000", "2147483648 uint"}, {"2147483648", "2147483648 long"}, {"0xffffffffffffffff", "18446744073709551615 ulong"},
		{"1u", "1 uint"}, {"1L", "1 long"}, {"1ul", "1 ulong"}, {"1LL", "1 llong"}, {"1llu", "1 ullong"},
		{"-1", "-1 int"}, {"-1U", "4294967295 uint"}, {"~0ULL", "18446744073709551615 ullong"}, {"~0", "-1 int"}, {"!5", "0 int"}, {"+3", "3 int"},
		{"(1 << 31)", "-2147483648 int"}, {"(1U << 31)", "2147483648 uint"}, {"-8 >> 1", "-4 int"}, {"1ULL << 63", "9223372036854775808 ullong"},
		{"7 / -2", "-3 int"}, {"-7 % 3", "-1 int"}, {"7U / 2", "3 uint"}, {"-9223372036854775807LL - 1", "-9223372036854775808 llong"},
		{"1 + 2 * 3 - 4 % 3", "6 int"}, {"1 | 6 & 3 ^ 8", "11 int"}, {"1 < 2 == 1", "1 int"}, {"-1 < 0U", "0 int"},
		{"1 ? 2 : 1/0", "2 int"}, {"0 && 1/0", "0 int"}, {"1 || 1/0", "1 int"}, {"1 ? -1 : 0U", "4294967295 uint"},
		{"(__u32)-1", "4294967295 uint"}, {"(unsigned char)0x1ff", "255 uchar"}, {"(signed char)0xff", "-1 schar"}, {"((__u64)1 << 40)", "1099511627776 ullong"},
		{"(_Bool)4", "1 uchar"}, {"(int)2.9", "2 int"}, {"(enum e)2", "2 llong"},
		{"'a'", "97 int"}, {`'\0'`, "0 int"}, {`'\x41'`, "65 int"}, {`'\377'`, "-1 int"}, {"'ab'", "24930 int"},
		{"ONE", "1 int"}, {"MINUS", "-1 int"}, {"BIG", "4294967296 long"}, {"ONE | 2U", "3 uint"},
		{"sizeof(int)", "4 ulong"}, {"sizeof(struct odd)", "5 ulong"}, {"sizeof(struct bits)", "4 ulong"}, {"sizeof(__u64[3])", "24 ulong"},
		{"sizeof(struct s *)", "8 ulong"}, {"sizeof(((struct s *)0)->b)", "6 ulong"}, {"_Alignof(struct s)", "8 ulong"}, {`sizeof("abc")`, "4 ulong"},
		{"((long)&((struct s *)0)->c)", "16 long"}, {"__builtin_offsetof(struct s, b[2])", "10 ulong"},
		{"2 * SUM", "19 int"}, {"ALIAS", "10 int"}, {"TWICE(TWICE(3) + 1)", "14 int"}, {"PAIR(1, 2) * 3", "7 int"}, {"GLUE(NI, NE)", "9 int"}, {"REST(1, 2, 3)", "5 int"},
		{"_IOR('u', 1, struct odd)", "2147841281 ulong"}, {"ROUND(sizeof(struct odd), 4)", "8 ulong"},
		// no constants
		{"(void *)1", ""}, {"unknown", ""}, {"f(1)", ""}, {"1 +", ""}, {"(1", ""}, {"TWICE", ""}, {"1 2", ""}, {"a = 1", ""}, {"1, 2", ""},
		{"TWICE(1, 2)", ""}, {"TWICE(1", ""}, {`L'a'`, ""}, {"1x", ""}, {"x.y", ""}, {"{ 0 }", ""}, {"(struct s)1", ""}, {"sizeof(struct nothing)", ""},
	} {
		t.Run(c.in, func(t *testing.T) {
			for _, m := range parse(t, before+"#define X "+c.in+"\n").Macros {
				if m.Name != "X" {
					continue
				}
				got := ""
				if m.Kind == model.IntMacro {
					got = m.Value.String() + " " + bases[m.Base]
				}
				if got != c.want {
					t.Errorf("%s is %q, want %q", c.in, got, c.want)
				}
			}
		})
	}
}

// Where targets differ, each gets its own values.
func TestMacroValuesByTarget(t *testing.T) {
	const text = `
struct s { char a; long b; };
struct q { char a; long long b; };
#define LONG sizeof(long)
#define REC sizeof(struct s)
#define QUAD sizeof(struct q)
#define WIDE 0x100000000
#define CHAR '\377'
#define PTR ((unsigned long long)(char *)-1)
`
	for goarch, want := range map[string]string{
		"amd64": "8 ulong,16 ulong,16 ulong,4294967296 long,-1 int,18446744073709551615 ullong",
		"386":   "4 uint,8 uint,12 uint,4294967296 llong,-1 int,4294967295 ullong",
		"arm":   "4 uint,8 uint,16 uint,4294967296 llong,255 int,4294967295 ullong",
		"s390x": "8 ulong,16 ulong,16 ulong,4294967296 long,255 int,18446744073709551615 ullong",
	} {
		var got []string
		for _, m := range parseFor(t, goarch, text).Macros {
			got = append(got, m.Value.String()+" "+bases[m.Base])
		}
		if g := strings.Join(got, ","); g != want {
			t.Errorf("%s: got %s, want %s", goarch, g, want)
		}
	}
}
