package gen

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// smallConfig is a header that has nothing to do with io_uring, and the rules
// that bind it.
func smallConfig(header string) Config {
	return Config{
		Headers: fstest.MapFS{"linux/small.h": {Data: []byte(header)}},
		Tables: fstest.MapFS{
			"rules.tbl":    {Data: []byte("key | value | note\nheader | linux/small.h small.go | -\nheader | linux/newer.h newer.go | -\n")},
			"families.tbl": {Data: []byte("match | type | kind | carriers | doc\n")},
			"docs.tbl":     {Data: []byte("symbol | doc\n")},
			"since.tbl":    {Data: []byte("constant | kernel | note\n")},
		},
	}
}

const smallHeader = `
#define SMALL_MAX 7
union small_value {
	long long wide;
	char bytes[3];
};
struct small_thing {
	char kind;
	int bits:3;
	union {
		long long id;
		struct { short a, b; } pair[2];
	};
	char name[2][4];
	int tail[];
};
`

func TestFactsOf(t *testing.T) {
	f, err := FactsOf(smallConfig(smallHeader), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"cst SMALL_MAX 7\n", "rec small_value 8 8\n", "rec small_thing 24 8\n",
		"fld small_thing.bits 1.0 :3 int\n", "fld small_thing.pair.b 10 2 short\n", "fld small_thing.tail 24 0 int[]\n",
	} {
		if !strings.Contains(f.String(), want) {
			t.Errorf("no %q in\n%s", want, f)
		}
	}
	again, err := ParseFacts("x", f.String())
	if err != nil || len(Diff(f, again)) != 0 {
		t.Errorf("facts do not survive their text: %v", err)
	}
	if narrow, err := FactsOf(smallConfig(smallHeader), "386"); err != nil || !strings.Contains(narrow.String(), "rec small_value 8 4\n") {
		t.Errorf("386: %v\n%s", err, narrow)
	}
}

func TestDescribeErrors(t *testing.T) {
	t.Run("header", func(t *testing.T) {
		_, err := FactsOf(smallConfig("struct bad {\n\tstruct none x;\n};\n"), "amd64")
		var s *SourceError
		if !errors.As(err, &s) || s.File != "linux/small.h" || s.Line != 2 || !strings.Contains(s.Msg, "none") {
			t.Errorf("got %T %v", err, err)
		}
	})
	t.Run("table", func(t *testing.T) {
		cfg := smallConfig(smallHeader)
		cfg.Tables.(fstest.MapFS)["docs.tbl"].Data = []byte("symbol | doc\nlonely\n")
		_, err := FactsOf(cfg, "amd64")
		var e *TableError
		if !errors.As(err, &e) || e.File != "docs.tbl" || e.Line != 2 {
			t.Errorf("got %T %v", err, err)
		}
	})
	t.Run("no header at all", func(t *testing.T) {
		cfg := smallConfig(smallHeader)
		cfg.Headers = fstest.MapFS{}
		if _, err := FactsOf(cfg, "amd64"); err == nil || !strings.Contains(err.Error(), "linux/small.h") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("arch", func(t *testing.T) {
		if _, err := FactsOf(smallConfig(smallHeader), "vax"); err == nil || !strings.Contains(err.Error(), `"vax": there are 386 amd64 `) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no source", func(t *testing.T) {
		if _, err := FactsOf(Config{}, "amd64"); err == nil {
			t.Error("no error")
		}
	})
}

func TestLayouts(t *testing.T) {
	ls, err := LayoutsOf(smallConfig(smallHeader), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	if got := ls.Names(); !slices.Equal(got, []string{"small_thing", "small_value"}) {
		t.Errorf("names %q", got)
	}
	r := ls.Find("SmallThing")
	if r == nil || r.Keyword != "struct" || r.Size != 24 || r.Align != 8 || r.Place != "linux/small.h:7:8" || r.Holes != 1 || r.HoleBits != 53 || r.PaddingBits != 0 {
		t.Fatalf("got %+v", r)
	}
	var got []string
	for _, l := range r.Lines {
		got = append(got, fmt.Sprintf("%d %d %s @%d+%d", l.Kind, l.Depth, l.Text, l.BitOffset, l.Bits))
	}
	want := []string{
		"0 0 char kind; @0+8",
		"0 0 int bits:3; @8+3",
		"3 0 53 bits hole at 1:3 @11+53",
		"1 0 union { @64+64",
		"0 1 long long id; @64+64",
		"1 1 struct { @64+64",
		"0 2 short a; @64+16",
		"0 2 short b; @80+16",
		"2 1 } pair[2]; @0+0",
		"2 0 }; @0+0",
		"0 0 char name[2][4]; @128+64",
		"0 0 int tail[]; @192+0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("lines\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFindAndSuggest(t *testing.T) {
	ls := &Layouts{}
	for _, n := range []string{"io_uring_buf", "io_uring_cqe", "io_uring_sqe", "iouring_sqe"} {
		ls.records = append(ls.records, &RecordLayout{Name: n})
	}
	for in, want := range map[string]string{
		"io_uring_sqe": "io_uring_sqe", "struct io_uring_cqe": "io_uring_cqe", "union io_uring_buf": "io_uring_buf",
		"IoUringSqe": "io_uring_sqe", "iouring_sqe": "iouring_sqe", "io_uring_sq": "",
	} {
		got := ""
		if r := ls.Find(in); r != nil {
			got = r.Name
		}
		if got != want {
			t.Errorf("Find(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"io_uring_sqee": "io_uring_sqe iouring_sqe io_uring_cqe",
		"sqe":           "io_uring_sqe iouring_sqe",
		"buff":          "",
		"IoUringBuff":   "io_uring_buf",
		"statx":         "",
	} {
		if got := strings.Join(ls.Suggest(in), " "); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestKernel(t *testing.T) {
	text := "kernel 7.3.4\nheader linux/x.h " + strings.Repeat("0", 64) + "\n"
	if v, err := Kernel([]byte(text)); v != "7.3.4" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if _, err := Kernel([]byte("colonel 7\n")); err == nil || !strings.HasPrefix(err.Error(), "MANIFEST:1: ") {
		t.Errorf("got %v", err)
	}
}
