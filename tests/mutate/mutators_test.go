package mutate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// A mutator damages a header. It must do the same for the same random source.
type mutator struct {
	name string
	do   func(r *rand.Rand, file string, text []byte) []byte
}

var mutators = []mutator{
	{"truncate", truncate},
	{"delete a span", deleteSpan},
	{"punctuation", punctuation},
	{"duplicate a span", duplicateSpan},
	{"swap lines", swapLines},
	{"swap tokens", swapTokens},
	{"random macro body", randomBody},
	{"deep nesting", deepNesting},
	{"huge number", hugeNumber},
	{"recursive include", recursiveInclude},
	{"very long line", longLine},
	{"stray bytes", strayBytes},
	{"macros that double", doublingMacros},
	{"nested conditionals", conditionals},
	{"differs by architecture", byArch},
}

// mutate applies one mutator, chosen by the seed, to the text.
func mutate(seed int, file string, text []byte) (name string, out []byte) {
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	m := mutators[seed%len(mutators)]
	return m.name, m.do(r, file, bytes.Clone(text))
}

func truncate(r *rand.Rand, _ string, text []byte) []byte {
	return text[:r.IntN(len(text))]
}

func deleteSpan(r *rand.Rand, _ string, text []byte) []byte {
	from, to := span(r, text)
	return append(text[:from], text[to:]...)
}

func punctuation(r *rand.Rand, _ string, text []byte) []byte {
	const marks = "{}()[];,:#\"'\\*/%&|^~!?<>=+-.@$`"
	for range 1 + r.IntN(5) {
		text[r.IntN(len(text))] = marks[r.IntN(len(marks))]
	}
	return text
}

func duplicateSpan(r *rand.Rand, _ string, text []byte) []byte {
	from, to := span(r, text)
	return insert(text, to, string(text[from:to]))
}

func swapLines(r *rand.Rand, _ string, text []byte) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	for range 1 + r.IntN(3) {
		i, j := r.IntN(len(lines)), r.IntN(len(lines))
		lines[i], lines[j] = lines[j], lines[i]
	}
	return bytes.Join(lines, nil)
}

var word = regexp.MustCompile(`\w+`)

func swapTokens(r *rand.Rand, _ string, text []byte) []byte {
	words := word.FindAllIndex(text, -1)
	a, b := words[r.IntN(len(words))], words[r.IntN(len(words))]
	if a[0] > b[0] {
		a, b = b, a
	}
	if a[1] > b[0] {
		return text
	}
	return bytes.Join([][]byte{text[:a[0]], text[b[0]:b[1]], text[a[1]:b[0]], text[a[0]:a[1]], text[b[1]:]}, nil)
}

var define = regexp.MustCompile(`(?m)^#define\s+\w+(.*)$`)

func randomBody(r *rand.Rand, file string, text []byte) []byte {
	tokens := []string{
		"1", "0x", "0xffffffffffffffffULL", "1.5", "'a'", "\"s\"", "(", ")", "+", "-", "<<", "/", "%", "0", "##", "#",
		"sizeof", "struct", "__u32", "unknown", "64", "?", ":", ",", "~", "!", "\\", "__VA_ARGS__", "~0ULL", "(__u8)",
	}
	bodies := define.FindAllSubmatchIndex(text, -1)
	var body strings.Builder
	for range 1 + r.IntN(8) {
		body.WriteString(" " + tokens[r.IntN(len(tokens))])
	}
	if len(bodies) == 0 {
		return append(text, "\n#define NO_MACRO_HERE"+body.String()+"\n"...)
	}
	at := bodies[r.IntN(len(bodies))]
	return bytes.Join([][]byte{text[:at[2]], []byte(body.String()), text[at[3]:]}, nil)
}

func deepNesting(r *rand.Rand, _ string, text []byte) []byte {
	n := 1 << (2 + r.IntN(12))
	closed := n
	if r.IntN(2) == 0 {
		closed = r.IntN(n)
	}
	switch r.IntN(4) {
	case 0:
		return append(text, "\n"+strings.Repeat("struct nested {\n", n)+"int x;\n"+strings.Repeat("} m;\n", closed)+";\n"...)
	case 1:
		return append(text, "\nstruct nested { "+strings.Repeat("struct { ", n)+"int x; "+strings.Repeat("}; ", closed)+"};\n"...)
	case 2:
		return append(text, "\n#define NESTED "+strings.Repeat("(", n)+"1"+strings.Repeat(")", closed)+"\n"...)
	}
	return append(text, "\nstruct nested { int x"+strings.Repeat("[1]", n)+"; };\n"...)
}

