package filters

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// checker finds names that clash in the sources of a package, and programs
// that cannot be written.
type checker struct {
	files map[string]string // by stem, the source
	funcs map[string]string // by Go name, the function in C
	vars  map[string]string // the same of programs
}

func check(sources []*Package) error {
	c := checker{map[string]string{}, map[string]string{}, map[string]string{}}
	for _, p := range sources {
		if err := c.source(p); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) source(p *Package) error {
	if err := fileName(p.Stem); err != nil {
		return fmt.Errorf("%s: %w", p.Source, err)
	}
	if other, ok := c.files[p.prefix()]; ok {
		return fmt.Errorf("%s and %s would both be written to %s.go: rename one", other, p.Source, p.prefix())
	}
	c.files[p.prefix()] = p.Source
	for i := range p.Filters {
		f := &p.Filters[i]
		if err := c.filter(p, f); err != nil {
			return err
		}
		for _, program := range f.Programs {
			if err := f.program(program); err != nil {
				return fmt.Errorf("%s: %s: %w", p.Source, f.Name, err)
			}
		}
	}
	return nil
}

// filter finds names of Go that are there already.
func (c *checker) filter(p *Package, f *Filter) error {
	this := p.Source + ": " + f.Name
	if len(f.Programs) == 0 {
		return fmt.Errorf("%s has no program", this)
	}
	name := naming.Identifier(f.Name)
	if !naming.Valid(name) {
		return fmt.Errorf("%s would be %q in Go, which is no exported name: rename the function", this, name)
	}
	if other, ok := c.funcs[name]; ok {
		return fmt.Errorf("%s and %s are both %s in Go: rename one", other, this, name)
	}
	c.funcs[name] = this
	for _, l := range f.literals() {
		if other, ok := c.vars[l.name]; ok {
			return fmt.Errorf("programs of %s and %s are both %s in Go: rename one", other, this, l.name)
		}
		c.vars[l.name] = this
	}
	return nil
}

// program finds what is not to be found in programs.
func (f *Filter) program(p Program) error {
	if target.ByGOARCH(p.GOARCH) == nil {
		return fmt.Errorf("a program is for %q, which is no architecture of Go for Linux", p.GOARCH)
	}
	if len(p.Instructions) == 0 {
		return fmt.Errorf("its program for %s on %s is empty", p.Op, p.GOARCH)
	}
	if f.AnyOp != (p.Op == "") {
		return fmt.Errorf("it has a program for operation %q, and AnyOp is %v", p.Op, f.AnyOp)
	}
	n := 0
	for _, q := range f.Programs {
		if q.Op == p.Op && q.GOARCH == p.GOARCH {
			n++
		}
	}
	if n > 1 {
		return fmt.Errorf("there are %d programs for %s on %s: two objects serve the same architecture", n, p.Op, p.GOARCH)
	}
	return nil
}

// fileName refuses what the go command does not take as the beginning of a
// file's name.
func fileName(stem string) error {
	for i, r := range stem {
		word := unicode.IsLetter(r) || unicode.IsDigit(r)
		if !unicode.IsPrint(r) || strings.ContainsRune("\"'*<>?`|/\\:", r) || i == 0 && !word {
			return fmt.Errorf("%q cannot begin the names of Go files: rename the source to begin with a letter or digit, and to have no quotes, slashes and the like", stem)
		}
	}
	if stem == "" {
		return errors.New("a source without a name cannot give Go files theirs: rename it")
	}
	return nil
}
