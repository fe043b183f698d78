// Package literals reads packages of translated filters as the compiler would
// for any architecture, without building them.
package literals

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/bpf/cbpf"
)

// Package is the filters of a folder, as they are on one system.
type Package struct {
	Files    []string                // base names of those that are compiled there
	Programs map[string]cbpf.Program // by the name of their variable
	Funcs    map[string][]Filter     // by the name of the function; empty for filters of any operation
}

// Filter is an element of what a function of the package returns.
type Filter struct {
	Op      string // "IORING_OP_SOCKET"
	PDUSize uint8
	Program cbpf.Program
}

// Read reads the Go files of a folder that belong to a system. A program that
// has two definitions there is an error, as it is for the compiler.
func Read(dir, goos, goarch string) (*Package, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	p := &Package{Programs: map[string]cbpf.Program{}, Funcs: map[string][]Filter{}}
	var files []*ast.File
	system := build.Context{GOOS: goos, GOARCH: goarch, Compiler: "gc"}
	for _, e := range entries {
		matches, err := system.MatchFile(dir, e.Name())
		if err != nil {
			return nil, err
		}
		if !matches || filepath.Ext(e.Name()) != ".go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		p.Files = append(p.Files, e.Name())
		if err := p.programs(f); err != nil {
			return nil, fmt.Errorf("%s for %s/%s: %w", e.Name(), goos, goarch, err)
		}
	}
	for _, f := range files {
		if err := p.funcs(f); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", goos, goarch, err)
		}
	}
	return p, nil
}

// programs takes in the variables of a file.
func (p *Package) programs(f *ast.File) error {
	for _, d := range f.Decls {
		gd, ok := d.(*ast.GenDecl)
		if !ok || gd.Tok != token.VAR {
			continue
		}
		spec := gd.Specs[0].(*ast.ValueSpec)
		name := spec.Names[0].Name
		if _, ok := p.Programs[name]; ok {
			return fmt.Errorf("%s is defined twice", name)
		}
		program := cbpf.Program{}
		for _, e := range spec.Values[0].(*ast.CompositeLit).Elts {
			in, err := instruction(e.(*ast.CompositeLit))
			if err != nil {
				return err
			}
			program = append(program, in)
		}
		p.Programs[name] = program
	}
	return nil
}

func instruction(lit *ast.CompositeLit) (in cbpf.Instruction, err error) {
	for name, e := range fields(lit) {
		n, err := number(e)
		if err != nil {
			return in, err
		}
		switch name {
		case "Op":
			in.Op = uint16(n)
		case "JT":
			in.JT = uint8(n)
		case "JF":
			in.JF = uint8(n)
		case "K":
			in.K = uint32(n)
		default:
			return in, fmt.Errorf("an instruction has no field %s", name)
		}
	}
	return in, nil
}

// funcs takes in the functions of a file.
func (p *Package) funcs(f *ast.File) error {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		filters := []Filter{}
		ret, ok := fn.Body.List[0].(*ast.ReturnStmt)
		if ok {
			for _, e := range ret.Results[0].(*ast.CompositeLit).Elts {
				filter, err := p.filter(fields(e.(*ast.CompositeLit)))
				if err != nil {
					return fmt.Errorf("%s: %w", fn.Name.Name, err)
				}
				filters = append(filters, filter)
			}
		}
		p.Funcs[fn.Name.Name] = filters
	}
	return nil
}

// filter reads {Op: uint8(uapi.NAME), PDUSize: 12, Program: slices.Clone(name[:])}.
func (p *Package) filter(of map[string]ast.Expr) (f Filter, err error) {
	f.Op = of["Op"].(*ast.CallExpr).Args[0].(*ast.SelectorExpr).Sel.Name
	if size, ok := of["PDUSize"]; ok {
		n, err := number(size)
		if err != nil {
			return f, err
		}
		f.PDUSize = uint8(n)
	}
	name := of["Program"].(*ast.CallExpr).Args[0].(*ast.SliceExpr).X.(*ast.Ident).Name
	program, ok := p.Programs[name]
	if !ok {
		return f, fmt.Errorf("%s is not defined", name)
	}
	f.Program = program
	return f, nil
}

func fields(lit *ast.CompositeLit) map[string]ast.Expr {
	out := map[string]ast.Expr{}
	for _, e := range lit.Elts {
		kv := e.(*ast.KeyValueExpr)
		out[kv.Key.(*ast.Ident).Name] = kv.Value
	}
	return out
}

func number(e ast.Expr) (uint64, error) {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return 0, fmt.Errorf("%v is no number", e)
	}
	return strconv.ParseUint(strings.ReplaceAll(lit.Value, "_", ""), 0, 32)
}
