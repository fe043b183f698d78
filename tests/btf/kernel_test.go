package btf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// fromBTF collects what a kernel says of the names that the headers have.
func fromBTF(spec *btf.Spec, names *claim) (*claim, error) {
	c := &claim{records: map[string]*record{}, consts: map[string][]int64{}}
	for name := range names.records {
		r, err := kernelRecord(spec, name)
		if err != nil {
			return nil, fmt.Errorf("BTF of %s: %w", name, err)
		}
		if r != nil {
			c.records[name] = r
		}
	}
	for typ, err := range spec.All() {
		if err != nil {
			return nil, err
		}
		if e, ok := typ.(*btf.Enum); ok {
			addEnum(c, e, names)
		}
	}
	return c, nil
}

func addEnum(c *claim, e *btf.Enum, names *claim) {
	for _, v := range e.Values {
		if names.consts[v.Name] == nil {
			continue
		}
		n := int64(v.Value)
		if e.Signed && e.Size == 4 {
			n = int64(int32(v.Value))
		}
		c.consts[v.Name] = append(c.consts[v.Name], n)
	}
}

// kernelRecord is nil where the kernel has no record of that name.
func kernelRecord(spec *btf.Spec, name string) (*record, error) {
	types, err := spec.AnyTypesByName(name)
	if errors.Is(err, btf.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, typ := range types {
		size, members := composite(btf.UnderlyingType(typ))
		if members == nil {
			continue
		}
		r := &record{size: size}
		return r, flatten(r, "", 0, members)
	}
	return nil, nil
}

func composite(typ btf.Type) (size int64, members []btf.Member) {
	switch t := typ.(type) {
	case *btf.Struct:
		return int64(t.Size), t.Members
	case *btf.Union:
		return int64(t.Size), t.Members
	}
	return 0, nil
}

// flatten lists members by path. Those of a record without a tag belong to the
// record around it; such a record that has a member's name adds that name to
// the path.
func flatten(r *record, prefix string, base int64, members []btf.Member) error {
	for _, m := range members {
		off := base + int64(m.Offset)
		if m.Name != "" {
			size, err := btf.Sizeof(m.Type)
			if err != nil {
				return err
			}
			bits := int64(size) * 8
			if m.BitfieldSize != 0 {
				bits = int64(m.BitfieldSize)
			}
			r.members = append(r.members, &member{prefix + m.Name, off, bits, spelling(m.Type)})
		}
		inner := m.Type
		if inner.TypeName() != "" {
			continue // a record of its own
		}
		p := prefix
		if m.Name != "" {
			p += m.Name + "."
		}
		if _, sub := composite(inner); sub != nil {
			if err := flatten(r, p, off, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// spelling is the type as the source has it, "" where that cannot be told.
func spelling(typ btf.Type) string {
	switch t := typ.(type) {
	case *btf.Typedef, *btf.Int:
		return t.TypeName()
	case *btf.Const:
		return spelling(t.Type)
	case *btf.Array:
		elem := spelling(t.Type)
		switch {
		case elem == "":
			return ""
		case t.Nelems == 0:
			return elem + "[]"
		}
		return fmt.Sprintf("%s[%d]", elem, t.Nelems)
	case *btf.Struct:
		return tagged("struct", t.Name)
	case *btf.Union:
		return tagged("union", t.Name)
	case *btf.Enum:
		return tagged("enum", t.Name)
	}
	return ""
}

func tagged(keyword, tag string) string {
	if tag == "" {
		return ""
	}
	return keyword + " " + tag
}
