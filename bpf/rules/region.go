package rules

import "slices"

// subject is what is tested: a field without the bits outside of a mask. All
// tests of the address have the same one.
type subject struct {
	field fieldID
	mask  uint64
}

// region is values that a subject can have. Of addresses it is those of IPv4
// and those of IPv6, and whether other families are in it, too.
type region struct {
	numbers set // or IPv4 addresses
	v6      set
	rest    bool
}

// most is the largest of the numbers.
func (s subject) most() value {
	if s.field == connectAddr {
		return ones(32)
	}
	return value{0, under(s.mask)}
}

func (s subject) complement(r region) region {
	out := region{numbers: r.numbers.complement(s.most())}
	if s.field == connectAddr {
		out.v6, out.rest = r.v6.complement(ones(128)), !r.rest
	}
	return out
}

// whole tells that the region has all values of the subject.
func (s subject) whole(r region) bool {
	return empty(s.complement(r))
}

func empty(r region) bool { return len(r.numbers)+len(r.v6) == 0 && !r.rest }

// merge is what is in both or either of regions.
func (s subject) merge(k formKind, regions []region) region {
	var sum region
	for _, r := range regions {
		if k == both {
			r = s.complement(r)
		}
		sum.numbers = append(sum.numbers, r.numbers...)
		sum.v6 = append(sum.v6, r.v6...)
		sum.rest = sum.rest || r.rest
	}
	sum.numbers, sum.v6 = normal(sum.numbers), normal(sum.v6)
	if k == both {
		return s.complement(sum)
	}
	return sum
}

// test is the subject of a test, and for which of its values the test holds.
func (p *part) test() (subject, region) {
	f := p.field.get()
	if p.kind == addressIn {
		return subject{field: connectAddr}, p.addressRegion()
	}
	what := subject{p.field, f.mask}
	var in set
	switch p.kind {
	case oneOf, maskedOneOf:
		for _, v := range p.values {
			in = append(in, number(v))
		}
	case between:
		in = set{{value{0, p.values[0]}, value{0, min(p.values[1], f.mask)}}}
	case hasAll:
		in = set{number(p.mask)}
	default: // no bit is set; hasAny is the opposite
		in = set{number(0)}
	}
	switch p.kind {
	case maskedOneOf, hasAll, hasAny, hasNone:
		what.mask = p.mask
	case hasOnly:
		what.mask &^= p.mask
	}
	r := region{numbers: normal(in)}
	if p.kind == hasAny {
		r = what.complement(r)
	}
	return what, r
}

func (p *part) addressRegion() region {
	var r region
	for _, x := range p.prefixes {
		if x.Addr().Is4() {
			r.numbers = append(r.numbers, addressSpan(x))
		} else {
			r.v6 = append(r.v6, addressSpan(x))
		}
	}
	r.numbers, r.v6 = normal(r.numbers), normal(r.v6)
	if p.field == connectAddr {
		return r
	}
	m := addressSpan(mapped)
	r.v6 = r.v6.without(set{m}, ones(128))
	for _, x := range r.numbers {
		r.v6 = append(r.v6, span{m.low.withBelow(1, x.low), m.low.withBelow(1, x.high)})
	}
	r.v6 = normal(slices.Clip(r.v6))
	return r
}
