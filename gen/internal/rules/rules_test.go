package rules_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// A small set of headers, and tables that fit it.
var (
	boxHeader = `
#include <linux/lid.h>
typedef unsigned short __be16;
enum box_op {
	BOX_OP_NOP,
	BOX_OP_PUT,
	BOX_OP_LAST,
};
#define BOX_F_HEAVY 1
#define BOX_F_SEALED 2
#define BOX_F_MASK 3
#define BOX_SIZE 16
struct box {
	unsigned char op;
	unsigned char flags;
	__be16 port;
	unsigned int pad;
	unsigned int resv2;
	struct lid lid;
	struct { unsigned int a; } inner;
};
`
	lidHeader = "struct lid { unsigned long long hinge; };\nstruct unrelated { int *p; };\n#define LID_MAX 4\n#define LID_MIN 1\n"

	familiesTable = `match | type | kind | carriers | doc
enum box_op | Op    | enum  | box.op | what to do
BOX_OP_LAST | -     | -     | -      | -
BOX_F_*     | Flags | flags | box.flags | how to do it
BOX_F_MASK  | -     | -     | -      | -
BOX_SIZE    | -     | -     | -      | -
LID_*       | -     | -     | -      | -
`
	rulesTable = `key | value | note
header     | linux/box.h box.go | -
with       | linux/lid.h lid.go LID_MAX | -
padding    | pad#        | -
reserved   | resv#       | -
helper     | __be16 BE16 | -
name       | box.inner Within | -
since-type | Op          | -
`
	docsTable = `symbol | doc
box | is a box
box.op | is the operation
box.flags | is the flags
box.port | is the port
box.lid | is the lid
box.inner | is inside
box.inner.a | is an a
lid | is a lid
lid.hinge | is a hinge
enum box_op | is the operations
BOX_OP_NOP | does nothing
BOX_OP_PUT | puts
BOX_OP_LAST | is the last
BOX_F_HEAVY | is heavy
BOX_F_SEALED | is sealed
BOX_F_MASK | is all flags
BOX_SIZE | is a size
LID_MAX | is a limit
`
	sinceTable = `constant | kernel | note
BOX_OP_NOP  | 5.1  | -
BOX_OP_PUT  | 5.15 | backport 5.10; seen there
BOX_OP_LAST | 5.1  | -
`
)

// input is all that a test hands to rules; edits change it.
type input struct{ files map[string]string }

func newInput() *input {
	return &input{map[string]string{
		"linux/box.h": boxHeader, "linux/lid.h": lidHeader,
		"families.tbl": familiesTable, "rules.tbl": rulesTable, "docs.tbl": docsTable, "since.tbl": sinceTable,
	}}
}

