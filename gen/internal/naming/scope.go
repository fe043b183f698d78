package naming

import (
	"fmt"
	"go/token"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// Scope is a set of Go names that must differ: those of a package, or the
// fields and methods of a record.
type Scope struct {
	what  string
	taken map[string]claim
}

type claim struct {
	c   string
	pos model.Pos
}

// NewScope is an empty scope; what names it in errors ("package uapi",
// "type IoUringSqe").
func NewScope(what string) *Scope {
	return &Scope{what: what, taken: map[string]claim{}}
}

// Claim takes a Go name for something in C. That another thing has it, or
// that it is no identifier, is an error which names the places of both.
func (s *Scope) Claim(name, c string, pos model.Pos) error {
	if !identifier(name) {
		return &Error{pos, fmt.Sprintf("%s would be %q in Go, which is not an identifier; rename it with a \"name\" row in rules.tbl", c, name)}
	}
	if other, ok := s.taken[name]; ok {
		return &Error{pos, fmt.Sprintf("%s and %s (%v) are both %s in %s; rename one with a \"name\" row in rules.tbl", c, other.c, other.pos, name, s.what)}
	}
	s.taken[name] = claim{c, pos}
	return nil
}

// Free is name, or name with the first of _2, _3, ... that nobody has
// claimed. It is for unexported names, which nobody relies on.
func (s *Scope) Free(name string) string {
	free := name
	for i := 2; ; i++ {
		if _, ok := s.taken[free]; !ok {
			s.taken[free] = claim{c: free}
			return free
		}
		free = fmt.Sprintf("%s_%d", name, i)
	}
}

// Error is a name that cannot be, and where it comes from.
type Error struct {
	Pos model.Pos
	Msg string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// identifier tells whether name can stand for something in Go.
func identifier(name string) bool { return token.IsIdentifier(name) && name != "_" }
