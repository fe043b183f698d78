package cgen_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/cgen"
	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
	"github.com/uringgen/uringgen/tests/need"
)

func parse(src *source.Source, t *target.Target, header string) (*model.Unit, []facts.Fact, error) {
	u, err := cfront.Parse(src, t, []string{header}, cfront.Options{})
	if err != nil {
		return nil, nil, err
	}
	l, err := layout.Compute(u, t)
	if err != nil {
		return nil, nil, err
	}
	return u, facts.Of(u, l, []string{header}), nil
}

// canonical is what Split and Emit make of a header, as a tree, and the macros
// without value.
func canonical(u *model.Unit, picks ...cgen.Pick) (fstest.MapFS, *cgen.Selection, error) {
	s := cgen.Split(u, picks)
	out := fstest.MapFS{}
	for _, p := range s.Parts {
		text, err := cgen.Emit(&cgen.Header{Name: p.Name, License: "MIT", Kernel: "1.0", Includes: p.Includes, Decls: p.Decls})
		if err != nil {
			return nil, nil, err
		}
		out[p.Name] = &fstest.MapFile{Data: text}
	}
	return out, s, nil
}

func TestSplit(t *testing.T) {
	src := source.FromFS(fstest.MapFS{
		"a/base.h": {Data: []byte("typedef unsigned int u32;\ntypedef u32 be32;\ntypedef int unused;\nstruct base { u32 x; };\nstruct far { u32 x; };\nenum color { RED, GREEN = 5 };\n")},
		"a/top.h": {Data: []byte(`#include <a/base.h>
#define TOP_FN(x) (x)
#define TOP_NONE
#define TOP_TEXT "t"
#define OUT 2
struct top { be32 a; struct base b[2]; enum color c; struct far *p; struct { struct base in; } d; enum { X1 = 3, X2 } e; enum shape { FLAT } s; };
struct left { int z; };
typedef struct top *topp;
`)},
	})
	u, _, err := parse(src, target.All()[0], "a/top.h")
	if err != nil {
		t.Fatal(err)
	}
	tree, s, err := canonical(u, cgen.Pick{Header: "a/top.h", Symbols: []string{"top*", "TOP_*", "gone", "lost_*"}}, cgen.Pick{Header: "a/top.h", Symbols: []string{"X1"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Missing) != 1 || !reflect.DeepEqual(s.Missing[0].Symbols, []string{"gone", "lost_*"}) {
		t.Errorf("missing %+v", s.Missing)
	}
	var valueless []string
	for _, m := range s.Macros {
		valueless = append(valueless, m.Name)
	}
	if !reflect.DeepEqual(valueless, []string{"TOP_FN", "TOP_NONE"}) {
		t.Errorf("macros without a value: %v", valueless)
	}
	want := map[string]string{
		"a/base.h": `
typedef unsigned int u32;
typedef u32 be32;

struct base {
	u32 x;
};

enum color {
	RED = 0,
	GREEN = 5,
};
`,
		"a/top.h": `
#include <a/base.h>

#define TOP_TEXT "t"

enum shape {
	FLAT = 0,
};

struct top {
	be32 a;
	struct base b[2];
	enum color c;
	struct far *p;
	struct {
		struct base in;
	} d;
	enum { X1 = 3, X2 = 4 } e;
	enum shape s;
};

typedef struct top *topp;
`,
	}
	for name, body := range want {
		got := ""
		if f := tree[name]; f != nil {
			got = string(f.Data)
		}
		_, got, _ = strings.Cut(got, "#define "+cgen.Guard(name)+"\n")
		if got = strings.TrimSuffix(got, "\n#endif\n"); got != body {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, body)
		}
	}
}

// Whatever Linux declares: original and canonical must state the same.
func TestAllOfLinux(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: takes some seconds")
	}
	usr := need.Headers(t, "linux-libc-dev", "newest")
	src, err := source.Open(filepath.Dir(usr))
	if err != nil {
		t.Fatal(err)
	}
	include := filepath.Join(usr, "include")
	amd64 := target.All()[0]
	read, stated := 0, 0
	err = fs.WalkDir(os.DirFS(include), "linux", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".h") {
			return err
		}
		u, want, err := parse(src, amd64, name)
		if err != nil {
			return nil // the front end's business; what it cannot read is not written
		}
		read++
		stated += len(want)
		tree, _, err := canonical(u, cgen.Pick{Header: name, Symbols: []string{"*"}})
		if err != nil {
			if !strings.Contains(err.Error(), "pointer to a function") {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		}
		if tree[name] == nil && len(want) == 0 {
			return nil // only includes others
		}
		_, got, err := parse(source.FromFS(tree), amd64, name)
		if err != nil {
			t.Errorf("%s in canonical form: %v", name, err)
			return nil
		}
		if diff := facts.Compare(want, got); !diff.Empty() {
			t.Errorf("%s: original and canonical differ: %+v", name, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d headers state %d facts", read, stated)
	if read < 600 || stated < 40000 {
		t.Errorf("only %d headers with %d facts could be read", read, stated)
	}
}
