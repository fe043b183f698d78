package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/rules"
)

// Options is what Build cannot take from the headers.
type Options struct {
	Package  string            // name of the Go package
	Kernel   string            // version that the headers come from
	SHA256   map[string]string // of the original headers, by include name
	Comments bool              // add the headers' own comments to the docs
}

// Error is a declaration that has no place in a Go file for all targets.
type Error struct {
	Pos model.Pos
	Msg string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Build plans the package for what b has bound.
func Build(b *rules.Bound, opt Options) (*Package, error) {
	x := &builder{
		b: b, opt: opt,
		pkg:     &Package{Name: opt.Package, Kernel: opt.Kernel, Doc: b.PackageDoc()},
		files:   map[string]*File{},
		scope:   naming.NewScope("package " + opt.Package),
		records: map[*model.Record]*Record{},
		aligns:  map[string]int64{},
		helpers: map[string]bool{},
	}
	for _, h := range b.Reads() {
		x.file(h)
	}
	x.nameRecords()
	x.types()
	x.constants()
	for _, r := range b.Records {
		x.record(r)
	}
	for h := range x.helpers {
		x.pkg.Helpers = append(x.pkg.Helpers, h)
	}
	slices.Sort(x.pkg.Helpers)
	return x.pkg, errors.Join(x.errs...)
}

// builder is one run of Build.
type builder struct {
	b       *rules.Bound
	opt     Options
	pkg     *Package
	files   map[string]*File // by header
	scope   *naming.Scope
	records map[*model.Record]*Record
	aligns  map[string]int64 // Go alignment of the records done, by Go name
	helpers map[string]bool
	errs    []error
}

func (x *builder) fail(err error) {
	if err != nil {
		x.errs = append(x.errs, err)
	}
}

func (x *builder) refuse(pos model.Pos, format string, args ...any) {
	x.fail(&Error{pos, fmt.Sprintf(format, args...)})
}

// file is the Go file for a header. Headers may share one.
func (x *builder) file(header string) *File {
	f := x.files[header]
	if f != nil {
		return f
	}
	f = &File{Name: x.b.GoFile(header), Header: header, SHA256: x.opt.SHA256[header]}
	x.files[header] = f
	x.pkg.Files = append(x.pkg.Files, f)
	return f
}

// nameRecords gives every record a Go name before any member refers to it,
// in-place ones after the path that leads to them.
func (x *builder) nameRecords() {
	for _, r := range x.b.Records {
		name := cmp.Or(x.b.Rename(r.Name()), naming.Identifier(r.Name()))
		c := r.Kind.String() + " " + r.Tag
		if r.Tag == "" {
			c = r.Typedef
		}
		x.nameRecord(r, r, name, c, r.Name())
	}
}

func (x *builder) nameRecord(r, outer *model.Record, name, c, tag string) {
	x.fail(x.scope.Claim(name, c, r.Pos))
	where := x.b.Layout.Record(r)
	since := x.b.Since(tag)
	if r != outer && since != "" && later(since, x.records[outer].Since) == "" {
		since = x.records[outer].Since
	}
	x.records[r] = &Record{
		Name: name, C: c, Tag: tag, Pos: place(r.Pos),
		Size: where.Size, Align: where.Align, Since: since,
	}
	x.nameInner(r, outer, name, c, tag)
}

// nameInner names the untagged records that members of r define in place.
func (x *builder) nameInner(r, outer *model.Record, name, c, tag string) {
	for _, m := range r.Members {
		in := m.InPlace(r)
		switch {
		case in == nil || in.Tag != "" || x.b.Class(m) == rules.Nothing:
		case m.Name == "":
			x.nameInner(in, outer, name, c, tag)
		default:
			path := tag + "." + m.Name
			x.nameRecord(in, outer, name+cmp.Or(x.b.Rename(path), naming.Identifier(m.Name)), c+"."+m.Name, path)
		}
	}
}

// types plans a defined type for each family, in the file of its first
// constant.
func (x *builder) types() {
	home := map[*rules.Family]string{}
	for _, c := range x.b.Consts {
		if c.Family != nil && home[c.Family] == "" {
			home[c.Family] = c.Pos.File
		}
	}
	for _, f := range x.b.Families() {
		if home[f] == "" {
			continue // Bind has reported it
		}
		x.fail(x.scope.Claim(f.Type, "the family "+strings.Join(f.Matches, ", "), f.Pos()))
		file := x.file(home[f])
		t := &Type{
			Name: f.Type, Underlying: f.Underlying, Flags: f.Flags,
			C: strings.Join(f.Matches, ", "), TellsSince: x.b.TellsSince(f),
		}
		t.Doc = x.typeDoc(t, f, home[f])
		file.Types = append(file.Types, t)
	}
}

// place is a position without the column, for documentation.
func place(p model.Pos) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }
