package expr

// Shl is a << b, of which the lowest five bits count.
func (p *Pool) Shl(a, b *Expr) *Expr {
	if b.IsConst() {
		return p.shlConst(a, b.K%32)
	}
	return p.make(Shl, a, count(b), nil, 0)
}

// Shr is a >> b, unsigned, of which the lowest five bits of b count.
func (p *Pool) Shr(a, b *Expr) *Expr {
	if b.IsConst() {
		return p.shrConst(a, b.K%32)
	}
	return p.make(Shr, a, count(b), nil, 0)
}

// Sar is a >> b, signed, of which the lowest five bits of b count.
func (p *Pool) Sar(a, b *Expr) *Expr {
	if b.IsConst() {
		return p.sarConst(a, b.K%32)
	}
	// Shifted as unsigned, the sign bit is where sign says; subtracting it
	// fills the bits above.
	sign := p.Shr(p.Const(1<<31), b)
	return p.Sub(p.Xor(p.Shr(a, b), sign), sign)
}

// count drops masks that a shift applies anyway.
func count(b *Expr) *Expr {
	for {
		x, m := b.Mask()
		if x == b || m&31 != 31 {
			return b
		}
		b = x
	}
}

func (p *Pool) shlConst(a *Expr, n uint32) *Expr {
	switch {
	case n == 0:
		return a
	case n > 31:
		return p.Const(0)
	case a.IsConst():
		return p.Const(a.K << n)
	}
	if x, m := a.Mask(); x != a {
		return p.andConst(p.shlConst(x, n), m<<n)
	}
	if m, ok := a.shiftBy(Shl); ok {
		return p.shlConst(a.A, m+n)
	}
	if m, ok := a.shiftBy(Shr); ok {
		mask := ^uint32(0) >> m << n
		if n >= m {
			return p.andConst(p.shlConst(a.A, n-m), mask)
		}
		return p.andConst(p.shrConst(a.A, m-n), mask)
	}
	if a.Op == Or { // worth it only where the pieces merge
		if e := p.Or(p.shlConst(a.A, n), p.shlConst(a.B, n)); e.Size <= a.Size+2 {
			return e
		}
	}
	return p.make(Shl, a, p.Const(n), nil, 0)
}

func (p *Pool) shrConst(a *Expr, n uint32) *Expr {
	switch {
	case n == 0:
		return a
	case n > 31 || a.Max()>>n == 0:
		return p.Const(0)
	case a.IsConst():
		return p.Const(a.K >> n)
	case a.Op == Swap && n == 24:
		return p.andConst(a.A, 0xff)
	}
	if x, m := a.Mask(); x != a {
		return p.andConst(p.shrConst(x, n), m>>n)
	}
	if m, ok := a.shiftBy(Shr); ok {
		return p.shrConst(a.A, m+n)
	}
	if m, ok := a.shiftBy(Shl); ok {
		mask := ^uint32(0) << m >> n
		if n >= m {
			return p.andConst(p.shrConst(a.A, n-m), mask)
		}
		return p.andConst(p.shlConst(a.A, m-n), mask)
	}
	if a.Op == Or {
		if x, y := p.shrConst(a.A, n), p.shrConst(a.B, n); x.IsConst() || y.IsConst() {
			return p.Or(x, y)
		}
	}
	return p.make(Shr, a, p.Const(n), nil, 0)
}

func (p *Pool) sarConst(a *Expr, n uint32) *Expr {
	switch {
	case n == 0:
		return a
	case a.IsConst():
		return p.Const(uint32(int32(a.K) >> n))
	case a.Zeros>>31 == 1:
		return p.shrConst(a, n)
	}
	if m, ok := a.shiftBy(Sar); ok {
		return p.sarConst(a.A, min(m+n, 31))
	}
	return p.make(Sar, a, p.Const(n), nil, 0)
}
