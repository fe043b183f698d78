package cfront

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// Error is a fault of a header.
type Error struct {
	Pos model.Pos
	Msg string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// maxErrors is how many faults of one unit are reported.
const maxErrors = 10

// faults collects errors in the order in which they were found.
type faults struct{ list []*Error }

func (f *faults) add(pos model.Pos, format string, args ...any) {
	f.list = append(f.list, &Error{pos, fmt.Sprintf(format, args...)})
}

func (f *faults) any() bool { return len(f.list) > 0 }

// err joins the first faults, one a place, nil if there are none.
func (f *faults) err() error {
	var out []error
	var seen []model.Pos
	for _, e := range f.list {
		line := model.Pos{File: e.Pos.File, Line: e.Pos.Line}
		if slices.Contains(seen, line) {
			continue
		}
		seen = append(seen, line)
		out = append(out, e)
		if len(out) == maxErrors {
			break
		}
	}
	return errors.Join(out...)
}

// splitPos takes the "file:line:col: message" that cc reports apart, and
// drops the place in cc's own source that it adds.
func splitPos(s string) (model.Pos, string, bool) {
	file, rest, ok := strings.Cut(s, ":")
	if !ok {
		return model.Pos{}, s, false
	}
	l, rest, ok := strings.Cut(rest, ":")
	line, err := strconv.Atoi(l)
	if !ok || err != nil {
		return model.Pos{}, s, false
	}
	col := 1
	if c, after, ok := strings.Cut(rest, ":"); ok {
		if n, err := strconv.Atoi(c); err == nil {
			col, rest = n, after
		}
	}
	return model.Pos{File: file, Line: line, Col: col}, strings.TrimSpace(dropOrigin(rest)), true
}

func dropOrigin(s string) string {
	for {
		i := strings.LastIndex(s, " (")
		if i < 0 || !strings.HasSuffix(s, ":)") || !strings.Contains(s[i:], ".go:") {
			return s
		}
		s = s[:i]
	}
}
