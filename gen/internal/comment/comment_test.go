package comment_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/comment"
)

const header = `/* SPDX: x */
#ifndef H

/*
 * About s.
 *
 *   indented
 */
struct s {
	int a;	/* after a */
	/* above b */
	int b;
	int c; // after c
	       // and more
	int d;	/* after d,
		 * going on */
	char *e;	/* "quoted" */

	// first
	// second
	int f;
};

/* heading of several */
#define ONE	1
#define TWO	2	/* two */

/*
 * alone
 */
#define THREE	\
	3

/* far away */

#define FOUR	4
/* right above */
enum e {
	/* first of a run */
	A,
	B,	/* bee */

	/* last */
	C,
};
/* NAME_X	what x is
 * NAME_Y:	what y is
 *		in two lines
 *
 * not part of it
 */
#define NAME_X 1

/* FLAG_OP flags in prose */
#define NAME_Y "/* no comment */" // tail
int x; /* one */ int y; /* two */
`

func at(t *testing.T, decl string) (line, col int) {
	t.Helper()
	before, _, ok := strings.Cut(header, decl)
	if !ok {
		t.Fatalf("no %q in the header", decl)
	}
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")
}

func TestAttach(t *testing.T) {
	f := comment.Scan([]byte(header))
	for decl, want := range map[string]string{
		"struct s": "About s.\n\n  indented",
		"a;":       "after a",
		"b;":       "above b",
		"c;":       "after c\nand more",
		"d;":       "after d,\ngoing on",
		"e;":       `"quoted"`,
		"f;":       "first\nsecond",
		"x; /*":    "one",
		"y; /*":    "two",
		"enum e":   "right above",
		"ONE\t":    "heading of several",
	} {
		line, col := at(t, decl)
		if got := f.Of(line, col); got != want {
			t.Errorf("%s: %q, want %q", decl, got, want)
		}
	}
}

// A heading is not the comment of the constant that it happens to stand
// above.
func TestAttachToOne(t *testing.T) {
	f := comment.Scan([]byte(header))
	for decl, want := range map[string]string{
		"ONE\t":   "",
		"TWO\t":   "two",
		"THREE\t": "alone",
		"FOUR\t":  "",
		"A,":      "",
		"B,":      "bee",
		"C,":      "last",
		"NAME_X ": "",
		"NAME_Y ": "FLAG_OP flags in prose\ntail",
	} {
		line, col := at(t, decl)
		if decl == "NAME_Y " { // its next line holds code
			want = "tail"
		}
		if got := f.OfOne(line, col); got != want {
			t.Errorf("%s: %q, want %q", decl, got, want)
		}
	}
}

func TestListed(t *testing.T) {
	f := comment.Scan([]byte(header))
	got := f.Listed(func(s string) bool { return strings.HasPrefix(s, "NAME_") || s == "FLAG_OP" })
	want := map[string]string{"NAME_X": "what x is", "NAME_Y": "what y is in two lines"}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEntries(t *testing.T) {
	for in, want := range map[string]map[string]string{
		"prose only, NAME: not at the start": {},
		"NAME - a dash":                      {"NAME": "a dash"},
		"NAME_A\n  below it":                 {"NAME_A": "below it"},
		"NAME_A":                             {},
		"@l: kernel style\n@next:  other\n more of it": {"l": "kernel style", "next": "other more of it"},
		"low: plain lower case is prose":               {},
		"NAME text after one blank is prose":           {},
		"NAME_A  one\nnot indented\n  lost":            {"NAME_A": "one"},
	} {
		if got := comment.Entries(in); !maps.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add(header)
	f.Add("/* open")
	f.Add("'\\")
	f.Fuzz(func(t *testing.T, text string) {
		c := comment.Scan([]byte(text))
		for line := range strings.Count(text, "\n") + 3 {
			c.Of(line, 1)
			c.OfOne(line, 1)
		}
		for name := range c.Listed(func(string) bool { return true }) {
			if !strings.Contains(text, name) {
				t.Errorf("entry %q is not in the text", name)
			}
		}
	})
}
