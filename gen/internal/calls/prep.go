package calls

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// prepSet is the methods that fill in a record.
type prepSet struct {
	scope  *scope
	doc    string       // for the package
	opcode *plan.Access // member that holds the operation
	prefix string       // of library function names
	rows   []*prepRow
	needs  map[string]bool
}

// prepRow is one method.
type prepRow struct {
	row     table.Row
	method  string
	twin    string // function of the C library with the same effect
	env     *env
	modify  bool // leaves what it does not name as it is
	fields  []store
	setters []store
	op      *plan.Const
	memory  string
	doc     string
	since   string // "since Linux 5.6"
}

// store is a value on its way into a member.
type store struct {
	offset int64
	size   int64
	name   string // field or setter
	member string
	code   *jen.Statement
}

// readPrep reads prep.tbl.
//
//	method | op | liburing | params | assigns | memory | doc
//
// The first row is a directive that says what is filled in:
//
//	@record | tag | prefix of library functions | - | member of the operation | - | doc of the package
//
// The doc of the package has its paragraphs separated by "//". An op of "+" is a method that changes a record that was filled in before.
func (s *Set) readPrep(tables fs.FS) ([]Finding, error) {
	rows, err := table.Read(tables, prepTable, "method", "op", "liburing", "params", "assigns", "memory", "doc")
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].Get("method") != "@record" {
		return nil, fmt.Errorf("%s: the first row must be @record, with the tag of the record that is filled in", prepTable)
	}
	set, err := newPrepSet(s.pkg, rows[0])
	if err != nil {
		return nil, err
	}
	var errs []error
	seen, covered := map[string]int{}, map[string]bool{}
	for _, r := range rows[1:] {
		p, err := set.read(r)
		if err != nil {
			errs = append(errs, r.Errorf("%v", err))
			continue
		}
		errs = append(errs, once(seen, p.method, r))
		if p.op != nil {
			covered[p.op.Name] = true
		}
		set.rows = append(set.rows, p)
	}
	s.prep = set
	return uncovered(s.pkg, set.opcode.GoType, covered, prepTable), errors.Join(errs...)
}

func newPrepSet(p *plan.Package, r table.Row) (*prepSet, error) {
	rec := p.Lookup(r.Get("op"))
	if rec == nil {
		return nil, r.Errorf("the headers have no record %q", r.Get("op"))
	}
	opcode := rec.Member(r.Get("assigns"))
	if opcode == nil || opcode.Field == "" {
		return nil, r.Errorf("%s has no plain member %q for the operation", rec.C, r.Get("assigns"))
	}
	return &prepSet{
		scope:  &scope{pkg: p, receiver: rec},
		doc:    r.Get("doc"),
		opcode: opcode,
		prefix: r.Get("liburing"),
		needs:  map[string]bool{},
	}, nil
}

func (s *prepSet) read(r table.Row) (*prepRow, error) {
	p := &prepRow{row: r, method: r.Get("method"), twin: r.Get("liburing")}
	if err := s.checkName(p); err != nil {
		return nil, err
	}
	params, err := s.scope.parseParams(r.Get("params"), receiverName)
	if err != nil {
		return nil, err
	}
	p.env = &env{scope: s.scope, params: params, needs: s.needs}
	assigns, err := parseAssigns(r.Get("assigns"))
	if err != nil {
		return nil, err
	}
	if p.modify = r.Get("op") == "+"; !p.modify {
		if p.op = s.scope.pkg.Const(r.Get("op")); p.op == nil {
			return nil, fmt.Errorf("the headers have no operation %q: remove the row, or the header is older than the table", r.Get("op"))
		}
		assigns = append([]assign{{s.opcode.C, &expr{name: p.op.Name}}}, assigns...)
	}
	for _, a := range assigns {
		if err := p.store(s.scope, a); err != nil {
			return nil, err
		}
	}
	if err := p.env.unused(); err != nil {
		return nil, err
	}
	if p.memory, err = memoryDoc(r.Get("memory"), params); err != nil {
		return nil, err
	}
	if r.Get("doc") == "" {
		return nil, fmt.Errorf("%s has no doc", p.method)
	}
	if p.doc, p.since, err = p.env.docs(p.method, r.Get("doc"), p.op); err != nil {
		return nil, err
	}
	return p, p.overlap()
}

// checkName keeps method and library names in step: one can be found from
// the other.
func (s *prepSet) checkName(p *prepRow) error {
	if err := exported(p.method); err != nil {
		return err
	}
	if p.twin == "" {
		if !strings.HasPrefix(p.method, "Prep") {
			return fmt.Errorf("method %q: want a name that starts with Prep", p.method)
		}
		return nil
	}
	rest, ok := strings.CutPrefix(p.twin, s.prefix)
	if !ok {
		return fmt.Errorf("library function %q does not start with %s", p.twin, s.prefix)
	}
	want := "Prep"
	for w := range strings.SplitSeq(rest, "_") {
		if w != "" {
			want += strings.ToUpper(w[:1]) + w[1:]
		}
	}
	if p.method != want {
		return fmt.Errorf("method %q: the name made of %s is %s", p.method, p.twin, want)
	}
	return nil
}

// store resolves one assignment.
func (p *prepRow) store(s *scope, a assign) error {
	m := s.receiver.Member(a.member)
	if m == nil {
		return fmt.Errorf("%s has no member %q", s.receiver.C, a.member)
	}
	if m.Kind != plan.Scalar || m.Field == "" && m.Setter == "" {
		return fmt.Errorf("member %s cannot be assigned to", a.member)
	}
	st := store{offset: m.Offset, size: m.Size, name: m.Field, member: a.member}
	typ := m.FieldType
	if m.Field == "" {
		st.name, typ = m.Setter, m.GoType
	}
	t, err := s.goNamed(typ)
	if err != nil {
		return fmt.Errorf("member %s: %w", a.member, err)
	}
	if st.code, err = p.env.integer(t, a.value); err != nil {
		return fmt.Errorf("member %s: %w", a.member, err)
	}
	if m.Field == "" {
		p.setters = append(p.setters, st)
	} else {
		p.fields = append(p.fields, st)
	}
	return nil
}

// overlap finds two members of a union that are both assigned, and puts the
// stores in the record's order.
func (p *prepRow) overlap() error {
	byOffset := func(a, b store) int { return int(a.offset - b.offset) }
	all := slices.SortedStableFunc(slices.Values(append(slices.Clone(p.fields), p.setters...)), byOffset)
	for i := 1; i < len(all); i++ {
		if all[i-1].offset+all[i-1].size > all[i].offset {
			return fmt.Errorf("members %s and %s share bytes", all[i-1].member, all[i].member)
		}
	}
	slices.SortStableFunc(p.fields, byOffset)
	slices.SortStableFunc(p.setters, byOffset)
	return nil
}
