package gen

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/uringgen/uringgen/gen/internal/author"
	"github.com/uringgen/uringgen/gen/internal/cgen"
	"github.com/uringgen/uringgen/gen/internal/rules"
)

// AuthorFiles tells the headers that Author.Header made, for WriteFiles.
var AuthorFiles = FileSet{
	Marked: func(_ string, data []byte) bool { return cgen.Marked(data) },
	Ours:   func(name string) bool { return path.Ext(name) == ".h" },
}

// Author is what those who write filters need of a set of headers, which is
// read once for all of it. It does not change.
type Author struct {
	input *author.Input
	ops   operations
}

// NewAuthor reads the headers of cfg.
func NewAuthor(cfg Config) (*Author, error) {
	in, ops, err := cfg.author()
	if err != nil {
		return nil, publicError(err)
	}
	return &Author{in, ops}, nil
}

// Header makes what those include who write filters in C: uringgen.h, and
// headers under the names that sources of filters usually include, which
// include it. The folder that they are in is the only one that a compiler
// needs to know.
func (a *Author) Header() (*Output, error) {
	files, err := author.Emit(a.input)
	if err != nil {
		return nil, publicError(err)
	}
	out := &Output{}
	for _, f := range files {
		out.Files = append(out.Files, File(f))
	}
	slices.SortFunc(out.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range a.ops.undecided {
		out.Findings = append(out.Findings, Finding{f.Symbol, f.Pos.String(), f.Missing})
	}
	return out, nil
}

// Operation is an operation of io_uring, as filters are concerned with it.
type Operation struct {
	Name    string // without IORING_OP_, in small letters: "socket"
	C       string // "IORING_OP_SOCKET"
	Number  uint8
	PDUSize uint8  // bytes of arguments that filters see; 0 for most
	From    string // the first release that shows them, "" if none does
	Always  bool   // every kernel that has filters shows them
	Members []OperationMember
}

// OperationMember is one of an operation's arguments of which kernels do not
// agree in all bits.
type OperationMember struct {
	Offset  uint32 // in the context, in bytes
	Bits    uint32 // those that all kernels agree in
	Warning string // what the others are, and what to write
}

// Operations lists the operations that the headers have, by number.
func (a *Author) Operations() []Operation {
	var out []Operation
	for _, o := range a.ops.list {
		op := Operation{Name: o.Name, C: o.C, Number: o.Number, PDUSize: o.PDUSize, From: o.From, Always: o.Always}
		for _, m := range o.Members {
			op.Members = append(op.Members, OperationMember(m))
		}
		out = append(out, op)
	}
	return out
}

// Arch is an architecture that Linux and Go know.
type Arch struct {
	GOARCH    string
	Kernel    string // as __TARGET_ARCH_ names it: "x86"
	BigEndian bool
}

// ArchClass is architectures that agree in all constants that a filter can
// compare with: one compilation for each byte order serves all of them.
type ArchClass []Arch

// ArchClasses groups all architectures. The first class has most of them.
func (a *Author) ArchClasses() []ArchClass {
	var out []ArchClass
	for _, c := range author.Classes(a.input.Arch) {
		var class ArchClass
		for _, x := range c {
			class = append(class, Arch{x.GOARCH, x.Kernel, x.Big})
		}
		out = append(out, class)
	}
	return out
}

// author reads the headers for what filters need.
func (cfg Config) author() (*author.Input, operations, error) {
	in, err := cfg.load()
	if err != nil {
		return nil, operations{}, err
	}
	bound, _, err := in.bind()
	if err != nil {
		return nil, operations{}, err
	}
	ops, err := in.operations(bound)
	if err != nil {
		return nil, ops, err
	}
	kernel := ""
	if in.manifest != nil {
		kernel = in.manifest.Kernel
	}
	if len(ops.list) == 0 {
		return nil, ops, fmt.Errorf("the tables have no %s: filters are for io_uring's own headers", author.OpsFile)
	}
	return &author.Input{Bound: bound, Ops: ops.list, Arch: in.arch, Kernel: kernel}, ops, nil
}

// operations is what the tables say of filters' operations.
type operations struct {
	list      []author.Op
	undecided []rules.Finding
}

// operations is empty for tables that are not about filters.
func (in *inputs) operations(b *rules.Bound) (o operations, err error) {
	if _, err := fs.Stat(in.tables, author.OpsFile); errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	o.list, o.undecided, err = author.Operations(in.tables, b)
	return o, err
}
