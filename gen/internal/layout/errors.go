package layout

import (
	"errors"
	"fmt"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// Error is why a record has no layout, and which member is to blame.
type Error struct {
	Pos model.Pos
	Msg string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// errElsewhere says that the fault lies in another record and was, or will
// be, reported there.
var errElsewhere = errors.New("faulty record")

// maxErrors is how many faults one run reports: the first tell the story.
const maxErrors = 10

// faults collects errors up to maxErrors.
type faults struct {
	list []error
	more int
}

func (f *faults) fail(pos model.Pos, format string, args ...any) {
	if len(f.list) == maxErrors {
		f.more++
		return
	}
	f.list = append(f.list, &Error{pos, fmt.Sprintf(format, args...)})
}

func (f *faults) err() error {
	if f.more > 0 {
		return errors.Join(append(f.list, fmt.Errorf("and %d more errors", f.more))...)
	}
	return errors.Join(f.list...)
}

// describe names a record for an error.
func describe(r *model.Record) string {
	if r.Tag != "" {
		return r.Kind.String() + " " + r.Tag
	}
	if r.Typedef != "" {
		return r.Typedef
	}
	return fmt.Sprintf("the unnamed %s at line %d", r.Kind, r.Pos.Line)
}

// describeMember names a member for an error.
func describeMember(r *model.Record, m *model.Member) string {
	if m.Name == "" {
		return "an unnamed member of " + describe(r)
	}
	return fmt.Sprintf("member %s of %s", m.Name, describe(r))
}
