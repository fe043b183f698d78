package proof_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// randomHeader is C text with n random records, the same for the same seed.
// It stays within what all compilers accept and agree on: no array whose
// elements are aligned to more than their size, no aligned without argument.
func randomHeader(seed uint64, n int) string {
	g := &randomRecords{Rand: rand.New(rand.NewPCG(seed, 0))}
	g.WriteString("typedef unsigned long long raised __attribute__((aligned(16)));\n" +
		"typedef unsigned long long lowered __attribute__((aligned(4)));\n" +
		"enum some { SOME_A, SOME_B };\n#define RANDOM_RECORDS " + fmt.Sprint(n) + "\n")
	for i := range n {
		g.record(fmt.Sprintf("r%d", i))
		g.tags++
	}
	return g.String()
}

type randomRecords struct {
	*rand.Rand
	strings.Builder
	tags  int // records that later ones can contain
	names int
	pack  int // #pragma pack in force
}

// one tells whether something with a chance of 1 in n happens.
func (g *randomRecords) one(n int) bool { return g.IntN(n) == 0 }

func (g *randomRecords) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *randomRecords) name() string {
	g.names++
	return fmt.Sprintf("m%d", g.names)
}

func (g *randomRecords) record(tag string) {
	if g.pack = 0; g.one(6) {
		g.pack = 1 << g.IntN(4)
		fmt.Fprintf(g, "#pragma pack(push, %d)\n", g.pack)
	}
	// Every record is a struct to its users; a union is one inside.
	fmt.Fprintf(g, "struct %s ", tag)
	g.body(0, true)
	g.WriteString(g.attributes(5) + ";\n")
	if g.pack > 0 {
		g.WriteString("#pragma pack(pop)\n")
	}
}

func (g *randomRecords) attributes(rare int) string {
	s := ""
	if g.one(rare) {
		s += " __attribute__((packed))"
	}
	if g.one(rare) {
		s += " __attribute__((aligned(" + g.pick("1", "2", "4", "8", "16", "32") + ")))"
	}
	return s
}

// bitAttributes are those of a bit-field. Where one is aligned to more than
// the pragma allows, GCC and clang disagree and we refuse.
func (g *randomRecords) bitAttributes() string {
	for {
		s := g.attributes(12)
		if g.pack == 0 || !strings.Contains(s, "aligned") {
			return s
		}
	}
}

func (g *randomRecords) body(depth int, last bool) {
	g.WriteString("{\n")
	for range 1 + g.IntN(7) {
		g.member(depth)
	}
	if last && depth == 0 && g.one(8) {
		g.WriteString("\t" + g.scalar() + " " + g.name() + "; " + g.scalar() + " " + g.name() + "[];\n")
	}
	g.WriteString("}")
}

func (g *randomRecords) member(depth int) {
	g.WriteString("\t")
	switch k := g.IntN(20); {
	case k < 7:
		g.WriteString(g.scalar() + " " + g.name() + g.dims() + g.attributes(10))
	case k < 14:
		g.bits()
	case k < 15:
		g.WriteString(g.pick("raised", "lowered", "void *", "double", "enum some") + " " + g.name() + g.attributes(10))
	case k < 17 && g.tags > 0:
		fmt.Fprintf(g, "struct r%d %s", g.IntN(g.tags), g.name())
		g.WriteString(g.attributes(10))
	case depth < 3:
		g.WriteString(g.pick("struct ", "union "))
		g.body(depth+1, false)
		g.WriteString(g.attributes(8))
		if g.one(2) {
			g.WriteString(" " + g.name())
		}
	default:
		g.WriteString(g.scalar() + " " + g.name())
	}
	g.WriteString(";\n")
}

func (g *randomRecords) scalar() string {
	return g.pick("unsigned char", "signed char", "unsigned short", "int", "unsigned int", "long", "unsigned long long")
}

func (g *randomRecords) dims() string {
	if !g.one(4) {
		return ""
	}
	s := fmt.Sprintf("[%d]", g.IntN(5))
	if g.one(3) {
		s += fmt.Sprintf("[%d]", 1+g.IntN(3))
	}
	return s
}

var widths = map[string]int{
	"_Bool": 1, "unsigned char": 8, "short": 16, "unsigned int": 32, "enum some": 31, "long": 32, "unsigned long long": 64,
	"raised": 64, "lowered": 64,
}

func (g *randomRecords) bits() {
	t := g.pick("_Bool", "unsigned char", "short", "unsigned int", "unsigned int", "enum some", "long", "unsigned long long", "lowered")
	switch {
	case t == "enum some": // the front end does not parse it unnamed
		fmt.Fprintf(g, "%s %s : %d", t, g.name(), 1+g.IntN(widths[t]))
	case g.one(8):
		g.WriteString(t + " : 0")
	case g.one(8):
		fmt.Fprintf(g, "%s : %d", t, 1+g.IntN(widths[t]))
	default:
		// One bit less than the type has: debug information cannot tell a
		// full one from a plain member, nor place it when it is packed.
		w := 1 + g.IntN(max(1, widths[t]-1))
		fmt.Fprintf(g, "%s %s : %d%s", t, g.name(), w, g.bitAttributes())
	}
}
