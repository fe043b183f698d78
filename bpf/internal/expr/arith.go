package expr

import "math/bits"

// Add is a + b.
func (p *Pool) Add(a, b *Expr) *Expr {
	a, b = order(a, b)
	if b.IsConst() {
		return p.addConst(a, b.K)
	}
	switch {
	case b.Op == Neg:
		return p.Sub(a, b.A)
	case a.Op == Neg:
		return p.Sub(b, a.A)
	case a.Zeros|b.Zeros == ^uint32(0): // no carry: Or knows more simplifications
		return p.Or(a, b)
	}
	return p.make(Add, a, b, nil, 0)
}

func (p *Pool) addConst(a *Expr, k uint32) *Expr {
	switch {
	case k == 0:
		return a
	case a.IsConst():
		return p.Const(a.K + k)
	case a.Op == Add && a.B.IsConst():
		return p.addConst(a.A, a.B.K+k)
	case a.Op == Neg:
		return p.make(Sub, p.Const(k), a.A, nil, 0)
	case a.Op == Sub && a.A.IsConst():
		return p.Sub(p.Const(a.A.K+k), a.B)
	case a.Max()&k == 0:
		return p.Or(a, p.Const(k))
	}
	return p.make(Add, a, p.Const(k), nil, 0)
}

// Sub is a - b.
func (p *Pool) Sub(a, b *Expr) *Expr {
	switch {
	case a == b:
		return p.Const(0)
	case b.IsConst():
		return p.addConst(a, -b.K)
	case a.Is(0):
		return p.Neg(b)
	case b.Op == Neg:
		return p.Add(a, b.A)
	}
	return p.make(Sub, a, b, nil, 0)
}

// Neg is -a.
func (p *Pool) Neg(a *Expr) *Expr {
	switch {
	case a.IsConst():
		return p.Const(-a.K)
	case a.Op == Neg:
		return a.A
	case a.Op == Sub:
		return p.Sub(a.B, a.A)
	case a.Op == Add && a.B.IsConst():
		return p.Sub(p.Const(-a.B.K), a.A)
	}
	return p.make(Neg, a, nil, nil, 0)
}

// Mul is a * b.
func (p *Pool) Mul(a, b *Expr) *Expr {
	a, b = order(a, b)
	if b.IsConst() {
		switch k := b.K; {
		case a.IsConst():
			return p.Const(a.K * k)
		case k == 0:
			return b
		case k == ^uint32(0):
			return p.Neg(a)
		case bits.OnesCount32(k) == 1:
			return p.shlConst(a, uint32(bits.TrailingZeros32(k)))
		case a.Op == Mul && a.B.IsConst():
			return p.Mul(a.A, p.Const(a.B.K*k))
		}
	}
	return p.make(Mul, a, b, nil, 0)
}

// Div is a / b, unsigned; 0 if b is 0.
func (p *Pool) Div(a, b *Expr) *Expr {
	switch {
	case a.Is(0) || b.Is(0):
		return p.Const(0)
	case a.IsConst() && b.IsConst():
		return p.Const(a.K / b.K)
	case b.IsConst() && bits.OnesCount32(b.K) == 1:
		return p.shrConst(a, uint32(bits.TrailingZeros32(b.K)))
	case b.Min() > a.Max():
		return p.Const(0)
	}
	return p.make(Div, a, b, nil, 0)
}

// Mod is the remainder of a / b, unsigned; a if b is 0.
func (p *Pool) Mod(a, b *Expr) *Expr {
	if b.IsConst() && bits.OnesCount32(b.K) == 1 {
		return p.And(a, p.Const(b.K-1))
	}
	return p.Sub(a, p.Mul(p.Div(a, b), b))
}

// MulHigh is the upper word of the 64-bit product a * b.
func (p *Pool) MulHigh(a, b *Expr) *Expr {
	a, b = order(a, b)
	switch {
	case uint64(a.Max())*uint64(b.Max()) < 1<<32:
		return p.Const(0)
	case b.IsConst() && bits.OnesCount32(b.K) == 1:
		return p.shrConst(a, 32-uint32(bits.TrailingZeros32(b.K)))
	}
	low := func(e *Expr) *Expr { return p.And(e, p.Const(0xffff)) }
	high := func(e *Expr) *Expr { return p.shrConst(e, 16) }
	ll, lh := p.Mul(low(a), low(b)), p.Mul(low(a), high(b))
	hl, hh := p.Mul(high(a), low(b)), p.Mul(high(a), high(b))
	middle := p.Add(p.Add(high(ll), low(lh)), low(hl))
	return p.Add(p.Add(p.Add(hh, high(lh)), high(hl)), high(middle))
}

// Less is 1 if a < b, unsigned, else 0.
func (p *Pool) Less(a, b *Expr) *Expr {
	switch {
	case a == b || a.Min() >= b.Max():
		return p.Const(0)
	case a.Max() < b.Min():
		return p.Const(1)
	}
	return p.make(Less, a, b, nil, 0)
}

// Select is x if c is not 0, else y.
func (p *Pool) Select(c, x, y *Expr) *Expr {
	switch {
	case x == y || c.Ones != 0:
		return x
	case c.Is(0):
		return y
	}
	return p.make(Select, c, x, y, 0)
}
