package calls

import (
	"fmt"
	"go/token"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

// A goType is the type of a parameter, a member or an expression.
type goType struct {
	kind  typeKind
	name  string  // Go name; of a host type qualified with its package path
	width int     // bits, of an integer of fixed width
	sign  bool    // of an integer
	elem  *goType // of pointer, slice, array
	n     int64   // of array
	rec   *plan.Record
}

type typeKind uint8

const (
	untyped typeKind = iota // an integer constant
	integer
	long    // int or uintptr: as wide as the machine
	address // unsafe.Pointer
	pointer
	slice
	array
	record
	host // a type of the standard library
	ring // an int that names a ring, by descriptor or by registered index
)

var integers = map[string]goType{
	"i8": {name: "int8", width: 8, sign: true}, "u8": {name: "uint8", width: 8},
	"i16": {name: "int16", width: 16, sign: true}, "u16": {name: "uint16", width: 16},
	"i32": {name: "int32", width: 32, sign: true}, "u32": {name: "uint32", width: 32},
	"i64": {name: "int64", width: 64, sign: true}, "u64": {name: "uint64", width: 64},
}

// code is the type in Go.
func (t *goType) code() *jen.Statement {
	switch t.kind {
	case address:
		return jen.Qual("unsafe", "Pointer")
	case pointer:
		return jen.Op("*").Add(t.elem.code())
	case slice:
		return jen.Index().Add(t.elem.code())
	case array:
		return jen.Index(jen.Lit(int(t.n))).Add(t.elem.code())
	case host:
		i := strings.LastIndexByte(t.name, '.')
		return jen.Qual(t.name[:i], t.name[i+1:])
	case ring:
		return jen.Int()
	}
	return jen.Id(t.name)
}

// scope resolves the names that a table uses.
type scope struct {
	pkg      *plan.Package
	receiver *plan.Record      // what ".member" is looked up in; may be nil
	hosts    map[string]string // C name of a type → qualified Go type
	locals   map[string]bool   // Go types that a table itself defines
}

// parseType reads a type: i8…u64, int, uintptr, ptr, ring, *T, []T, [N]T, a
// record's tag, tag.member or .member (that member's type), a constant (its
// type), a defined type, or a host type.
func (s *scope) parseType(text string) (*goType, error) {
	if rest, ok := strings.CutPrefix(text, "*"); ok {
		return s.derived(pointer, rest, 0)
	}
	if rest, ok := strings.CutPrefix(text, "[]"); ok {
		return s.derived(slice, rest, 0)
	}
	if strings.HasPrefix(text, "[") {
		size, rest, _ := strings.Cut(text[1:], "]")
		n, err := strconv.ParseInt(size, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("array length %q in type %q is not a number", size, text)
		}
		return s.derived(array, rest, n)
	}
	if t, ok := integers[text]; ok {
		t.kind = integer
		return &t, nil
	}
	switch text {
	case "int":
		return &goType{kind: long, name: "int", sign: true}, nil
	case "uintptr":
		return &goType{kind: long, name: "uintptr"}, nil
	case "ptr":
		return &goType{kind: address}, nil
	case "ring":
		return &goType{kind: ring}, nil
	}
	return s.named(text)
}

func (s *scope) derived(kind typeKind, elem string, n int64) (*goType, error) {
	e, err := s.parseType(elem)
	if err != nil {
		return nil, err
	}
	return &goType{kind: kind, elem: e, n: n}, nil
}

func (s *scope) named(text string) (*goType, error) {
	if h, ok := s.hosts[text]; ok {
		return &goType{kind: host, name: h}, nil
	}
	if s.locals[text] {
		return &goType{kind: record, name: text}, nil
	}
	if tag, member, ok := strings.Cut(text, "."); ok {
		r := s.receiver
		if tag != "" {
			r = s.pkg.Lookup(tag)
		}
		if r == nil {
			return nil, fmt.Errorf("type %q: no record %q", text, tag)
		}
		a := r.Member(member)
		if a == nil {
			return nil, fmt.Errorf("type %q: %s has no member %q", text, r.C, member)
		}
		return s.goNamed(a.GoType)
	}
	if r := s.pkg.Lookup(text); r != nil {
		return &goType{kind: record, name: r.Name, rec: r}, nil
	}
	if c := s.pkg.Const(text); c != nil {
		if c.Type == "" {
			return nil, fmt.Errorf("type %q: that constant has no type", text)
		}
		return s.goNamed(c.Type)
	}
	if s.pkg.Type(text) != nil {
		return s.goNamed(text)
	}
	return nil, fmt.Errorf("unknown type %q: want an integer such as u32, ptr, a record's tag, tag.member or a constant", text)
}

// goNamed is the type that has this name in the generated package.
func (s *scope) goNamed(name string) (*goType, error) {
	for _, t := range integers {
		if t.name == name {
			t.kind = integer
			return &t, nil
		}
	}
	if d := s.pkg.Type(name); d != nil {
		u, err := s.goNamed(d.Underlying)
		if err != nil {
			return nil, err
		}
		return &goType{kind: integer, name: name, width: u.width, sign: u.sign}, nil
	}
	for _, f := range s.pkg.Files {
		for _, r := range f.Records {
			if r.Name == name {
				return &goType{kind: record, name: name, rec: r}, nil
			}
		}
	}
	return nil, fmt.Errorf("the package has no integer type or record %q", name)
}

// param is a parameter of a function.
type param struct {
	name string
	typ  *goType
	used bool
}

// parseParams reads "name:type name:type".
func (s *scope) parseParams(text string, taken ...string) ([]*param, error) {
	var out []*param
	seen := map[string]bool{}
	for _, t := range taken {
		seen[t] = true
	}
	for _, field := range strings.Fields(text) {
		name, typ, ok := strings.Cut(field, ":")
		if !ok {
			return nil, fmt.Errorf("parameter %q: want name:type", field)
		}
		if !token.IsIdentifier(name) || token.IsExported(name) {
			return nil, fmt.Errorf("parameter %q: want a Go name that starts with a small letter", name)
		}
		if seen[name] {
			return nil, fmt.Errorf("parameter %q: the name is taken", name)
		}
		seen[name] = true
		t, err := s.parseType(typ)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		out = append(out, &param{name: name, typ: t})
	}
	return out, nil
}

func paramCode(params []*param) []jen.Code {
	var out []jen.Code
	for _, p := range params {
		out = append(out, jen.Id(p.name).Add(p.typ.code()))
	}
	return out
}
