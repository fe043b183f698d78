package gogen

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// archFile is the file of constants that are the same on all architectures;
// those that differ are in one file for each.
const archFile = "arch_linux.go"

const archNote = "the table of constants that architectures choose, from headers"

// archJobs is the files for the constants that the headers do not hold.
func archJobs(t *arch.Table) []job {
	if t == nil {
		return nil
	}
	var same, differ []*arch.Row
	for _, r := range t.Rows() {
		if r.Differs() {
			differ = append(differ, r)
		} else {
			same = append(same, r)
		}
	}
	first := target.All()[0].GOARCH
	var jobs []job
	if len(same) > 0 {
		jobs = append(jobs, job{name: archFile, note: archNote, emit: func(f *jen.File) {
			emitArch(f, same, first, "Constants of Linux that are the same on all architectures.")
		}})
	}
	if len(differ) == 0 {
		return jobs
	}
	for _, x := range target.All() {
		name := strings.TrimSuffix(archFile, ".go") + "_" + x.GOARCH + ".go"
		jobs = append(jobs, job{name: name, note: archNote, emit: func(f *jen.File) {
			emitArch(f, differ, x.GOARCH, "Constants of Linux as they are on "+x.GOARCH+"; other architectures may have other values.")
		}})
	}
	return jobs
}

// clash finds a constant that both a header and the table define.
func clash(p *plan.Package, t *arch.Table) error {
	if t == nil {
		return nil
	}
	rows := map[string]bool{}
	for _, r := range t.Rows() {
		rows[archName(r.Name)] = true
	}
	for _, f := range p.Files {
		for _, g := range f.Consts {
			for _, c := range g.Consts {
				if rows[c.Name] {
					return fmt.Errorf("%s: %s stands in the table of constants by architecture, too: take it out of there, or do not bind it", c.Pos, c.Name)
				}
			}
		}
	}
	return nil
}

// emitArch writes the constants that an architecture has, a group for each
// prefix.
func emitArch(f *jen.File, rows []*arch.Row, goarch, doc string) {
	comment(f.Group, doc)
	f.Const().DefsFunc(func(s *jen.Group) {
		prefix := ""
		for _, r := range rows {
			v, ok := r.Value(goarch)
			if !ok {
				continue
			}
			name := archName(r.Name)
			p, _, _ := strings.Cut(name, "_")
			if prefix != "" && p != prefix {
				s.Line()
			}
			prefix = p
			s.Id(name).Op("=").Id(r.Literal(v))
		}
	})
}

// archName is the C name, but for syscall numbers, which Go writes in
// capitals.
func archName(c string) string {
	if strings.HasPrefix(c, "SYS_") {
		return strings.ToUpper(c)
	}
	return c
}
