package calls

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// registerSet is the typed helpers for the operations of one system call.
type registerSet struct {
	call   string // function that they all go through
	manual string // man page of the call
	rows   []*registerRow
	needs  map[string]bool
}

// registerRow is one helper.
type registerRow struct {
	row    table.Row
	name   string
	op     *plan.Const
	task   bool // no descriptor: -1
	env    *env
	arg    argument
	nr     *jen.Statement
	result result
	doc    string
	since  string // "since Linux 5.6"
	manual string // where the operation is described, "" if nowhere
}

// result is what a helper returns beside an error.
type result struct {
	name   string
	typ    *goType
	member *jen.Statement // of the argument; nil: the call's own result
	errno  *jen.Statement // member that holds a negated errno
	record bool           // the argument itself
}

// readRegister reads register.tbl.
//
//	op | function | params | arg | nr_args | result | doc
//
// Directives, before the other rows:
//
//	@call | Register  | - | - | - | - | man page         the function, of syscalls.tbl
//	@type | C name    | Go type | - | - | - | -          a type of the standard library
//
// params starts with "task" where the call takes no descriptor. arg is one of
//
//   - nothing
//     p                        what parameter p points to
//     &p                       the address of p itself
//     tag{member=expr …}       a record made from parameters
//     p{member=expr …}         *p, with these members set first
//     flex(tag,member,s){…}    a record with the slice s behind it
//     flexout(tag,member,s){…} the same, and s is filled in by the kernel
//
// result is - (an error only), name:type (what the call returned),
// name:type=member (of arg), name:*tag (arg itself); "!member" after it
// names a member of arg that holds a negated errno.
func (s *Set) readRegister(tables fs.FS) ([]Finding, error) {
	rows, err := table.Read(tables, registerTable, "op", "function", "params", "arg", "nr_args", "result", "doc")
	if err != nil {
		return nil, err
	}
	out := &registerSet{needs: map[string]bool{}}
	sc := &scope{pkg: s.pkg, hosts: map[string]string{}}
	if s.syscalls != nil {
		sc.locals = s.syscalls.scope.locals
	}
	var errs []error
	seen, covered := map[string]int{}, map[string]bool{}
	opType := ""
	for _, r := range rows {
		switch r.Get("op") {
		case "@call":
			out.call, out.manual = r.Get("function"), r.Get("doc")
			continue
		case "@type":
			sc.hosts[r.Get("function")] = r.Get("params")
			continue
		}
		row, err := out.read(sc, r)
		if err != nil {
			errs = append(errs, r.Errorf("%v", err))
			continue
		}
		errs = append(errs, once(seen, row.name, r))
		covered[row.op.Name] = true
		opType = row.op.Type
		out.rows = append(out.rows, row)
	}
	if out.call == "" || s.syscalls == nil || !s.syscalls.has(out.call) {
		errs = append(errs, fmt.Errorf("%s: want a row @call that names a function of %s", registerTable, syscallTable))
	}
	s.register = out
	return uncovered(s.pkg, opType, covered, registerTable), errors.Join(errs...)
}

func (s *registerSet) read(sc *scope, r table.Row) (*registerRow, error) {
	row := &registerRow{row: r, name: r.Get("function"), manual: s.manual}
	if err := exported(row.name); err != nil {
		return nil, err
	}
	if row.op = sc.pkg.Const(r.Get("op")); row.op == nil {
		return nil, fmt.Errorf("the headers have no operation %q: remove the row, or the header is older than the table", r.Get("op"))
	}
	text, task := strings.CutPrefix(r.Get("params")+" ", "task ")
	row.task = task
	params, err := sc.parseParams(text, fdName, "err")
	if err != nil {
		return nil, err
	}
	row.env = &env{scope: sc, params: params, needs: s.needs, consts: []*plan.Const{row.op}}
	if !task {
		fd := &param{name: fdName, typ: &goType{kind: ring}, used: true}
		row.env.params = append([]*param{fd}, params...)
	}
	if err := row.readArg(r.Get("arg")); err != nil {
		return nil, err
	}
	nr := r.Get("nr_args")
	if nr == "" {
		return nil, fmt.Errorf("nr_args is missing: say 0 where the kernel wants none")
	}
	x, err := parseExpr(nr)
	if err != nil {
		return nil, err
	}
	if row.nr, err = row.env.integer(u32, x); err != nil {
		return nil, fmt.Errorf("nr_args: %w", err)
	}
	if err := row.readResult(r.Get("result")); err != nil {
		return nil, fmt.Errorf("result: %w", err)
	}
	if r.Get("doc") == "" {
		return nil, fmt.Errorf("%s has no doc", row.name)
	}
	if row.doc, row.since, err = row.env.docs(row.name, r.Get("doc"), row.op); err != nil {
		return nil, err
	}
	return row, row.env.unused()
}

func (row *registerRow) readResult(text string) error {
	for _, f := range strings.Fields(text) {
		if name, ok := strings.CutPrefix(f, "!"); ok {
			var err error
			if row.result.errno, err = row.field(name, nil); err != nil {
				return err
			}
			continue
		}
		name, typ, ok := strings.Cut(f, ":")
		if !ok || row.result.name != "" {
			return fmt.Errorf("%q: want name:type, name:type=member or !member", f)
		}
		typ, member, fromArg := strings.Cut(typ, "=")
		t, err := row.env.parseType(typ)
		if err != nil {
			return err
		}
		row.result.name, row.result.typ = name, t
		switch {
		case fromArg:
			if row.result.member, err = row.field(member, t); err != nil {
				return err
			}
		case t.kind == pointer:
			if t.elem.rec == nil || t.elem.rec != row.arg.target || row.arg.kind == argMember {
				return fmt.Errorf("%q: the argument is not that record", f)
			}
			row.result.record = true
		case t.name != "int":
			return fmt.Errorf("%q: the call returns an int", f)
		}
	}
	return nil
}

// field is a plain member of the argument, of type t unless that is nil.
func (row *registerRow) field(path string, t *goType) (*jen.Statement, error) {
	if row.arg.target == nil {
		return nil, fmt.Errorf("member %s: arg is not a record", path)
	}
	base, m, _, err := row.member(path)
	if err != nil {
		return nil, err
	}
	if m.Field == "" {
		return nil, fmt.Errorf("member %s is not a field", path)
	}
	if t != nil && t.name != m.FieldType {
		return nil, fmt.Errorf("member %s is of type %s, not %s", path, m.FieldType, t.name)
	}
	return base.Dot(m.Field), nil
}
