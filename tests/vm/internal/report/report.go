// Package report counts what go test says, kernel by kernel, and lays it out
// as a table.
package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// Table is kernels × packages.
type Table struct {
	names   []string
	columns map[string]*Column
}

// Column is what one kernel did.
type Column struct {
	counts map[string]*Count
	gone   string
}

// Count is what one package did on one kernel.
type Count struct{ Pass, Fail, Skip int }

// New makes an empty table.
func New() *Table { return &Table{columns: map[string]*Column{}} }

// Kernel is the column of a kernel, made on first use.
func (t *Table) Kernel(name string) *Column {
	if t.columns[name] == nil {
		t.names = append(t.names, name)
		t.columns[name] = &Column{counts: map[string]*Count{}}
	}
	return t.columns[name]
}

// Gone notes that the kernel could not be had.
func (c *Column) Gone(why string) { c.gone = why }

// event is a line of go test -json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

// Read counts events and passes on what a reader wants to see: the lines of
// packages, and all output of what failed; with verbose, everything.
func (c *Column) Read(r io.Reader, w io.Writer, verbose bool) error {
	held := map[string]string{} // output of tests that may still pass
	s := bufio.NewScanner(r)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var e event
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			fmt.Fprintln(w, s.Text()) // a build failure's text
			continue
		}
		key := e.Package + "\x00" + e.Test
		switch {
		case e.Action == "output" && verbose:
			fmt.Fprint(w, e.Output)
		case e.Action == "output" && e.Test == "":
			if e.Output != "PASS\n" {
				fmt.Fprint(w, e.Output)
			}
		case e.Action == "output" || e.Action == "build-output":
			held[key] += e.Output
		case e.Action == "pass" || e.Action == "fail" || e.Action == "skip":
			c.count(e)
			if e.Action == "fail" || e.Action == "skip" && e.Test != "" {
				fmt.Fprint(w, held[key])
			}
			delete(held, key)
		}
	}
	return s.Err()
}

func (c *Column) count(e event) {
	n := c.counts[e.Package]
	if n == nil {
		n = &Count{}
		c.counts[e.Package] = n
	}
	if e.Test == "" {
		if e.Action == "fail" && n.Fail == 0 {
			n.Fail++ // did not build, or died outside a test
		}
		return
	}
	switch e.Action {
	case "pass":
		n.Pass++
	case "fail":
		n.Fail++
	case "skip":
		n.Skip++
	}
}

// Markdown lays the table out, packages down and kernels across.
func (t *Table) Markdown() string {
	rows := map[string]bool{}
	for _, c := range t.columns {
		for p, n := range c.counts {
			if *n != (Count{}) {
				rows[p] = true
			}
		}
	}
	names := slices.Sorted(maps.Keys(rows))
	prefix := commonPrefix(names)
	var b strings.Builder
	b.WriteString("| package | " + strings.Join(t.names, " | ") + " |\n|---|" + strings.Repeat("---|", len(t.names)) + "\n")
	for _, p := range names {
		b.WriteString("| " + strings.TrimPrefix(p, prefix))
		for _, k := range t.names {
			b.WriteString(" | " + t.columns[k].cell(p))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

func (c *Column) cell(pkg string) string {
	n := c.counts[pkg]
	switch {
	case c.gone != "":
		return "no kernel"
	case n == nil:
		return "-"
	}
	s := fmt.Sprintf("%d ok", n.Pass)
	if n.Fail > 0 {
		s = fmt.Sprintf("**%d failed**, %s", n.Fail, s)
	}
	if n.Skip > 0 {
		s += fmt.Sprintf(", %d skipped", n.Skip)
	}
	return s
}

// commonPrefix is the path that all packages start with, up to a slash.
func commonPrefix(names []string) string {
	if len(names) == 0 {
		return ""
	}
	prefix := path.Dir(names[0]) + "/"
	for _, n := range names {
		for !strings.HasPrefix(n, prefix) {
			up := path.Dir(strings.TrimSuffix(prefix, "/"))
			if up == "." || up == "/" {
				return ""
			}
			prefix = up + "/"
		}
	}
	return prefix
}
