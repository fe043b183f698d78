package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/vm/internal/report"
)

const events = `{"Action":"run","Package":"example.org/m/a","Test":"TestGood"}
{"Action":"output","Package":"example.org/m/a","Test":"TestGood","Output":"quiet\n"}
{"Action":"pass","Package":"example.org/m/a","Test":"TestGood"}
{"Action":"output","Package":"example.org/m/a","Test":"TestBad","Output":"loud\n"}
{"Action":"fail","Package":"example.org/m/a","Test":"TestBad"}
{"Action":"output","Package":"example.org/m/a","Test":"TestLater","Output":"lacks it\n"}
{"Action":"skip","Package":"example.org/m/a","Test":"TestLater"}
{"Action":"output","Package":"example.org/m/a","Output":"FAIL\texample.org/m/a\t1s\n"}
{"Action":"fail","Package":"example.org/m/a"}
{"Action":"pass","Package":"example.org/m/b","Test":"TestOne"}
{"Action":"output","Package":"example.org/m/b","Output":"PASS\n"}
{"Action":"pass","Package":"example.org/m/b"}
{"Action":"skip","Package":"example.org/m/none"}
not json
`

func TestTable(t *testing.T) {
	table := report.New()
	var out bytes.Buffer
	if err := table.Kernel("7.3").Read(strings.NewReader(events), &out, false); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "loud\nlacks it\nFAIL\texample.org/m/a\t1s\nnot json\n"; got != want {
		t.Errorf("shown %q, want %q", got, want)
	}
	table.Kernel("6.1").Gone("dropped")
	want := `| package | 7.3 | 6.1 |
|---|---|---|
| a | **1 failed**, 1 ok, 1 skipped | no kernel |
| b | 1 ok | no kernel |
`
	if got := table.Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A package that does not build, or dies outside a test, has failed.
func TestNoTests(t *testing.T) {
	table := report.New()
	const text = `{"Action":"fail","Package":"example.org/m/a"}` + "\n"
	if err := table.Kernel("7.3").Read(strings.NewReader(text), &bytes.Buffer{}, false); err != nil {
		t.Fatal(err)
	}
	if got := table.Markdown(); !strings.Contains(got, "**1 failed**") {
		t.Errorf("got\n%s", got)
	}
}

func TestInsert(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	for _, c := range []struct{ before, after string }{
		{"a\n<!-- kernels -->\nold\n<!-- /kernels -->\nb\n", "a\n<!-- kernels -->\n| new |\n<!-- /kernels -->\nb\n"},
		{"a\n<!-- kernels -->\nold\n", ""},
	} {
		if err := os.WriteFile(path, []byte(c.before), 0o644); err != nil {
			t.Fatal(err)
		}
		err := report.Insert(path, "| new |\n")
		text, rerr := os.ReadFile(path)
		if rerr != nil {
			t.Fatal(rerr)
		}
		if c.after == "" && (err == nil || string(text) != c.before) {
			t.Errorf("a document without marks: %v, now %q", err, text)
		}
		if c.after != "" && (err != nil || string(text) != c.after) {
			t.Errorf("%v, %q", err, text)
		}
	}
}
