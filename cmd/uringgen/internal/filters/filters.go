// Package filters turns filters that are written in C, or objects that clang
// has made of them, into what package gen writes as Go.
package filters

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/gen"
)

// Job is what all sources of a package have in common.
type Job struct {
	Package string // of the generated Go
	Dir     string // that it goes into
	Ops     []gen.Operation
	Classes []gen.ArchClass
	// Default are the operations of programs whose section names none.
	Default []gen.Operation
	// Warn is told of what is not wrong, and worth a look.
	Warn func(text string)
	said []string // warnings that were given
}

// Source is a C file with the objects that were made of it.
type Source struct {
	Name    string // base name of the C file, "" to take what the objects say
	Stem    string // what the names of the Go files begin with
	Inputs  []gen.FilterInput
	Objects []*Object
}

// Translate makes what is to be written of a source, for all architectures
// that its objects serve.
func (j *Job) Translate(s *Source) (*gen.FilterPackage, error) {
	out := &gen.FilterPackage{Name: j.Package, Stem: s.Stem, Source: s.Name, Inputs: s.Inputs}
	byName := map[string]*gen.FilterFunc{}
	for _, o := range s.Objects {
		if err := j.object(o, byName); err != nil {
			return nil, err
		}
	}
	for _, f := range byName {
		out.Filters = append(out.Filters, *f)
	}
	if len(out.Filters) == 0 {
		return nil, fmt.Errorf("%s: no function in a section %s, as SEC(\"%s/socket\") makes one", s.Objects[0].Name, section, section)
	}
	slices.SortFunc(out.Filters, func(a, b gen.FilterFunc) int {
		_, x := split(a.Source)
		_, y := split(b.Source)
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a.Name, b.Name))
	})
	for i := range out.Filters {
		f := &out.Filters[i]
		whole(f)
		f.Source, _ = split(f.Source)
		f.Source = cmp.Or(f.Source, s.Objects[0].Name)
	}
	out.Source = cmp.Or(out.Source, out.Filters[0].Source)
	return out, nil
}

// whole gives all programs of an operation the same size of payload: that of
// the architecture where they read any.
func whole(f *gen.FilterFunc) {
	size := map[string]uint8{}
	for _, p := range f.Programs {
		size[p.Op] = max(size[p.Op], p.PDUSize)
	}
	for i := range f.Programs {
		f.Programs[i].PDUSize = size[f.Programs[i].Op]
	}
}

// object adds what an object has.
func (j *Job) object(o *Object, byName map[string]*gen.FilterFunc) error {
	for _, name := range bpf.Programs(o.Spec) {
		place := cmp.Or(o.place(name), o.Name)
		ops, open, err := j.operations(o.Spec.Programs[name].SectionName)
		switch {
		case errors.Is(err, errElsewhere):
			continue
		case err != nil:
			return fmt.Errorf("%s: %s: %w", place, name, err)
		}
		f := byName[name]
		if f == nil {
			f = &gen.FilterFunc{Name: name, Doc: o.doc(name), Source: o.place(name), AnyOp: open}
			if open {
				f.Sizes = j.sizes()
			}
			byName[name] = f
		}
		programs, err := j.translate(o, name, ops, open)
		var at *bpf.TranslateError
		switch {
		case errors.As(err, &at) && at.Position.File != "":
			return err
		case err != nil:
			return fmt.Errorf("%s: %w", place, err)
		}
		f.Programs = append(f.Programs, programs...)
	}
	return nil
}
