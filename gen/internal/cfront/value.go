package cfront

import (
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// value is what a constant expression evaluates to. An integer's bits are
// extended to 64 as its type says. Of a pointer, or of an object reached
// through one, typ is set and bits are its address.
type value struct {
	base  model.Base // of an integer; NoBase for anything else
	bits  uint64
	place bool // an object, not a pointer
	float float64
	isFlo bool
	text  string
	isStr bool
	typ   *model.Type
}

func (v value) isInt() bool { return v.base != model.NoBase }

// arith is C's integer arithmetic on one target.
type arith struct{ t *target.Target }

// fit cuts bits to an integer type's size and extends them to 64 again.
func (a arith) fit(bits uint64, base model.Base) value {
	size := a.t.Size(base)
	if size > 0 && size < 8 {
		shift := 64 - size*8
		if a.t.Signed(base) {
			bits = uint64(int64(bits<<shift) >> shift)
		} else {
			bits = bits << shift >> shift
		}
	}
	return value{base: base, bits: bits}
}

// model is a value as the model has it, with its sign apart.
func (a arith) model(v value) model.Value {
	return model.Value{Bits: v.bits, Negative: a.t.Signed(v.base) && int64(v.bits) < 0}
}

// promote is C's integer promotion: what is smaller than int becomes int.
func (a arith) promote(v value) value {
	if a.t.Size(v.base) < 4 {
		return a.fit(v.bits, model.IntBase)
	}
	return v
}

// rank orders the integer types from int on.
func rank(b model.Base) int {
	switch b {
	case model.Long, model.ULong:
		return 1
	case model.LongLong, model.ULongLong:
		return 2
	case model.Int128, model.UInt128:
		return 3
	}
	return 0
}

// common is the type that C's usual conversions give two promoted operands.
func (a arith) common(x, y model.Base) model.Base {
	if x == y {
		return x
	}
	sx, sy := a.t.Signed(x), a.t.Signed(y)
	if sx == sy {
		if rank(x) >= rank(y) {
			return x
		}
		return y
	}
	if sx {
		x, y = y, x // x is the unsigned one
	}
	switch {
	case rank(x) >= rank(y):
		return x
	case a.t.Size(y) > a.t.Size(x):
		return y
	}
	return unsigned(y)
}

// balance converts two operands to their common type.
func (a arith) balance(x, y value) (value, value) {
	x, y = a.promote(x), a.promote(y)
	c := a.common(x.base, y.base)
	return a.fit(x.bits, c), a.fit(y.bits, c)
}

func truth(v bool) value {
	if v {
		return value{base: model.IntBase, bits: 1}
	}
	return value{base: model.IntBase}
}

// sizeT is the type of sizeof.
func (a arith) sizeT() model.Base {
	if a.t.Bits == 32 {
		return model.UInt
	}
	return model.ULong
}
