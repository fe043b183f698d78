// Package calls turns tables of calls into Go functions: methods that fill in
// a submission record, typed helpers for an operation of a system call, and
// the system calls themselves. The tables say what a header does not: which
// argument goes into which member, what the count means, how long memory must
// live. Each row is checked against the package that is being written.
package calls

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"slices"

	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// The tables, and the Go files made of them.
const (
	prepTable     = "prep.tbl"
	registerTable = "register.tbl"
	syscallTable  = "syscalls.tbl"

	prepFile     = "prep.go"
	registerFile = "register_linux.go"
	syscallFile  = "syscall_linux.go"
)

// Set is every call of a package, checked and ready to be written.
type Set struct {
	pkg      *plan.Package
	prep     *prepSet
	register *registerSet
	syscalls *syscallSet
}

// Finding is an operation of the headers that no row covers.
type Finding struct {
	Symbol  string // constant
	Place   string // header:line
	Missing string // what is to be decided, and where
}

// File is one Go file.
type File struct {
	Name string
	Data []byte
}

// Build reads the tables of calls and checks each row against p. A table that
// is not there asks for nothing. The error joins what is wrong with each row,
// by file and line.
func Build(tables fs.FS, p *plan.Package) (*Set, []Finding, error) {
	s := &Set{pkg: p}
	var findings []Finding
	var errs []error
	for _, read := range []func(fs.FS) ([]Finding, error){s.readPrep, s.readSyscalls, s.readRegister} {
		f, err := read(tables)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		findings = append(findings, f...)
	}
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Symbol, b.Symbol) })
	if err := errors.Join(errs...); err != nil {
		return nil, findings, err
	}
	return s, findings, nil
}

// Helpers counts the functions and methods of the set.
func (s *Set) Helpers() int {
	n := 0
	if s.prep != nil {
		n += len(s.prep.rows)
	}
	if s.register != nil {
		n += len(s.register.rows)
	}
	if s.syscalls != nil {
		n += len(s.syscalls.rows)
	}
	return n
}

// uncovered lists the constants of a Go type that no row is for.
func uncovered(p *plan.Package, goType string, covered map[string]bool, file string) []Finding {
	var out []Finding
	for _, f := range p.Files {
		for _, g := range f.Consts {
			for _, c := range g.Consts {
				if goType != "" && c.Type == goType && !covered[c.Name] {
					out = append(out, Finding{c.Name, c.Pos,
						"no call for this " + goType + ": add a row to " + file})
				}
			}
		}
	}
	return out
}

// exported checks the name of a function or method.
func exported(name string) error {
	if !token.IsIdentifier(name) || !token.IsExported(name) {
		return fmt.Errorf("%q: want a Go name that starts with a capital letter", name)
	}
	return nil
}

// once reports a function that two rows define.
func once(seen map[string]int, name string, r table.Row) error {
	if line, ok := seen[name]; ok {
		return r.Errorf("%s is defined in line %d, too", name, line)
	}
	seen[name] = r.Line
	return nil
}
