package layout

import (
	"errors"
	"fmt"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// cursor is a record under construction. Positions are in bits, so that
// bit-fields and other members share one account.
type cursor struct {
	union   bool
	packed  bool
	pack    int64 // #pragma pack, bytes; 0 none
	unnamed bool  // unnamed bit-fields align the record (AAPCS)
	limit   int64 // bits

	next  int64 // first bit after what has been placed; of a union, its end
	align int64 // bytes
}

// field is what has to be placed.
type field struct {
	named    bool
	packed   bool
	size     int64 // bytes, of the type
	align    int64 // bytes, of the type
	explicit int64 // bytes, from an attribute on the member; 0 none
	bits     int64 // width of a bit-field
}

// place puts a member that is not a bit-field.
func (c *cursor) place(f field) (Member, error) {
	align := f.align
	if f.packed {
		align = 1
	}
	// An attribute on the member raises what packed has lowered; the pragma
	// limits both.
	align = max(align, f.explicit)
	if c.pack > 0 {
		align = min(align, c.pack)
	}
	start, err := c.claim(roundUp(c.next, align*8), f.size*8)
	if err != nil {
		return Member{}, err
	}
	c.align = max(c.align, align)
	return Member{Offset: start / 8, BitOffset: start, Size: f.size, Align: align}, nil
}

// placeBits puts a bit-field: at the next free bit, unless it would then
// reach over more of its type's storage units than one, or is told to start
// anew by zero width or an attribute. (What ABIs call
// PCC_BITFIELD_TYPE_MATTERS.)
func (c *cursor) placeBits(f field) (Member, error) {
	if c.pack > 0 && f.explicit > c.pack {
		return Member{}, fmt.Errorf("compilers disagree about a bit-field aligned to %d under #pragma pack(%d)", f.explicit, c.pack)
	}
	align := max(f.align, f.explicit)
	switch {
	case f.bits == 0:
	case c.pack > 0:
		// Where a record is packed and under the pragma, the pragma counts.
		align = min(align, c.pack)
	case f.packed:
		align = max(1, f.explicit)
	}
	start, err := c.claim(c.bitStart(f, align*8), f.bits)
	if err != nil {
		return Member{}, err
	}
	if f.named || c.unnamed {
		c.align = max(c.align, align)
	}
	return Member{Offset: start / 8, BitOffset: start, Size: f.size, Align: align}, nil
}

// bitStart is the first bit of a bit-field; align is in bits.
func (c *cursor) bitStart(f field, align int64) int64 {
	switch {
	case f.bits == 0:
		return roundUp(c.next, align)
	case c.pack == 0 && !f.packed && c.next%align+f.bits > f.size*8:
		// Packed or under the pragma, bit-fields are never moved for this.
		return roundUp(c.next, align)
	case f.explicit > 0:
		return roundUp(c.next, f.explicit*8)
	}
	return c.next
}

// claim takes bits from start on and is the place they begin at: start in a
// struct, 0 in a union, whose members all lie on each other.
func (c *cursor) claim(start, bits int64) (int64, error) {
	if c.union {
		c.next = max(c.next, bits)
		return 0, nil
	}
	if start > c.limit || bits > c.limit-start {
		return 0, errors.New("the record grows too large here")
	}
	c.next = start + bits
	return start, nil
}

// finish is the size and alignment of the record, in bytes.
func (c *cursor) finish() (size, align int64) {
	return roundUp((c.next+7)/8, c.align), c.align
}

// checkBits refuses bit-fields that C does not have.
func checkBits(m *model.Member, size int64) error {
	width := size * 8
	switch m.Type.Kind {
	case model.Int, model.EnumType:
	case model.Bool:
		width = 1
	default:
		return errors.New("only integers can be bit-fields")
	}
	switch {
	case m.Bits < 0:
		return fmt.Errorf("bit-field width %d is negative", m.Bits)
	case m.Bits > width:
		return fmt.Errorf("bit-field width %d exceeds the %d bits of its type", m.Bits, width)
	case m.Bits == 0 && m.Name != "":
		return errors.New("only an unnamed bit-field can have width 0")
	}
	return nil
}

// roundUp is the next multiple of a, which is a power of two.
func roundUp(n, a int64) int64 { return (n + a - 1) &^ (a - 1) }
