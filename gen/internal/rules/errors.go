package rules

import (
	"errors"
	"fmt"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// Finding is something in a header that no row covers.
type Finding struct {
	Symbol  string    // C name
	Pos     model.Pos // in the header
	Missing string    // what to decide, and in which table
}

// Error is something in a header that no row can make right.
type Error struct {
	Pos model.Pos
	Msg string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// maxFaults is how many errors one run reports: the first tell the story.
const maxFaults = 20

// faults collects errors.
type faults struct {
	list []error
	more int
}

func (f *faults) add(err error) {
	switch {
	case err == nil:
	case len(f.list) == maxFaults:
		f.more++
	default:
		f.list = append(f.list, err)
	}
}

func (f *faults) row(row table.Row, format string, args ...any) { f.add(row.Errorf(format, args...)) }

func (f *faults) err() error {
	if f.more > 0 {
		return errors.Join(append(f.list, fmt.Errorf("and %d more errors", f.more))...)
	}
	return errors.Join(f.list...)
}