var number = regexp.MustCompile(`\b[0-9]\w*`)

func hugeNumber(r *rand.Rand, _ string, text []byte) []byte {
	huge := []string{
		"99999999999999999999999999", "18446744073709551615", "9223372036854775807", "-1", "4294967296",
		"0x" + strings.Repeat("f", 300), "(1 << 200)", "1e400", "((__u64)-1)", "08", "(1/0)",
	}
	at := number.FindAllIndex(text, -1)
	if len(at) == 0 {
		return append(text, "\nstruct huge { char x[9223372036854775807]; };\n"...)
	}
	p := at[r.IntN(len(at))]
	return bytes.Join([][]byte{text[:p[0]], []byte(huge[r.IntN(len(huge))]), text[p[1]:]}, nil)
}

// recursiveInclude puts the include above the guard, where nothing stops it.
func recursiveInclude(r *rand.Rand, file string, text []byte) []byte {
	line := "#include <" + file + ">\n"
	if r.IntN(2) == 0 {
		return insert(text, 0, line)
	}
	at := lineStart(r, text)
	return insert(text, at, line)
}

func longLine(r *rand.Rand, _ string, text []byte) []byte {
	n := 1 << (8 + r.IntN(9))
	switch r.IntN(3) {
	case 0:
		return append(text, "\n#define LONG_LINE 1"+strings.Repeat(" + 1", n)+"\n"...)
	case 1:
		return append(text, "\nstruct "+strings.Repeat("l", n)+" { int x; };\n"...)
	}
	var list strings.Builder
	for i := range n / 4 {
		fmt.Fprintf(&list, " LONG_%d,", i)
	}
	return append(text, "\nenum long_line {"+list.String()+" };\n"...)
}

func strayBytes(r *rand.Rand, _ string, text []byte) []byte {
	for range 1 + r.IntN(4) {
		text = insert(text, r.IntN(len(text)), string([]byte{byte(r.IntN(256)), byte(r.IntN(32)), byte(128 + r.IntN(128))}))
	}
	return text
}

// doublingMacros defines macros whose full expansion would fill the memory.
func doublingMacros(r *rand.Rand, _ string, text []byte) []byte {
	var b strings.Builder
	b.WriteString("\n#define DOUBLE_0 1\n")
	n := 1 + r.IntN(60)
	for i := range n {
		fmt.Fprintf(&b, "#define DOUBLE_%d (DOUBLE_%d + DOUBLE_%d)\n", i+1, i, i)
	}
	switch r.IntN(3) {
	case 0:
		fmt.Fprintf(&b, "enum { DOUBLED = DOUBLE_%d };\n", n)
	case 1:
		fmt.Fprintf(&b, "#if DOUBLE_%d\n#endif\n", n)
	}
	return append(text, b.String()...)
}

func conditionals(r *rand.Rand, _ string, text []byte) []byte {
	lines := []string{"#if 1\n", "#if 0\n", "#endif\n", "#else\n", "#elif X\n", "#ifdef\n", "#undef __u32\n", "#error no\n", "#pragma pack(push, 0)\n", "#line 0\n", "#if (1\n", "#\n"}
	for range 1 + r.IntN(6) {
		at := lineStart(r, text)
		text = insert(text, at, strings.Repeat(lines[r.IntN(len(lines))], 1+r.IntN(2)<<r.IntN(9)))
	}
	return text
}

// byArch adds what no two architectures lay out alike.
func byArch(r *rand.Rand, _ string, text []byte) []byte {
	lines := []string{
		"struct uneven { __u32 a; __u64 b; };", "struct longs { long a; };", "struct pointers { void *a; void *b; };",
		"#define LONG_SIZE sizeof(long)", "#define LONG_BITS (~0UL)", "enum { OF_A_LONG = sizeof(unsigned long) };",
		"#ifdef __s390x__\n#define ONLY_THERE 1\n#endif", "struct bits { long a : 40; };", "#include <asm/none.h>",
	}
	at := lineStart(r, text)
	return insert(text, at, lines[r.IntN(len(lines))]+"\n")
}

func span(r *rand.Rand, text []byte) (from, to int) {
	from = r.IntN(len(text))
	return from, min(len(text), from+1+r.IntN(200))
}

// lineStart is where some line begins.
func lineStart(r *rand.Rand, text []byte) int {
	from := r.IntN(len(text))
	return from + bytes.IndexByte(text[from:], '\n') + 1
}

func insert(text []byte, at int, what string) []byte {
	return bytes.Join([][]byte{text[:at], []byte(what), text[at:]}, nil)
}
