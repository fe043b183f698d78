package gen

import (
	"slices"

	"github.com/uringgen/uringgen/gen/internal/filters"
)

// FilterPackage is what one source of filters brings to a Go package. Whoever
// translates fills it in: nothing here knows of compilers or of eBPF.
type FilterPackage struct {
	Name    string // of the Go package
	Stem    string // what the names of its files begin with: "socket"
	Source  string // base name of the C source: "socket.bpf.c"
	Inputs  []FilterInput
	Filters []FilterFunc
}

// FilterInput is a file that filters were made from; it is named at the head
// of each generated file.
type FilterInput struct {
	Name   string
	SHA256 string // hex
}

// FilterFunc is a filter: a function in C, and one in Go that gives its
// programs.
type FilterFunc struct {
	Name     string // in C
	Doc      string // goes on after the Go name; "" for none
	Source   string // base name of the file that it stands in
	AnyOp    bool   // one program is for all operations that the caller of the Go function names
	Sizes    []FilterSize
	Programs []FilterProgram
}

// FilterSize is how many bytes of arguments an operation shows to filters. With
// AnyOp a filter is declared to be written for those that are named.
type FilterSize struct {
	Op      string // "IORING_OP_SOCKET"
	PDUSize uint8
}

// FilterProgram is what a filter is for one operation on one architecture.
// Where a filter has none, it denies everything.
type FilterProgram struct {
	Op           string // "IORING_OP_SOCKET"; "" with AnyOp
	PDUSize      uint8  // bytes of arguments that it was written for
	GOARCH       string
	Instructions []FilterInstruction
}

// FilterInstruction is one of classic BPF.
type FilterInstruction struct {
	Op     uint16
	JT, JF uint8
	K      uint32
	Text   string // disassembly, for a comment
	Place  string // the line of C that it comes from; "" to say nothing
}

// Filters makes Go files of the sources of one package. Each source has files
// of its own, and FilterFiles tells which of a package's files those are: other
// sources can be written to the same folder at another time.
func Filters(sources ...FilterPackage) (*Output, error) {
	var list []*filters.Package
	for _, p := range sources {
		list = append(list, p.internal())
	}
	files, err := filters.Emit(list...)
	if err != nil {
		return nil, err
	}
	out := &Output{}
	for _, f := range files {
		out.Files = append(out.Files, File(f))
	}
	return out, nil
}

// FilterFiles tells the files that Filters makes of sources, for WriteFiles.
func FilterFiles(sources ...FilterPackage) FileSet {
	return FileSet{
		Marked: GoFiles.Marked,
		Ours: func(name string) bool {
			return slices.ContainsFunc(sources, func(p FilterPackage) bool { return p.internal().Owns(name) })
		},
	}
}

func (p FilterPackage) internal() *filters.Package {
	out := &filters.Package{Name: p.Name, Stem: p.Stem, Source: p.Source}
	for _, in := range p.Inputs {
		out.Inputs = append(out.Inputs, filters.Input(in))
	}
	for _, f := range p.Filters {
		x := filters.Filter{Name: f.Name, Doc: f.Doc, Source: f.Source, AnyOp: f.AnyOp}
		for _, size := range f.Sizes {
			x.Sizes = append(x.Sizes, filters.Size(size))
		}
		for _, q := range f.Programs {
			y := filters.Program{Op: q.Op, PDUSize: q.PDUSize, GOARCH: q.GOARCH}
			for _, in := range q.Instructions {
				y.Instructions = append(y.Instructions, filters.Instruction(in))
			}
			x.Programs = append(x.Programs, y)
		}
		out.Filters = append(out.Filters, x)
	}
	return out
}
