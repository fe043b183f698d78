package expr

import "math/bits"

// Known works out which bits of e are surely 0 and which surely 1 from what is
// known of its operands.
func Known(e *Expr, of func(*Expr) (zeros, ones uint32)) (zeros, ones uint32) {
	switch e.Op {
	case Const:
		return ^e.K, e.K
	case And:
		az, ao := of(e.A)
		bz, bo := of(e.B)
		return az | bz, ao & bo
	case Or:
		az, ao := of(e.A)
		bz, bo := of(e.B)
		return az & bz, ao | bo
	case Xor:
		az, ao := of(e.A)
		bz, bo := of(e.B)
		return az&bz | ao&bo, az&bo | ao&bz
	case Shl, Shr:
		return knownShift(e, of)
	case Sar:
		az, ao := of(e.A)
		return uint32(int32(az) >> e.B.K), uint32(int32(ao) >> e.B.K)
	case Add:
		az, _ := of(e.A)
		bz, _ := of(e.B)
		low := min(bits.TrailingZeros32(^az), bits.TrailingZeros32(^bz))
		return highZeros(uint64(^az)+uint64(^bz)) | lowZeros(low), 0
	case Mul:
		az, _ := of(e.A)
		bz, _ := of(e.B)
		low := bits.TrailingZeros32(^az) + bits.TrailingZeros32(^bz)
		return highZeros(uint64(^az)*uint64(^bz)) | lowZeros(low), 0
	case Div:
		az, _ := of(e.A)
		return ^below(^az), 0
	case Swap:
		az, ao := of(e.A)
		return bits.ReverseBytes32(az), bits.ReverseBytes32(ao)
	case Less:
		return ^uint32(1), 0
	case Select:
		bz, bo := of(e.B)
		cz, co := of(e.C)
		return bz & cz, bo & co
	default:
		return 0, 0
	}
}

func knownShift(e *Expr, of func(*Expr) (uint32, uint32)) (zeros, ones uint32) {
	az, ao := of(e.A)
	if n, ok := e.shiftBy(Shl); ok {
		return az<<n | lowZeros(int(n)), ao << n
	}
	if n, ok := e.shiftBy(Shr); ok {
		return az>>n | ^(^uint32(0) >> n), ao >> n
	}
	if e.Op == Shr {
		return ^below(^az), 0
	}
	return lowZeros(bits.TrailingZeros32(^az)), 0
}

// highZeros is the high bits that no number up to most has.
func highZeros(most uint64) uint32 {
	if most >= 1<<32 {
		return 0
	}
	return ^below(uint32(most))
}

// lowZeros is the n lowest bits.
func lowZeros(n int) uint32 {
	if n >= 32 {
		return ^uint32(0)
	}
	return 1<<n - 1
}