func (in *input) fs() fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range in.files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func (in *input) bind(t *testing.T) (*rules.Bound, error) {
	t.Helper()
	r, err := rules.Load(in.fs())
	if err != nil {
		return nil, err
	}
	first := target.All()[0]
	u, err := cfront.Parse(source.FromFS(in.fs()), first, []string{"linux/box.h"}, cfront.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Compute(u, first)
	if err != nil {
		t.Fatal(err)
	}
	h, err := rules.LoadHistory(in.fs())
	if err != nil {
		return nil, err
	}
	return r.Bind(u, l, h)
}

func TestTablesThatFit(t *testing.T) {
	b, err := newInput().bind(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range b.Findings {
		// The only thing that the tables leave open.
		if f.Symbol != "lid" {
			t.Errorf("%v: %s: %s", f.Pos, f.Symbol, f.Missing)
		}
	}
	types := map[string]string{}
	for _, c := range b.Consts {
		if c.Family != nil {
			types[c.Name] = c.Family.Type + " " + c.Family.Underlying
		} else {
			types[c.Name] = "-"
		}
	}
	for name, want := range map[string]string{
		"BOX_OP_NOP": "Op uint8", "BOX_OP_LAST": "-", "BOX_F_SEALED": "Flags uint8", "BOX_F_MASK": "-", "BOX_SIZE": "-", "LID_MAX": "-", "LID_MIN": "",
	} {
		if types[name] != want {
			t.Errorf("%s is %q, want %q", name, types[name], want)
		}
	}
	if f := b.Carried("box.op"); f == nil || f.Type != "Op" {
		t.Errorf("box.op carries %v", f)
	}
	if got := b.Rename("box.inner"); got != "Within" {
		t.Errorf("box.inner is called %q", got)
	}
	var records []string
	for _, r := range b.Records {
		records = append(records, r.Name())
	}
	if got := strings.Join(records, " "); got != "lid box" {
		t.Errorf("records %q, want what is bound and what it uses", got)
	}
}

// Each edit is a fault; the message must name its place and what to do.
func TestErrors(t *testing.T) {
	for _, x := range []struct {
		name      string
		file      string
		old, new  string
		wantParts string // separated by "&"
	}{
		{"prefix that matches nothing", "families.tbl", "LID_*  ", "NOD_*", "families.tbl:7:&NOD_* decides no constant"},
		{"enum that is not there", "families.tbl", "enum box_op", "enum bax_op", "families.tbl:2:&enum bax_op decides no constant"},
		{"exact name that is not there", "families.tbl", "BOX_SIZE ", "BOX_SIZES ", "families.tbl:6:&BOX_SIZES decides no constant"},
		{"row hidden by better ones", "families.tbl", "BOX_SIZE ", "BOX_F_HEAVY | - | - | - | -\nBOX_F_SEALED | - | - | - | -\nBOX_SIZE ", "families.tbl:4:&BOX_F_* decides no constant"},
		{"two exact rows", "families.tbl", "BOX_SIZE ", "BOX_SIZE | - | - | - | -\nBOX_SIZE ", "families.tbl:7:&equal rank with line 6"},
		{"two prefix rows", "families.tbl", "BOX_SIZE ", "BOX_F_* | - | - | - | -\nBOX_SIZE ", "families.tbl:6:&equal rank with line 4"},
		{"two enum rows", "families.tbl", "BOX_SIZE ", "enum box_op | - | - | - | -\nBOX_SIZE ", "families.tbl:6:&equal rank with line 2"},
		{"no such carrier", "families.tbl", "box.op", "box.ops", "families.tbl:2:&there is no member box.ops"},
		{"carrier of another size", "families.tbl", "box.op ", "box.op box.port ", "families.tbl:2:&box.port is uint16, but Op is uint8"},
		{"carrier of another size than said", "families.tbl", "Op   ", "Op:uint32", "families.tbl:2:&box.op is uint8, but Op is uint32"},
		{"carrier that is a record", "families.tbl", "box.flags", "box.lid", "families.tbl:4:&box.lid is not an integer"},
		{"carrier taken twice", "families.tbl", "box.flags", "box.op", "families.tbl:4:&box.op carries Op already, since line 2"},
		{"value too large", "linux/box.h", "BOX_F_SEALED 2", "BOX_F_SEALED 256", "families.tbl:4:&BOX_F_SEALED (linux/box.h:10:9) is 256, which Flags (uint8) cannot hold"},
		{"negative value", "linux/box.h", "BOX_F_SEALED 2", "BOX_F_SEALED (-2)", "BOX_F_SEALED&is -2, which Flags (uint8) cannot hold"},
		{"no size", "families.tbl", "box.flags | how", "- | how", "families.tbl:4:&Flags has no size&Flags:uint32"},
		{"no doc", "families.tbl", "| how to do it", "| -", "families.tbl:4:&Flags has no doc"},
		{"bad kind", "families.tbl", "| flags |", "| set |", "families.tbl:4:&kind is \"set\", want enum or flags"},
		{"bad size", "families.tbl", "Op   ", "Op:uint", "families.tbl:2:&\"uint\" is not an integer type"},
		{"bad type name", "families.tbl", "Op   ", "op", "families.tbl:2:&\"op\" is not an exported Go identifier"},
		{"kind without type", "families.tbl", "BOX_SIZE    | -     | - ", "BOX_SIZE | - | enum ", "families.tbl:6:&a row without a type"},
		{"family described twice", "families.tbl", "BOX_SIZE    | -     | -     |", "BOX_SIZE | Op | flags |", "families.tbl:6:&Op is described otherwise in line 2"},
		{"empty match", "families.tbl", "BOX_SIZE   ", "-", "families.tbl:6:&must match something"},

		{"unknown key", "rules.tbl", "reserved ", "reversed ", "rules.tbl:5:&unknown key \"reversed\""},
		{"wrong number of values", "rules.tbl", "linux/box.h box.go", "linux/box.h", "rules.tbl:2:&header takes HEADER FILE.go"},
		{"with needs symbols", "rules.tbl", "lid.go LID_MAX", "lid.go", "rules.tbl:3:&with takes HEADER FILE.go SYMBOL..."},
		{"symbol that is not there", "rules.tbl", "LID_MAX", "LID_MAX KID_*", "rules.tbl:3:&linux/lid.h declares nothing that matches KID_*"},
		{"no header", "rules.tbl", "header     | linux/box.h box.go | -\nwith       | linux/lid.h lid.go LID_MAX | -\n", "", "rules.tbl:1:&no header is bound"},
		{"macro with a value", "rules.tbl", "padding", "no-value | BOX_SIZE | -\npadding", "rules.tbl:4:&BOX_SIZE is no macro without a value"},
		{"header that was not read", "rules.tbl", "linux/box.h box.go", "linux/bax.h box.go", "rules.tbl:2:&header linux/bax.h was not read"},
		{"header nobody uses", "rules.tbl", "padding", "uses | linux/other.h other.go | -\npadding", "rules.tbl:4:&no bound header uses a record of linux/other.h"},
		{"file taken twice", "rules.tbl", "linux/lid.h lid.go", "linux/lid.h box.go", "rules.tbl:3:&must stand once each; line 2"},
		{"not a Go file", "rules.tbl", "box.go", "box.c", "rules.tbl:2:&not the name of a Go file"},
		{"file elsewhere", "rules.tbl", "box.go", "../box.go", "rules.tbl:2:&not the name of a Go file"},
		{"file for one target", "rules.tbl", "box.go", "box_arm.go", "rules.tbl:2:&the go command would compile it on some targets only"},
		{"file for tests", "rules.tbl", "box.go", "box_test.go", "rules.tbl:2:&on some targets only"},
		{"padding that is not there", "rules.tbl", "pad#", "fill#", "rules.tbl:4:&no member matches fill#"},
		{"reserved that is not there", "rules.tbl", "resv#", "rsvd", "rules.tbl:5:&no member matches rsvd"},
		{"helper nobody needs", "rules.tbl", "__be16 BE16", "__be32 BE32", "rules.tbl:6:&no member is a __be32"},
		{"unknown helper", "rules.tbl", "__be16 BE16", "__be16 Net16", "rules.tbl:6:&Net16 is no helper type; there are BE16"},
		{"helper twice", "rules.tbl", "name  ", "helper | __be16 BE16 | -\nname ", "rules.tbl:7:&__be16 stands in line 6 already"},
		{"name for nothing", "rules.tbl", "box.inner", "box.outer", "rules.tbl:7:&there is no record or member box.outer"},
		{"bad name", "rules.tbl", "Within", "within", "rules.tbl:7:&\"within\" is not an exported Go identifier"},
		{"since for no type", "rules.tbl", "| Op  ", "| Operation", "rules.tbl:8:&families.tbl has no type Operation"},
		{"package twice", "rules.tbl", "header ", "package | a | -\npackage | b | -\nheader ", "rules.tbl:3:&documented in line 2 already"},

		{"doc for nothing", "docs.tbl", "box.op |", "box.opp |", "docs.tbl:3:&there is no box.opp in the headers"},
		{"doc for no enum", "docs.tbl", "enum box_op |", "enum bax |", "docs.tbl:11:&there is no enum bax"},
		{"doc twice", "docs.tbl", "BOX_SIZE |", "box | is a box\nBOX_SIZE |", "docs.tbl:18:&box stands in line 2 already"},
		{"empty doc", "docs.tbl", "is the operation\n", "-\n", "docs.tbl:3:&must not be empty"},

		{"since for nothing", "since.tbl", "BOX_OP_LAST |", "BOX_OP_LOST |", "since.tbl:4:&there is no BOX_OP_LOST"},
		{"not a version", "since.tbl", "5.15", "v5.15", "since.tbl:3:&\"v5.15\" is not a kernel release"},
		{"not a backport", "since.tbl", "backport 5.10;", "backport to 5.10;", "since.tbl:3:&the note does not say"},
	} {
		t.Run(x.name, func(t *testing.T) {
			in := newInput()
			if strings.Count(in.files[x.file], x.old) == 0 {
				t.Fatalf("%s does not hold %q", x.file, x.old)
			}
			in.files[x.file] = strings.Replace(in.files[x.file], x.old, x.new, 1)
			_, err := in.bind(t)
			if err == nil {
				t.Fatal("no error")
			}
			for part := range strings.SplitSeq(x.wantParts, "&") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error lacks %q:\n%v", part, err)
				}
			}
		})
	}
}

