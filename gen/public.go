package gen

import (
	"errors"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// publicError gives errors of the stages the types that callers can ask for.
// Joined errors stay joined, and what an error says does not change.
func publicError(err error) error {
	if err == nil {
		return nil
	}
	public := convert(err)
	if public.Error() == err.Error() {
		return public
	}
	return &inContext{err.Error(), public}
}

// inContext is a public error with the words that its finder put around it.
type inContext struct {
	text string
	err  error
}

func (e *inContext) Error() string { return e.text }

func (e *inContext) Unwrap() error { return e.err }

func convert(err error) error {
	var joined interface {
		error
		Unwrap() []error
	}
	if errors.As(err, &joined) {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, publicError(e))
		}
		return errors.Join(all...)
	}
	var front *cfront.Error
	var placed *layout.Error
	var planned *plan.Error
	var named *naming.Error
	var differs *rules.Error
	var row *table.RowError
	switch {
	case errors.As(err, &differs):
		return &SourceError{differs.Pos.File, differs.Pos.Line, differs.Pos.Col, differs.Msg}
	case errors.As(err, &planned):
		return &SourceError{planned.Pos.File, planned.Pos.Line, planned.Pos.Col, planned.Msg}
	case errors.As(err, &named):
		return &SourceError{named.Pos.File, named.Pos.Line, named.Pos.Col, named.Msg}
	case errors.As(err, &front):
		return &SourceError{front.Pos.File, front.Pos.Line, front.Pos.Col, front.Msg}
	case errors.As(err, &placed):
		return &SourceError{placed.Pos.File, placed.Pos.Line, placed.Pos.Col, placed.Msg}
	case errors.As(err, &row):
		return &TableError{row.File, row.Line, row.Msg}
	}
	return err
}
