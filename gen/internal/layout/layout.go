// Package layout says where a C compiler puts things: the size and alignment
// of every record of a model on one target, and the offset of every member.
//
// It follows the rules that GCC and clang share on Linux (the System V ABIs,
// AAPCS for the two ARMs), with the attributes and pragmas that change them.
// It asks no compiler and reads no header: model and target are all it sees.
package layout

import (
	"maps"
	"slices"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Layout holds the layouts of all records of a unit on one target. It does
// not change once computed and may be used by many goroutines.
type Layout struct {
	Target  *target.Target
	records map[*model.Record]*Record
}

// Record is where a struct's or union's members are.
type Record struct {
	Size, Align int64    // bytes
	Members     []Member // parallel to model.Record.Members
}

// Member is where one member is, from the start of its record.
type Member struct {
	Offset int64 // bytes; of a bit-field, the byte that its first bit is in

	// BitOffset is the position of the first bit of a bit-field, counted in
	// the order in which the ABI allocates bits: from the least significant
	// bit of a byte on little-endian targets, from the most significant on
	// big-endian ones. For other members it is Offset*8.
	BitOffset int64

	Size  int64 // bytes, of the declared type; 0 for a flexible array
	Align int64 // bytes, as placed: packed, aligned and #pragma pack applied
}

// Compute lays out all records of u for t. Every fault found is reported,
// the first ten at most, as an *Error with the place of the member at fault;
// a record that only contains a faulty one is not reported again.
func Compute(u *model.Unit, t *target.Target) (*Layout, error) {
	e := &engine{
		types:   types{target: t},
		records: make(map[*model.Record]*Record, len(u.Records)),
		failed:  map[*model.Record]bool{},
	}
	e.types.record = e.layOut
	for _, r := range u.Records {
		if r == nil {
			e.fail(model.Pos{}, "the model holds a nil record")
			continue
		}
		// What went wrong is in e.faults.
		_, _ = e.layOut(r)
	}
	if err := e.err(); err != nil {
		return nil, err
	}
	return &Layout{Target: t, records: e.records}, nil
}

// Record is the layout of a record of the unit. For a record that the unit
// does not know it is the zero value.
func (l *Layout) Record(r *model.Record) Record {
	if x := l.records[r]; x != nil {
		return *x
	}
	return Record{}
}

// Type is the size and alignment of a type as a member's type. Both are 0
// for what has no size: void, functions, records that the unit does not know.
func (l *Layout) Type(t *model.Type) (size, align int64) {
	ty := types{target: l.Target, record: func(r *model.Record) (*Record, error) {
		if x := l.records[r]; x != nil {
			return x, nil
		}
		return nil, errElsewhere
	}}
	size, align, err := ty.shape(t, true)
	if err != nil {
		return 0, 0
	}
	return size, align
}

// Equal tells that two layouts of one unit put everything in the same places,
// with the same alignments.
func (l *Layout) Equal(o *Layout) bool {
	return maps.EqualFunc(l.records, o.records, func(a, b *Record) bool {
		return a.Size == b.Size && a.Align == b.Align && slices.Equal(a.Members, b.Members)
	})
}
