package layout_test

import (
	"testing"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// FuzzCompute lays out whatever the bytes say, sense or nonsense: an error or
// a layout that is possible, never a panic.
func FuzzCompute(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x01\x05\x00\x01\x03\x02\x04\x00\x06\x07\x08\x09"))
	f.Add([]byte{3, 0, 0, 0, 7, 2, 0, 0, 0, 6, 0, 0, 0, 1, 255, 255, 9, 9, 9, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		u := (&maker{data: data}).unit()
		for _, x := range target.All() {
			l, err := layout.Compute(u, x)
			if err != nil {
				continue
			}
			for _, r := range u.Records {
				checkPossible(t, r, l.Record(r))
				l.Flatten(r)
				slots, _ := l.Holes(r)
				checkSlots(t, slots)
			}
		}
	})
}

// checkPossible holds a layout against what is true of any.
func checkPossible(t *testing.T, r *model.Record, x layout.Record) {
	t.Helper()
	if x.Align < 1 || x.Align&(x.Align-1) != 0 || x.Size < 0 || x.Size%x.Align != 0 || len(x.Members) != len(r.Members) {
		t.Fatalf("impossible: size %d, align %d, %d of %d members", x.Size, x.Align, len(x.Members), len(r.Members))
	}
	end := int64(0)
	for i, m := range x.Members {
		bits := m.Size * 8
		if r.Members[i].Bitfield {
			bits = r.Members[i].Bits
		}
		if m.Offset != m.BitOffset/8 || m.BitOffset < 0 || m.BitOffset+bits > x.Size*8 {
			t.Fatalf("member %d at bit %d with %d bits is outside of %d bytes", i, m.BitOffset, bits, x.Size)
		}
		if r.Kind == model.Struct {
			if m.BitOffset < end {
				t.Fatalf("member %d at bit %d lies on the one before, which ends at %d", i, m.BitOffset, end)
			}
			end = m.BitOffset + bits
		} else if m.BitOffset != 0 {
			t.Fatalf("member %d of a union is at bit %d", i, m.BitOffset)
		}
		if !r.Members[i].Bitfield && m.Offset%m.Align != 0 {
			t.Fatalf("member %d at %d is not aligned to %d", i, m.Offset, m.Align)
		}
	}
}

func checkSlots(t *testing.T, slots []layout.Slot) {
	t.Helper()
	for i, s := range slots {
		if s.Bits < 0 || s.BitOffset < 0 || s.Kind != layout.MemberSlot && s.Bits == 0 {
			t.Fatalf("slot %d: %d bits at %d", i, s.Bits, s.BitOffset)
		}
	}
}

// maker makes a unit of bytes.
type maker struct {
	data []byte
	recs []*model.Record
}

func (m *maker) next() int64 {
	if len(m.data) == 0 {
		return 0
	}
	b := m.data[0]
	m.data = m.data[1:]
	return int64(b)
}

// odd is mostly 0, seldom something that hurts.
func (m *maker) odd() int64 {
	list := [...]int64{0, 0, 0, 0, 0, 0, -1, 1, 2, 4, 8, 16, 3, -2, 1 << 28, 1 << 62}
	return list[m.next()%int64(len(list))]
}

func (m *maker) unit() *model.Unit {
	for range 1 + m.next()%4 {
		m.recs = append(m.recs, &model.Record{})
	}
	for _, r := range m.recs {
		r.Kind = model.RecordKind(m.next() % 2)
		r.Packed = m.next()%4 == 1
		r.Aligned, r.Pack = m.odd(), m.odd()
		for i := range m.next() % 6 {
			t := m.typ(3)
			x := &model.Member{Name: string(rune('a' + i)), Type: t, Packed: m.next()%8 == 1, Aligned: m.odd()}
			if m.next()%3 == 1 {
				x.Bitfield, x.Bits = true, m.next()%70-1
				if x.Bits%2 == 0 {
					x.Name = ""
				}
			}
			r.Members = append(r.Members, x)
		}
	}
	return &model.Unit{Records: m.recs}
}

func (m *maker) typ(depth int) *model.Type {
	t := &model.Type{Kind: model.TypeKind(m.next() % 10), Base: model.Base(m.next() % 18), Aligned: m.odd()}
	switch t.Kind {
	case model.EnumType:
		t.Enum = &model.Enum{Base: t.Base}
	case model.Array:
		if t.Len = m.odd(); depth > 0 {
			t.Elem = m.typ(depth - 1)
		}
	case model.RecordType:
		if i := m.next(); int(i) < len(m.recs) {
			t.Record = m.recs[i]
			if t.Record.Parent == nil && len(m.recs) > 1 {
				t.Record.Parent = m.recs[0]
			}
		}
	}
	return t
}
