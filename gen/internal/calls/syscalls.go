package calls

import (
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/table"
)

// syscallSet is the system calls.
type syscallSet struct {
	scope   *scope
	bitmaps []bitmap
	index   *table.Row // of the function that encodes an index
	rows    []*syscallRow
	needs   map[string]bool
}

// bitmap is a type of so many bits, in words as the kernel has them.
type bitmap struct{ name, bits, doc string }

// syscallRow is one function.
type syscallRow struct {
	row     table.Row
	name    string
	number  string // constant of the arch's files
	raw     bool   // without telling the scheduler
	env     *env
	ring    string // parameter that may be a registered index
	locals  []*registerRow
	args    []jen.Code
	result  string
	resType *goType
	doc     string
	since   string // "since Linux 5.6"
}

// readSyscalls reads syscalls.tbl.
//
//	function | syscall | params | args | result | doc
//
// Directives, before the other rows:
//
//	@bitmap | type | constant | - | - | doc   a type of that many bits
//	@index  | function | - | - | - | doc      makes a registered index a descriptor
//
// syscall is a constant of the arch's files; "raw" before it leaves the
// scheduler out. A parameter of type ring may be a descriptor or an index.
// args are expressions, and
//
//	registered(p,FLAG)    FLAG where ring p is an index, else 0
//	tag{member=expr …}    the address of a record made from parameters
func (s *Set) readSyscalls(tables fs.FS) ([]Finding, error) {
	rows, err := table.Read(tables, syscallTable, "function", "syscall", "params", "args", "result", "doc")
	if err != nil {
		return nil, err
	}
	out := &syscallSet{needs: map[string]bool{}}
	out.scope = &scope{pkg: s.pkg, locals: map[string]bool{}}
	var errs []error
	seen := map[string]int{}
	for _, r := range rows {
		switch r.Get("function") {
		case "@bitmap":
			out.scope.locals[r.Get("syscall")] = true
			out.bitmaps = append(out.bitmaps, bitmap{r.Get("syscall"), r.Get("params"), r.Get("doc")})
			continue
		case "@index":
			out.index = &r
			continue
		}
		row, err := out.read(r)
		if err != nil {
			errs = append(errs, r.Errorf("%v", err))
			continue
		}
		errs = append(errs, once(seen, row.name, r))
		out.rows = append(out.rows, row)
	}
	s.syscalls = out
	return nil, errors.Join(errs...)
}

func (s *syscallSet) has(name string) bool {
	for _, r := range s.rows {
		if r.name == name {
			return true
		}
	}
	return false
}

func (s *syscallSet) read(r table.Row) (*syscallRow, error) {
	row := &syscallRow{row: r, name: r.Get("function")}
	if err := exported(row.name); err != nil {
		return nil, err
	}
	row.number, row.raw = strings.CutPrefix(r.Get("syscall"), "raw ")
	params, err := s.scope.parseParams(r.Get("params"))
	if err != nil {
		return nil, err
	}
	row.env = &env{scope: s.scope, params: params, needs: s.needs}
	for _, p := range params {
		if p.typ.kind == ring {
			row.ring = p.name
			s.needs["ringIndex"] = true
		}
	}
	args, err := fields(r.Get("args"))
	if err != nil {
		return nil, err
	}
	if len(args) > 6 {
		return nil, fmt.Errorf("%d arguments: a system call has at most 6", len(args))
	}
	if !token.IsIdentifier(row.number) {
		return nil, fmt.Errorf("syscall %q: want a constant", row.number)
	}
	for _, a := range args {
		c, err := row.arg(a)
		if err != nil {
			return nil, fmt.Errorf("argument %s: %w", a, err)
		}
		row.args = append(row.args, c)
	}
	name, typ, ok := strings.Cut(r.Get("result"), ":")
	if !ok {
		return nil, fmt.Errorf("result %q: want name:type", r.Get("result"))
	}
	if row.resType, err = s.scope.parseType(typ); err != nil {
		return nil, err
	}
	row.result = name
	if r.Get("doc") == "" {
		return nil, fmt.Errorf("%s has no doc", row.name)
	}
	if row.doc, row.since, err = row.env.docs(row.name, r.Get("doc"), nil); err != nil {
		return nil, err
	}
	return row, row.env.unused()
}

// arg compiles an argument to a uintptr. Where it is an address the
// conversion stands in the call itself, as package unsafe demands.
func (row *syscallRow) arg(text string) (*jen.Statement, error) {
	if strings.Contains(text, "{") {
		return row.recordArg(text)
	}
	x, err := parseExpr(text)
	if err != nil {
		return nil, err
	}
	terms := x.or
	if len(terms) == 0 {
		terms = []*expr{x}
	}
	var out *jen.Statement
	for _, t := range terms {
		c, err := row.word(t)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = c
		} else {
			out = out.Op("|").Add(c)
		}
	}
	return out, nil
}

// word is the type of what a system call takes.
var word = &goType{kind: integer, name: "uintptr", width: 64}

// word compiles a term to a uintptr.
func (row *syscallRow) word(x *expr) (*jen.Statement, error) {
	if x.call && x.name == "registered" {
		return row.registered(x)
	}
	if p := row.env.param(x.name); p != nil && !x.call {
		switch p.typ.kind {
		case address, pointer:
			c, err := row.env.pointerTo(p)
			if err != nil {
				return nil, err
			}
			return jen.Uintptr().Call(c), nil
		case slice, array, record, host:
			return nil, fmt.Errorf("a %s is no argument of a system call", p.typ.code().GoString())
		}
	}
	return row.env.integer(word, x)
}

func (row *syscallRow) registered(x *expr) (*jen.Statement, error) {
	if len(x.args) != 2 || row.ring == "" || x.args[0].name != row.ring {
		return nil, fmt.Errorf("want registered(%s,FLAG) for a parameter of type ring", row.ring)
	}
	before := len(row.env.consts)
	flag, err := row.env.constant(x.args[1].name)
	if err != nil {
		return nil, err
	}
	row.env.consts = row.env.consts[:before] // the call works without it
	row.env.needs["flagIf"] = true
	word, err := row.env.convert(flag, word)
	if err != nil {
		return nil, err
	}
	return jen.Id("flagIf").Call(jen.Id("registered"), word), nil
}

// recordArg makes a record on the side and hands over its address.
func (row *syscallRow) recordArg(text string) (*jen.Statement, error) {
	local := &registerRow{env: row.env}
	if err := local.readArg(text); err != nil {
		return nil, err
	}
	if local.arg.kind != argLocal {
		return nil, fmt.Errorf("want tag{member=expression …}")
	}
	row.locals = append(row.locals, local)
	return jen.Uintptr().Call(jen.Qual("unsafe", "Pointer").Call(jen.Op("&").Id(argName))), nil
}
