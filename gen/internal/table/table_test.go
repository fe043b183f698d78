package table_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/table"
)

func TestParse(t *testing.T) {
	const text = `
# what this is
name | value | note

a | 1 | -
b | x || y |  spaced  out
c | long \
  text | z
`
	rows, err := table.Parse("t.tbl", text, "name", "value", "note")
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		line              int
		name, value, note string
	}{
		{5, "a", "1", ""},
		{6, "b", "x | y", "spaced  out"},
		{7, "c", "long text", "z"},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, w := range want {
		r := rows[i]
		if r.Line != w.line || r.Get("name") != w.name || r.Get("value") != w.value || r.Get("note") != w.note {
			t.Errorf("row %d: line %d %q %q %q, want %+v", i, r.Line, r.Get("name"), r.Get("value"), r.Get("note"), w)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"# nothing\n", "t.tbl:1: empty table"},
		"heading":        {"\nname | colour\n", "t.tbl:2: heading"},
		"too few cells":  {"name | value\na | 1\n\nb\n", "t.tbl:4: 1 columns, want 2"},
		"too many cells": {"name | value\na | 1 | 2\n", "t.tbl:2: 3 columns, want 2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := table.Parse("t.tbl", c.text, "name", "value")
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
		})
	}
}

func TestRead(t *testing.T) {
	fsys := fstest.MapFS{"d/t.tbl": {Data: []byte("name\nx\n")}}
	rows, err := table.Read(fsys, "d/t.tbl", "name")
	if err != nil || len(rows) != 1 {
		t.Fatalf("%v %v", rows, err)
	}
	var re *table.RowError
	if err := rows[0].Errorf("no such %s", "thing"); !errors.As(err, &re) || err.Error() != "d/t.tbl:2: no such thing" {
		t.Errorf("got %v", err)
	}
	if _, err := table.Read(fsys, "none.tbl", "name"); err == nil {
		t.Error("a missing table is not an error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a | b\n1 | 2\n")
	f.Add("a | b\n1 | \\\n2 || 3\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := table.Parse("t", text, "a", "b")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "t:") {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		for _, r := range rows {
			if r.Line < 1 || r.Line > strings.Count(text, "\n")+1 {
				t.Errorf("row at line %d of a text of %d", r.Line, strings.Count(text, "\n")+1)
			}
		}
	})
}
