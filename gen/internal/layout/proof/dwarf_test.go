package proof_test

import (
	"debug/dwarf"
	"debug/elf"
	"testing"
)

// debugInfo reads from an object's debug information what the files that
// wanted selects declare.
func debugInfo(t testing.TB, object string, wanted func(file string) bool) listing {
	t.Helper()
	f, err := elf.Open(object)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	d := debugReader{wanted: wanted, nodes: map[dwarf.Offset]*node{}, out: listing{}, named: map[*node]bool{}}
	if err := d.load(data); err != nil {
		t.Fatal(err)
	}
	for _, n := range d.order {
		if d.declares(n) {
			d.entry(n)
		}
	}
	return d.out
}

// node is an entry with those below it. The entries are read as they are and
// not through dwarf.Data.Type, which takes some arrays for empty.
type node struct {
	*dwarf.Entry
	below []*node
}

func (n *node) name() string { s, _ := n.Val(dwarf.AttrName).(string); return s }

func (n *node) number(a dwarf.Attr) int64 { v, _ := n.Val(a).(int64); return v }

func (n *node) isRecord() bool {
	return n != nil && (n.Tag == dwarf.TagStructType || n.Tag == dwarf.TagUnionType)
}

type debugReader struct {
	wanted  func(file string) bool
	files   []*dwarf.LineFile
	nodes   map[dwarf.Offset]*node
	order   []*node
	out     listing
	address int64          // size of a pointer
	named   map[*node]bool // records without tag that a typedef has named
}

func (d *debugReader) load(data *dwarf.Data) error {
	r := data.Reader()
	var stack []*node
	for {
		e, err := r.Next()
		if err != nil || e == nil {
			return err
		}
		if e.Tag == 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		n := &node{Entry: e}
		d.nodes[e.Offset] = n
		d.order = append(d.order, n)
		if len(stack) > 0 {
			up := stack[len(stack)-1]
			up.below = append(up.below, n)
		}
		if e.Children {
			stack = append(stack, n)
		}
		if e.Tag == dwarf.TagCompileUnit {
			lines, err := data.LineReader(e)
			if err != nil {
				return err
			}
			d.files, d.address = lines.Files(), int64(r.AddressSize())
		}
	}
}

// declares tells whether a wanted file declares n.
func (d *debugReader) declares(n *node) bool {
	i, ok := n.Val(dwarf.AttrDeclFile).(int64)
	if !ok || i < 0 || int(i) >= len(d.files) || d.files[i] == nil {
		return false
	}
	return d.wanted(d.files[i].Name)
}

// entry lists a declaration. A record without tag goes by the first typedef
// that names it.
func (d *debugReader) entry(n *node) {
	switch n.Tag {
	case dwarf.TagStructType:
		d.record(n, "struct "+n.name(), n.name())
	case dwarf.TagUnionType:
		d.record(n, "union "+n.name(), n.name())
	case dwarf.TagTypedef:
		if of := d.typeOf(n); of.isRecord() && of.name() == "" && !d.named[of] {
			d.named[of] = true
			d.record(of, n.name(), n.name())
		}
	case dwarf.TagEnumerationType:
		if n.name() != "" {
			d.out.add("enum "+n.name(), n.number(dwarf.AttrByteSize))
		}
		for _, k := range n.below {
			d.out.add("enumerator "+k.name(), k.number(dwarf.AttrConstValue))
		}
	}
}

func (d *debugReader) record(n *node, ref, name string) {
	if name == "" || n.Val(dwarf.AttrDeclaration) != nil {
		return
	}
	d.out.add("rec "+ref, n.number(dwarf.AttrByteSize))
	d.members(n, "fld "+ref+".", 0)
}

func (d *debugReader) members(n *node, prefix string, base int64) {
	for _, m := range n.below {
		if m.Tag != dwarf.TagMember {
			continue
		}
		at := base + m.number(dwarf.AttrDataMemberLoc)*8 + m.number(dwarf.AttrDataBitOffset)
		inner := d.element(d.typeOf(m))
		if m.name() == "" {
			if inner.isRecord() {
				d.members(inner, prefix, at)
			}
			continue
		}
		if bits, ok := m.Val(dwarf.AttrBitSize).(int64); ok {
			d.out.add(prefix+m.name(), at, "bits", bits)
		} else {
			d.out.add(prefix+m.name(), at, "size", d.size(d.typeOf(m)))
		}
		if inner.isRecord() && inner.name() == "" {
			d.members(inner, prefix+m.name()+".", at)
		}
	}
}

// typeOf is the type of an entry, nil for void.
func (d *debugReader) typeOf(n *node) *node {
	off, ok := n.Val(dwarf.AttrType).(dwarf.Offset)
	if !ok {
		return nil
	}
	return d.nodes[off]
}

// element looks through arrays and qualifiers, but not through typedefs: a
// record that is reached through one is not defined in place.
func (d *debugReader) element(n *node) *node {
	for n != nil && (n.Tag == dwarf.TagArrayType || n.Tag == dwarf.TagConstType || n.Tag == dwarf.TagVolatileType) {
		n = d.typeOf(n)
	}
	return n
}

// size is the size of a type, 0 for an array without length.
func (d *debugReader) size(n *node) int64 {
	if n == nil {
		return 0
	}
	if size, ok := n.Val(dwarf.AttrByteSize).(int64); ok {
		return size
	}
	switch n.Tag {
	case dwarf.TagArrayType:
		size := d.size(d.typeOf(n))
		for _, dim := range n.below {
			size *= dim.number(dwarf.AttrCount)
		}
		return size
	case dwarf.TagPointerType:
		return d.address
	}
	return d.size(d.typeOf(n))
}

// wanted selects the files that a unit has read.
func wanted(tr tree, x arch, files []string) func(string) bool {
	set := map[string]bool{}
	for _, f := range files {
		set[f] = true
	}
	return func(file string) bool { return set[tr.relative(x, file)] }
}
