package layout

import (
	"errors"
	"fmt"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// types sizes types on a target; record lays out the records they contain.
type types struct {
	target *target.Target
	record func(*model.Record) (*Record, error)
}

// maxSize is the largest object, in bytes. It is what a pointer difference
// can hold, and small enough on 64 bits for sizes in bits to fit an int64.
func (ty *types) maxSize() int64 {
	if ty.target.Bits == 32 {
		return 1<<31 - 1
	}
	return 1 << 59
}

// maxAlign is the largest alignment that GCC accepts in an attribute.
const maxAlign = 1 << 28

// explicit turns an aligned attribute's value into bytes: 0 for none, the
// target's largest for an attribute without argument.
func (ty *types) explicit(n int64) (int64, error) {
	switch {
	case n == -1:
		return ty.target.MaxAlign, nil
	case n < 0 || n > maxAlign || n&(n-1) != 0:
		return 0, fmt.Errorf("alignment %d is not a power of two up to %d", n, maxAlign)
	}
	return n, nil
}

// shape is the size and alignment of t. A typedef's aligned attribute
// replaces the natural alignment, even by a smaller one, and leaves the size
// alone. open allows an array without length.
func (ty *types) shape(t *model.Type, open bool) (size, align int64, err error) {
	if t == nil {
		return 0, 0, errors.New("it has no type")
	}
	size, align, err = ty.natural(t, open)
	if err != nil || t.Aligned == 0 {
		return size, align, err
	}
	align, err = ty.explicit(t.Aligned)
	return size, align, err
}

func (ty *types) natural(t *model.Type, open bool) (size, align int64, err error) {
	switch t.Kind {
	case model.Bool:
		return 1, 1, nil
	case model.Int, model.Float:
		return ty.scalar(t, t.Base)
	case model.EnumType:
		if t.Enum == nil {
			return 0, 0, fmt.Errorf("incomplete type %s: nothing defines it", spelling(t))
		}
		return ty.scalar(t, t.Enum.Base)
	case model.Pointer:
		n := int64(ty.target.Bits / 8)
		return n, n, nil
	case model.Array:
		return ty.array(t, open)
	case model.RecordType:
		if t.Record == nil {
			return 0, 0, fmt.Errorf("incomplete type %s: nothing defines it; include the header that does", spelling(t))
		}
		r, err := ty.record(t.Record)
		if err != nil {
			return 0, 0, err
		}
		return r.Size, r.Align, nil
	}
	return 0, 0, fmt.Errorf("type %s has no size", spelling(t))
}

func (ty *types) scalar(t *model.Type, b model.Base) (size, align int64, err error) {
	wide := b == model.Int128 || b == model.UInt128
	size, align = ty.target.Size(b), ty.target.Align(b)
	if size <= 0 || align <= 0 || wide && ty.target.Bits == 32 {
		return 0, 0, fmt.Errorf("type %s has no known size on %s", spelling(t), ty.target.GOARCH)
	}
	return size, align, nil
}

func (ty *types) array(t *model.Type, open bool) (size, align int64, err error) {
	if t.Len < -1 {
		return 0, 0, fmt.Errorf("array length %d is negative", t.Len)
	}
	if t.Len == -1 && !open {
		return 0, 0, errors.New("an array without length can only be the outermost dimension of a record's last member")
	}
	size, align, err = ty.shape(t.Elem, false)
	if err != nil {
		return 0, 0, err
	}
	n := max(t.Len, 0)
	switch {
	case size > 0 && n > ty.maxSize()/size:
		return 0, 0, fmt.Errorf("array of %d elements of %d bytes is too large for %s", n, size, ty.target.GOARCH)
	case size%align != 0:
		return 0, 0, fmt.Errorf("array elements of %d bytes cannot be aligned to %d: C has no gaps in arrays", size, align)
	}
	return size * n, align, nil
}

func spelling(t *model.Type) string {
	switch {
	case t.C != "":
		return t.C
	case t.Kind == model.Func:
		return "function"
	case t.Kind == model.Void:
		return "void"
	}
	return "without name"
}