func TestMissingTable(t *testing.T) {
	for _, name := range []string{"families.tbl", "rules.tbl", "docs.tbl", "since.tbl"} {
		in := newInput()
		delete(in.files, name)
		if _, err := rules.Load(in.fs()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// What no row covers is a finding with the place in the header.
func TestFindings(t *testing.T) {
	for _, x := range []struct {
		name, file, old, new string
		symbol, place        string
		wantParts            string
	}{
		{"constant without family", "families.tbl", "BOX_SIZE    | -     | -     | -      | -\n", "", "BOX_SIZE", "linux/box.h:12:9", "untyped&families.tbl"},
		{"constant without doc", "docs.tbl", "BOX_SIZE | is a size\n", "", "BOX_SIZE", "linux/box.h:12:9", "docs.tbl"},
		{"record without doc", "docs.tbl", "box | is a box\n", "", "box", "linux/box.h:13:8", "docs.tbl"},
		{"member without doc", "docs.tbl", "box.port | is the port\n", "", "box.port", "linux/box.h:16:9", "docs.tbl"},
		{"inner member without doc", "docs.tbl", "box.inner.a | is an a\n", "", "box.inner.a", "linux/box.h:20:24", "docs.tbl"},
		{"constant without since", "since.tbl", "BOX_OP_PUT  | 5.15 | backport 5.10; seen there\n", "", "BOX_OP_PUT", "linux/box.h:6:2", "Op.Since&since.tbl"},
		{"macro without a value", "linux/box.h", "struct box {", "#define BOX_IOCTL _IO(2, 3)\nstruct box {", "BOX_IOCTL", "linux/box.h:13:9", "_IO(2, 3)&no-value | BOX_IOCTL&rules.tbl"},
		{"new constant", "linux/box.h", "	BOX_OP_LAST", "	BOX_OP_NEW,\n	BOX_OP_LAST", "BOX_OP_NEW", "linux/box.h:7:2", "docs.tbl"},
	} {
		t.Run(x.name, func(t *testing.T) {
			in := newInput()
			in.files[x.file] = strings.Replace(in.files[x.file], x.old, x.new, 1)
			b, err := in.bind(t)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range b.Findings {
				if f.Symbol != x.symbol {
					continue
				}
				if f.Pos.String() != x.place {
					t.Errorf("found at %v, want %s", f.Pos, x.place)
				}
				for part := range strings.SplitSeq(x.wantParts, "&") {
					if !strings.Contains(f.Missing, part) {
						t.Errorf("finding %q lacks %q", f.Missing, part)
					}
				}
				return
			}
			t.Errorf("no finding for %s in %v", x.symbol, b.Findings)
		})
	}
}

// A macro that is known to be no constant is not asked for.
func TestMacroWithoutValue(t *testing.T) {
	in := newInput()
	in.files["linux/box.h"] = strings.Replace(boxHeader, "struct box {", "#define BOX_PACKED __attribute__((packed))\n#define BOX_EMPTY\nstruct box {", 1)
	in.files["rules.tbl"] += "no-value | BOX_PACKED | -\n"
	b, err := in.bind(t)
	if err != nil || len(b.Findings) != 0 {
		t.Errorf("findings %v, %v", b.Findings, err)
	}
}

// A record of a header without a row is placed, and reported.
func TestRecordOfUnknownHeader(t *testing.T) {
	in := newInput()
	in.files["rules.tbl"] = strings.Replace(rulesTable, "with       | linux/lid.h lid.go LID_MAX | -\n", "", 1)
	in.files["families.tbl"] = strings.Replace(familiesTable, "LID_*       | -     | -     | -      | -\n", "", 1)
	in.files["docs.tbl"] = strings.Replace(docsTable, "LID_MAX | is a limit\n", "", 1)
	b, err := in.bind(t)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.GoFile("linux/lid.h"); got != "linux_lid_h.go" {
		t.Errorf("goes to %s", got)
	}
	if len(b.Findings) != 1 || b.Findings[0].Symbol != "lid" || !strings.Contains(b.Findings[0].Missing, `"uses" row`) {
		t.Errorf("findings %v", b.Findings)
	}
}

func TestHistory(t *testing.T) {
	const v510 = "cst BOX_OP_NOP 0\ncst BOX_OP_PUT 1\nfld box.op 0 1 unsigned char\nrec box 4 4\n"
	const v61 = "cst BOX_F_HEAVY 1\ncst BOX_OP_LAST 2\ncst BOX_OP_NOP 0\ncst BOX_OP_PUT 1\nfld box.op 0 1 unsigned char\nrec box 4 4\n"
	const v62 = "cst BOX_F_HEAVY 1\ncst BOX_F_SEALED 2\ncst BOX_OP_LAST 2\ncst BOX_OP_NOP 0\ncst BOX_OP_PUT 1\nfld box.op 0 1 unsigned char\nrec box 4 4\n"
	with := func(edit func(map[string]string)) *input {
		in := newInput()
		in.files["since.tbl"] = strings.Replace(sinceTable, "BOX_OP_LAST | 5.1 ", "BOX_OP_LAST | 6.1 ", 1)
		in.files["5.10.facts"], in.files["6.1.facts"], in.files["6.2.facts"] = v510, v61, v62
		edit(in.files)
		return in
	}
	b, err := with(func(map[string]string) {}).bind(t)
	if err != nil {
		t.Fatal(err)
	}
	for symbol, want := range map[string]string{
		"BOX_OP_NOP": "5.1", "BOX_OP_PUT": "5.15", "BOX_F_HEAVY": "5.11..6.1", "BOX_F_SEALED": "6.2",
		"box": "..5.10", "box.op": "..5.10", "box.flags": "", "BOX_SIZE": "", "nothing": "",
	} {
		if got := b.Since(symbol); got != want {
			t.Errorf("%s: since %q, want %q", symbol, got, want)
		}
	}
	for _, x := range []struct {
		name string
		edit func(map[string]string)
		want string
	}{
		{"too old", func(f map[string]string) { f["since.tbl"] = sinceTable },
			"since.tbl:4: BOX_OP_LAST cannot be new in 5.1: the headers of 5.10 lack it"},
		{"too new", func(f map[string]string) {
			f["since.tbl"] = strings.Replace(f["since.tbl"], "BOX_OP_NOP  | 5.1 ", "BOX_OP_NOP | 6.0 ", 1)
		},
			"since.tbl:2: BOX_OP_NOP cannot be new in 6.0: the headers of 5.10 have it already"},
		{"backport that is none", func(f map[string]string) { f["5.10.facts"] = strings.Replace(v510, "cst BOX_OP_PUT 1\n", "", 1) },
			"since.tbl:3: BOX_OP_PUT cannot be new in 5.15: the headers of 5.10 lack it, and the note calls that a backport"},
		{"backport that is later", func(f map[string]string) {
			f["since.tbl"] = strings.Replace(f["since.tbl"], "backport 5.10;", "backport 6.1;", 1)
		},
			"since.tbl:3: BOX_OP_PUT cannot be new in 5.15: the headers of 5.10 have it already"},
		{"bad snapshot", func(f map[string]string) { f["6.1.facts"] = "cst X\n" }, "6.1.facts:1:"},
		{"bad snapshot name", func(f map[string]string) { f["new.facts"] = v510 }, "snapshot new.facts"},
	} {
		if _, err := with(x.edit).bind(t); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want %s", x.name, err, x.want)
		}
	}
}

func TestCheckDifferences(t *testing.T) {
	in := newInput()
	in.files["rules.tbl"] += "arch-align | 386 8 4 | -\n"
	align := facts.Difference{GOARCH: "386", Kind: facts.Record, Name: "box", First: "24 8", Here: "24 4"}
	for _, x := range []struct {
		name string
		ds   []facts.Difference
		want string // "" for no error
	}{
		{"allowed", []facts.Difference{align}, ""},
		{"not needed", nil, "rules.tbl:9: no record is aligned otherwise on 386"},
		{"another target", []facts.Difference{align, {GOARCH: "arm", Kind: facts.Record, Name: "box", First: "24 8", Here: "24 4"}}, ": box differs on arm: align 8 -> 4"},
		{"another alignment", []facts.Difference{align, {GOARCH: "386", Kind: facts.Record, Name: "lid", First: "24 8", Here: "24 2"}}, ": lid differs on 386"},
		{"size", []facts.Difference{align, {GOARCH: "386", Kind: facts.Record, Name: "box", First: "24 8", Here: "20 4"}}, "box differs on 386: size 24 -> 20, align 8 -> 4"},
		{"value", []facts.Difference{align, {GOARCH: "mips", Kind: facts.Const, Name: "BOX_SIZE", First: "16", Here: "32"}}, "BOX_SIZE differs on mips: value 16 -> 32"},
		{"what does not come out", []facts.Difference{align, {GOARCH: "386", Kind: facts.Record, Name: "unrelated", First: "8 8", Here: "4 4"}}, ""},
	} {
		b, err := in.bind(t)
		if err != nil {
			t.Fatal(err)
		}
		err = b.CheckDifferences(x.ds)
		var at *rules.Error
		if errors.As(err, &at) && at.Pos.Line == 0 {
			t.Errorf("%s: no place in %v", x.name, err)
		}
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%s: got %v, want %q", x.name, err, x.want)
		}
	}
}

func TestOlder(t *testing.T) {
	for _, x := range []struct {
		a, b string
		want bool
	}{{"5.9", "5.10", true}, {"5.10", "5.9", false}, {"5.19", "6.0", true}, {"6.0", "6.0", false}, {"", "5.1", true}} {
		if got := rules.Older(x.a, x.b); got != x.want {
			t.Errorf("Older(%q, %q) = %v", x.a, x.b, got)
		}
	}
}
