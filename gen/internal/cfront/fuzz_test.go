package cfront_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// seed has a bit of everything that headers have.
const seed = declarations + `
typedef struct { int x:3, :0, y:5; } bits_t;
struct outer {
	union { __u64 off; struct { bits_t b; short v[2][3]; }; } u[2]; // trailing
	struct __attribute__((aligned)) { void (*f)(int, char *); } in;
	enum { ONE = 1, TWO = ONE << 1 | 'x', NEG = -1 } kind;
	int flex[];
};
#define IOC(d, t, n, s) (((d) << 30) | ((t) << 8) | (n) | ((s) << 16))
#define CMD IOC(2U, 'u', 1, sizeof(struct outer))
#define VAR(a, b...) a, ##b
#define CAT(a, b) a ## b
#if defined(A) && A > 3 || !B
static inline int f(int x) { return x ? 1 : 2; }
#elif 0
#error no
#else
extern int v;
#endif
_Static_assert(sizeof(bits_t) == 4, "size");
`

// checkUnit is what must hold of whatever Parse returns.
func checkUnit(t *testing.T, text string) {
	t.Helper()
	src := tree("h.h", text)
	begin := cfront.Used()
	u, err := cfront.Parse(src, target.ByGOARCH("amd64"), []string{"h.h"}, cfront.Options{Comments: true})
	if d := cfront.Used() - begin; d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	if err != nil {
		checkPositions(t, err)
		return
	}
	lines := strings.Split(text, "\n")
	inside := func(what string, p model.Pos) {
		if p.File != "h.h" || p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > len(lines[p.Line-1])+1 {
			t.Errorf("%s is at %s, outside of the header", what, p)
		}
	}
	for _, r := range u.Records {
		inside("record "+r.Name(), r.Pos)
		for _, m := range r.Members {
			inside("member "+m.Name, m.Pos)
			if m.Type == nil || m.Bitfield && m.Bits < 0 {
				t.Errorf("member %s: %+v", m.Name, m)
			}
		}
		if r.Parent != nil && !slices.Contains(u.Records, r.Parent) {
			t.Errorf("record %s is in one that the unit does not list", r.Name())
		}
	}
	for _, e := range u.Enums {
		inside("enum "+e.Tag, e.Pos)
		for _, c := range e.Consts {
			inside("enumerator "+c.Name, c.Pos)
		}
	}
	for _, m := range u.Macros {
		inside("macro "+m.Name, m.Pos)
	}
	if _, sensitive := cfront.ArchSensitive(src, u); !sensitive {
		u, err := cfront.Parse(src, target.ByGOARCH("amd64"), []string{"h.h"}, cfront.Options{})
		if err != nil {
			t.Fatalf("the second run fails: %v", err)
		}
		checkSame(t, src, u)
	}
}

// FuzzParse: any text gives an error with its place, or a unit all of which
// is inside the text; never a panic, never late; and a unit that claims to be
// the same for all targets is.
func FuzzParse(f *testing.F) {
	f.Add(seed)
	for _, s := range []string{
		"struct s { int a:40; };", "#define X (X-1)\nenum{X};", "#include <h.h>", "struct s { ;; int; struct t; };",
		"#define F(x) F(F(x))\nint a[F(1)];", "enum e : char { A };", "#define X 0x", "#pragma pack(push", "#if", "#define", "##", "\\", "/*", "'", "struct",
		"typedef int t; struct s { t t; };", "struct { int a; } x = { .a = 1 };", "int a, b, *c(void), (*d)[3];", "_Pragma(\"pack(1)\") struct s { int a; };",
		"#define E(x) #x\nchar *p = E(a);", "#ifdef __x86_64__\n#endif", "char c = '\\777';", "__auto_type x = 1;", "struct s { typeof(1) a; _Atomic(int) b; };",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			t.Skip("longer than what a mutation of the seeds comes to")
		}
		checkUnit(t, text)
	})
}

// TestDamaged is the fuzz target's invariant over a fixed set of mutations,
// so that each run of the tests has them.
func TestDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const marks = "{}();,*#\"'\\/<>=+-~:0[]. \n"
	for i := range 400 {
		b := []byte(seed)
		at := rng.IntN(len(b))
		switch i % 5 {
		case 0: // cut off
			b = b[:at]
		case 1: // a hole
			b = slices.Delete(b, at, min(len(b), at+1+rng.IntN(30)))
		case 2: // marks overwritten
			for range 3 {
				b[rng.IntN(len(b))] = marks[rng.IntN(len(marks))]
			}
		case 3: // a piece twice
			from := rng.IntN(len(b) - 100)
			b = slices.Insert(b, at, []byte(seed[from:from+rng.IntN(100)])...)
		case 4: // lines swapped
			l := strings.Split(seed, "\n")
			x, y := rng.IntN(len(l)), rng.IntN(len(l))
			l[x], l[y] = l[y], l[x]
			b = []byte(strings.Join(l, "\n"))
		}
		checkUnit(t, string(b))
		if t.Failed() {
			t.Fatalf("mutation %d:\n%s", i, b)
		}
	}
}
