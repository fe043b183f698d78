package calls

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// argument is what the third argument of the call points to.
type argument struct {
	kind   argKind
	code   *jen.Statement // of argPointer: an unsafe.Pointer
	target *plan.Record   // record that members are set in
	name   string         // variable that holds it
	sets   []set
	slice  *param       // of argArray
	elems  *plan.Access // flexible member of argArray
	out    bool         // of argArray: the kernel fills it in
}

type argKind uint8

const (
	argNone    argKind = iota
	argPointer         // a parameter
	argLocal           // a record of the helper's own
	argArray           // a record of the helper's own, with an array behind it
	argMember          // a parameter's record, some members set first
)

// set assigns to a member of a record, in place.
type set struct {
	offset int64
	field  string         // of a plain field of the record itself
	target *jen.Statement // what is assigned to, or the setter to call
	call   bool
	code   *jen.Statement
}

// readArg reads the arg column.
func (row *registerRow) readArg(text string) error {
	e := row.env
	switch {
	case text == "":
		return nil
	case strings.HasPrefix(text, "&"):
		p := e.param(text[1:])
		if p == nil {
			return fmt.Errorf("arg %q: no such parameter", text)
		}
		row.arg = argument{kind: argPointer, code: jen.Qual("unsafe", "Pointer").Call(jen.Op("&").Id(p.name))}
		return nil
	case !strings.Contains(text, "{"):
		return row.pointerArg(text)
	}
	head, body, ok := strings.Cut(text, "{")
	body, closed := strings.CutSuffix(body, "}")
	if !ok || !closed {
		return fmt.Errorf("arg %q: want name{member=expression …}", text)
	}
	if err := row.recordArg(head); err != nil {
		return fmt.Errorf("arg %q: %w", text, err)
	}
	assigns, err := parseAssigns(body)
	if err != nil {
		return err
	}
	for _, a := range assigns {
		st, err := row.set(a)
		if err != nil {
			return fmt.Errorf("arg: %w", err)
		}
		row.arg.sets = append(row.arg.sets, st)
	}
	slices.SortStableFunc(row.arg.sets, func(a, b set) int { return int(a.offset - b.offset) })
	return nil
}

// pointerArg is a parameter handed over as it is. A slice may hold pointers
// of its own, which must not point into a stack that can move.
func (row *registerRow) pointerArg(name string) error {
	p := row.env.param(name)
	if p == nil {
		return fmt.Errorf("arg %q: no such parameter", name)
	}
	var c *jen.Statement
	if p.typ.kind == slice {
		row.env.needs["list"] = true
		c = jen.Id("list").Call(jen.Id(p.name))
	} else {
		var err error
		if c, err = row.env.pointerTo(p); err != nil {
			return fmt.Errorf("arg: %w", err)
		}
	}
	if p.typ.kind == slice && p.typ.elem.kind == host {
		row.env.needs["escape"] = true
		c = jen.Id("escape").Call(c)
		row.env.pinned = append(row.env.pinned, p)
	}
	row.arg = argument{kind: argPointer, code: c}
	return nil
}

// recordArg reads what stands before the braces.
func (row *registerRow) recordArg(head string) error {
	if p := row.env.param(head); p != nil {
		if p.typ.kind != pointer || p.typ.elem.rec == nil {
			return fmt.Errorf("parameter %s is not a pointer to a record", head)
		}
		row.arg = argument{kind: argMember, target: p.typ.elem.rec, name: p.name,
			code: jen.Qual("unsafe", "Pointer").Call(jen.Id(p.name))}
		return nil
	}
	if !strings.Contains(head, "(") {
		row.arg = argument{kind: argLocal, target: row.env.pkg.Lookup(head), name: argName}
		if row.arg.target == nil {
			return fmt.Errorf("no record and no parameter %q", head)
		}
		return nil
	}
	x, err := parseExpr(head)
	if err != nil {
		return err
	}
	if x.name != "flex" && x.name != "flexout" || len(x.args) != 3 {
		return fmt.Errorf("want flex(tag,member,slice) or flexout(tag,member,slice)")
	}
	rec := row.env.pkg.Lookup(x.args[0].name)
	if rec == nil {
		return fmt.Errorf("no record %q", x.args[0].name)
	}
	m := rec.Member(x.args[1].name)
	if m == nil || m.Kind != plan.Flexible {
		return fmt.Errorf("%s has no flexible array %q", rec.C, x.args[1].name)
	}
	p, err := row.env.sliceParam(x.args[2])
	if err != nil {
		return err
	}
	if p.typ.elem.name != strings.TrimPrefix(m.GoType, "[]") {
		return fmt.Errorf("%s is a slice of %s, the array of %s", p.name, p.typ.elem.name, m.GoType)
	}
	row.env.needs["behind"] = true
	row.arg = argument{kind: argArray, target: rec, name: argName, slice: p, elems: m, out: x.name == "flexout"}
	return nil
}

// set resolves "member.member=expr" in the record of the argument.
func (row *registerRow) set(a assign) (set, error) {
	base, m, offset, err := row.member(a.member)
	if err != nil {
		return set{}, err
	}
	if m.Kind != plan.Scalar || m.Field == "" && m.Setter == "" {
		return set{}, fmt.Errorf("member %s cannot be assigned to", a.member)
	}
	out := set{offset: offset, target: base.Dot(m.Field)}
	if !strings.Contains(a.member, ".") {
		out.field = m.Field
	}
	typ := m.FieldType
	if m.Field == "" {
		out.target, out.call, typ = base.Dot(m.Setter), true, m.GoType
	}
	t, err := row.env.goNamed(typ)
	if err != nil {
		return set{}, fmt.Errorf("member %s: %w", a.member, err)
	}
	if out.code, err = row.env.integer(t, a.value); err != nil {
		return set{}, fmt.Errorf("member %s: %w", a.member, err)
	}
	return out, nil
}

// member walks a path of members; base is what the last one belongs to.
func (row *registerRow) member(path string) (base *jen.Statement, m *plan.Access, offset int64, err error) {
	rec := row.arg.target
	base = jen.Id(row.arg.name)
	parts := strings.Split(path, ".")
	for i, part := range parts {
		if m = rec.Member(part); m == nil {
			return nil, nil, 0, fmt.Errorf("%s has no member %q", rec.C, part)
		}
		offset += m.Offset
		if i == len(parts)-1 {
			break
		}
		t, err := row.env.goNamed(strings.TrimPrefix(m.GoType, "*"))
		if err != nil || t.rec == nil {
			return nil, nil, 0, fmt.Errorf("member %s of %s is not a record", part, rec.C)
		}
		if m.Field != "" {
			base = base.Dot(m.Field)
		} else {
			base = base.Dot(m.Getter).Call()
		}
		rec = t.rec
	}
	return base, m, offset, nil
}
