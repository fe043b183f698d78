package layout

import "github.com/uringgen/uringgen/gen/internal/model"

// SlotKind says what a line of a record's map stands for.
type SlotKind uint8

// The kinds of slot.
const (
	MemberSlot  SlotKind = iota // a member
	HoleSlot                    // bits between two members of a struct that belong to neither
	PaddingSlot                 // bits after the last member that fill up the record
)

// Slot is one line of a record's map.
type Slot struct {
	Kind   SlotKind
	Depth  int           // of nesting: 0 for the record's own members
	Owner  *model.Record // the record that the slot belongs to
	Member *model.Member // of a MemberSlot
	// InPlace is the record that Member's declaration defines, whose slots
	// follow one deeper; nil if it defines none.
	InPlace *model.Record
	// BitOffset and Bits are the extent, from the start of the outermost
	// record.
	BitOffset, Bits int64
}

// Offset is the byte that the slot begins in.
func (s Slot) Offset() int64 { return s.BitOffset / 8 }

// Whole tells that the slot is made of whole bytes.
func (s Slot) Whole() bool { return s.BitOffset%8 == 0 && s.Bits%8 == 0 }

// Sum says how the bits of a record are used.
type Sum struct {
	Members  int   // slots of members at all depths
	Holes    int   // how many, at all depths
	HoleBits int64 // in all holes
	Padding  int64 // bits of padding at all depths
}

// Holes maps a record as pahole does: each member, what it defines in place,
// and between them what no member covers. The arms of a union lie on each
// other; holes within an arm are listed, space behind a short arm is not.
func (l *Layout) Holes(r *model.Record) ([]Slot, Sum) {
	var m mapper
	m.l = l
	m.record(r, 0, 0)
	return m.slots, m.sum
}

type mapper struct {
	l     *Layout
	slots []Slot
	sum   Sum
}

func (p *mapper) record(r *model.Record, depth int, base int64) {
	where := p.l.Record(r)
	if len(where.Members) != len(r.Members) {
		return // not a record of this unit
	}
	end := int64(0) // of what is covered so far
	for i, m := range r.Members {
		at, bits := where.Members[i], where.Members[i].Size*8
		if m.Bitfield {
			bits = m.Bits
		}
		if r.Kind == model.Struct && at.BitOffset > end && bits+at.Size > 0 {
			p.gap(HoleSlot, r, depth, base+end, at.BitOffset-end)
		}
		end = max(end, at.BitOffset+bits)
		inner := m.InPlace(r)
		p.slots = append(p.slots, Slot{
			Depth: depth, Owner: r, Member: m, InPlace: inner,
			BitOffset: base + at.BitOffset, Bits: bits,
		})
		p.sum.Members++
		if inner != nil {
			p.record(inner, depth+1, base+at.BitOffset)
		}
	}
	if size := where.Size * 8; size > end {
		p.gap(PaddingSlot, r, depth, base+end, size-end)
	}
}

func (p *mapper) gap(k SlotKind, r *model.Record, depth int, from, bits int64) {
	p.slots = append(p.slots, Slot{Kind: k, Depth: depth, Owner: r, BitOffset: from, Bits: bits})
	if k == HoleSlot {
		p.sum.Holes++
		p.sum.HoleBits += bits
		return
	}
	p.sum.Padding += bits
}
