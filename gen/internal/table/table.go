// Package table reads the generator's data tables: text files of rows whose
// columns are separated by "|". They hold what a header does not say.
//
//	# comment
//	column-one | column two | ...
//
// The first row that is not a comment names the columns and must match what
// the reader asks for, so that a table and the code that reads it cannot
// drift apart. A cell holding only "-" is empty. White space around cells is
// not significant; a literal "|" is written "||". A line that ends in "\"
// goes on in the next one.
package table

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Row is one row of a table.
type Row struct {
	File  string
	Line  int
	cells []string
	names []string
}

// Get is the cell of a column. Asking for a column that the table was not
// read with is a mistake in the program and panics.
func (r Row) Get(column string) string {
	i := slices.Index(r.names, column)
	if i < 0 {
		panic("table: no column " + column + " in " + r.File)
	}
	return r.cells[i]
}

// Errorf is an error that starts with the row's place.
func (r Row) Errorf(format string, args ...any) error {
	return &RowError{File: r.File, Line: r.Line, Msg: fmt.Sprintf(format, args...)}
}

// RowError is what is wrong with a row, and where.
type RowError struct {
	File string
	Line int
	Msg  string
}

func (e *RowError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg) }

// Read reads file from fsys. columns are the names that its heading row must
// have, in order.
func Read(fsys fs.FS, file string, columns ...string) ([]Row, error) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", file, err)
	}
	return Parse(file, string(text), columns...)
}

// Parse reads rows from text; file is what errors say.
func Parse(file, text string, columns ...string) ([]Row, error) {
	var rows []Row
	headed := false
	for _, l := range logicalLines(text) {
		r := Row{File: file, Line: l.line, cells: split(l.text), names: columns}
		if len(r.cells) != len(columns) {
			return nil, r.Errorf("%d columns, want %d (%s)", len(r.cells), len(columns), strings.Join(columns, " | "))
		}
		if !headed {
			if !slices.Equal(r.cells, columns) {
				return nil, r.Errorf("heading %q, want %q", strings.Join(r.cells, " | "), strings.Join(columns, " | "))
			}
			headed = true
			continue
		}
		for i, c := range r.cells {
			if c == "-" {
				r.cells[i] = ""
			}
		}
		rows = append(rows, r)
	}
	if !headed {
		return nil, fmt.Errorf("%s:1: empty table, want a heading row %q", file, strings.Join(columns, " | "))
	}
	return rows, nil
}

type line struct {
	line int
	text string
}

// logicalLines joins continued lines and drops comments and blank lines.
func logicalLines(text string) []line {
	var out []line
	joining := false
	for i, t := range strings.Split(text, "\n") {
		t = strings.TrimSpace(t)
		if !joining && (t == "" || strings.HasPrefix(t, "#")) {
			continue
		}
		t, more := strings.CutSuffix(t, "\\")
		t = strings.TrimSpace(t)
		if joining {
			out[len(out)-1].text += " " + t
		} else {
			out = append(out, line{i + 1, t})
		}
		joining = more
	}
	return out
}

// split cuts at "|". A literal "|" in a cell is written "||": cells hold
// expressions.
func split(s string) []string {
	var cells []string
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '|' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '|' {
			i++
			continue
		}
		cells = append(cells, strings.TrimSpace(s[start:i]))
		start = i + 1
	}
	cells = append(cells, strings.TrimSpace(s[start:]))
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "||", "|")
	}
	return cells
}
