package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/table"
)

func TestPublicError(t *testing.T) {
	pos := model.Pos{File: "linux/x.h", Line: 3, Col: 5}
	front := &cfront.Error{Pos: pos, Msg: "odd"}
	placed := &layout.Error{Pos: model.Pos{File: "linux/y.h", Line: 1, Col: 1}, Msg: "bad"}
	row := &table.RowError{File: "docs.tbl", Line: 9, Msg: "stale"}
	if publicError(nil) != nil {
		t.Error("nil becomes an error")
	}
	for _, c := range []struct {
		err    error
		source *SourceError
		table  *TableError
		is     error
	}{
		{front, &SourceError{"linux/x.h", 3, 5, "odd"}, nil, nil},
		{placed, &SourceError{"linux/y.h", 1, 1, "bad"}, nil, nil},
		{row, nil, &TableError{"docs.tbl", 9, "stale"}, nil},
		{errors.Join(row, front), &SourceError{"linux/x.h", 3, 5, "odd"}, &TableError{"docs.tbl", 9, "stale"}, nil},
		{fmt.Errorf("amd64: %w", front), &SourceError{"linux/x.h", 3, 5, "odd"}, nil, nil},
		{fmt.Errorf("all: %w", errors.Join(errors.Join(front, placed), row)), &SourceError{"linux/x.h", 3, 5, "odd"}, &TableError{"docs.tbl", 9, "stale"}, nil},
		{fmt.Errorf("%w and %w", row, fs.ErrExist), nil, &TableError{"docs.tbl", 9, "stale"}, fs.ErrExist},
		{fs.ErrNotExist, nil, nil, fs.ErrNotExist},
	} {
		got := publicError(c.err)
		if got.Error() != c.err.Error() {
			t.Errorf("says %q, want %q", got, c.err)
		}
		var s *SourceError
		if errors.As(got, &s) != (c.source != nil) || s != nil && *s != *c.source {
			t.Errorf("%v: source error %v, want %v", c.err, s, c.source)
		}
		var e *TableError
		if errors.As(got, &e) != (c.table != nil) || e != nil && *e != *c.table {
			t.Errorf("%v: table error %v, want %v", c.err, e, c.table)
		}
		if c.is != nil && !errors.Is(got, c.is) {
			t.Errorf("%v: not %v any more", c.err, c.is)
		}
	}
}
