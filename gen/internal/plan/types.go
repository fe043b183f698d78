package plan

import (
	"fmt"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// goType is how a C type is written in Go.
type goType struct {
	name   string
	align  int64 // that Go needs for it
	scalar bool  // one integer or float, no array and no record
	float  bool
	signed bool
}

// typeOf maps the type of a member. path is where tables may say more of it.
func (x *builder) typeOf(t *model.Type, path string) (goType, error) {
	switch t.Kind {
	case model.Int:
		return x.intType(t, t.Base, path)
	case model.EnumType:
		return x.intType(t, t.Enum.Base, path)
	case model.Bool:
		return goType{name: "uint8", align: 1, scalar: true}, nil
	case model.Float:
		switch t.Base {
		case model.FloatBase:
			return goType{name: "float32", align: 4, scalar: true, float: true}, nil
		case model.Double:
			return goType{name: "float64", align: 8, scalar: true, float: true}, nil
		}
	case model.Array:
		e, err := x.typeOf(t.Elem, "")
		if e.name == "uint8" {
			e.name = "byte"
		}
		return goType{name: fmt.Sprintf("[%d]%s", max(t.Len, 0), e.name), align: e.align}, err
	case model.RecordType:
		if r := x.records[t.Record]; r != nil {
			x.record(t.Record)
			return goType{name: r.Name, align: x.aligns[r.Name]}, nil
		}
	case model.Pointer:
		return goType{}, fmt.Errorf("a pointer is as wide as the machine, and one Go file serves all targets; a header of fixed layout would use __u64")
	}
	return goType{}, fmt.Errorf("its type %s has no counterpart in Go", t.C)
}

// intType maps an integer: to the type that the tables give the member or
// its typedef, else by size and sign.
func (x *builder) intType(t *model.Type, base model.Base, path string) (goType, error) {
	switch base {
	case model.Long, model.ULong:
		return goType{}, fmt.Errorf("%s is as wide as the machine, and one Go file serves all targets; a header of fixed layout would use __u32 or __u64", t.C)
	case model.Int128, model.UInt128:
		return goType{}, fmt.Errorf("%s has no counterpart in Go", t.C)
	}
	size := x.b.Layout.Target.Size(base)
	g := goType{align: size, scalar: true, signed: x.b.Layout.Target.Signed(base) && base != model.Char}
	g.name = fmt.Sprintf("int%d", size*8)
	if !g.signed {
		// Plain char too, whatever its sign on a target: it holds bytes.
		g.name = "u" + g.name
	}
	if f := x.b.Carried(path); f != nil {
		g.name = f.Type
	} else if h := x.b.Helper(t.C); h != "" {
		g.name = h
		x.helpers[h] = true
	}
	return g, nil
}
