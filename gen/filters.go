package gen

import (
	"github.com/uringgen/uringgen/gen/internal/filters"
)

// FilterPackage is translated filters that are to be written as Go. Whoever
// translates fills it in: nothing here knows of compilers or of eBPF.
type FilterPackage struct {
	Name    string // of the Go package
	Doc     string // goes on after "Package NAME"; "" for none
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
	Source   string // where it stands: "socket.bpf.c:7"
	AnyOp    bool   // one program is for all operations that the caller of the Go function names
	Programs []FilterProgram
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

// Filters makes Go files of filters. The output's files are named after the
// source, so that several sources can go into one package: FilterFiles tells
// which of a package's files are those of a source.
func Filters(p FilterPackage) (*Output, error) {
	files, err := filters.Emit(p.internal())
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
func FilterFiles(sources ...string) FileSet {
	return FileSet{
		Marked: GoFiles.Marked,
		Ours: func(name string) bool {
			for _, s := range sources {
				if filters.Of(s, name) {
					return true
				}
			}
			return false
		},
	}
}

func (p FilterPackage) internal() *filters.Package {
	out := &filters.Package{Name: p.Name, Doc: p.Doc, Source: p.Source}
	for _, in := range p.Inputs {
		out.Inputs = append(out.Inputs, filters.Input(in))
	}
	for _, f := range p.Filters {
		x := filters.Filter{Name: f.Name, Doc: f.Doc, Source: f.Source, AnyOp: f.AnyOp}
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
