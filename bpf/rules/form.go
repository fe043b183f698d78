package rules

// form is a rule with its tests brought into one shape, Not carried down to
// them, and those of the same number put together.
type form struct {
	kind   formKind
	accept bool    // of constant
	what   subject // of member
	in     region  // of member
	subs   []*form // of both and either: none is of the same kind, or constant
}

type formKind uint8

const (
	constant formKind = iota
	member            // what is in a region
	both              // all subs hold
	either            // one of subs holds
)

var accepts = map[bool]*form{true: {kind: constant, accept: true}, false: {kind: constant}}

// former makes the form of a rule.
type former struct{ work int } // spans and forms that were looked at

// maxWork bounds the work for rules that are nested to no purpose.
const maxWork = 1 << 20

func (m *former) exhausted() bool { return m.work > maxWork }

// form is the form of a rule that was checked, or of its opposite.
func (m *former) form(r Rule, holds bool) *form {
	r, holds = bare(r, holds)
	switch p := r.get(); p.kind {
	case always:
		return accepts[holds]
	case all, anyOf:
		k := p.combination(holds)
		return m.combine(k, m.gather(nil, k, p.subs, holds))
	case nothing, tooLarge, never:
		return accepts[!holds]
	default:
		what, in := p.test()
		if !holds {
			in = what.complement(in)
		}
		return newMember(what, in)
	}
}

// bare is a rule without those around it that only turn it round.
func bare(r Rule, holds bool) (Rule, bool) {
	for p := r.get(); len(p.subs) == 1; p = r.get() {
		r, holds = p.subs[0], holds != (p.kind == not)
	}
	return r, holds
}

// combination is what all or any of rules, or the opposite, comes to.
func (p *part) combination(holds bool) formKind {
	if (p.kind == all) == holds {
		return both
	}
	return either
}

// gather adds the forms of rules to out, those of rules within rules of the
// same kind one by one.
func (m *former) gather(out []*form, k formKind, rules []Rule, holds bool) []*form {
	for _, r := range rules {
		r, holds := bare(r, holds)
		p := r.get()
		if (p.kind == all || p.kind == anyOf) && p.combination(holds) == k {
			out = m.gather(out, k, p.subs, holds)
		} else {
			out = append(out, m.form(r, holds))
		}
	}
	return out
}

func newMember(what subject, in region) *form {
	if what.field != connectAddr {
		in.numbers = in.numbers.closed(what.mask)
	}
	switch {
	case empty(in):
		return accepts[false]
	case what.whole(in):
		return accepts[true]
	}
	return &form{kind: member, what: what, in: in}
}

// combine is both or either of forms. Those about the same subject become one,
// where the first of them is.
func (m *former) combine(k formKind, subs []*form) *form {
	var out []*form
	place := map[subject]int{} // in out
	regions := map[subject][]region{}
	for _, f := range m.flatten(k, subs) {
		if f.kind == constant {
			if f.accept == (k == either) { // it settles the matter
				return f
			}
			continue
		}
		if f.kind == member {
			regions[f.what] = append(regions[f.what], f.in)
			if len(regions[f.what]) > 1 {
				continue
			}
			place[f.what] = len(out)
		}
		out = append(out, f)
	}
	settled := false
	for what, in := range regions {
		if len(in) > 1 {
			merged := newMember(what, what.merge(k, in))
			out[place[what]] = merged
			settled = settled || merged.kind == constant
		}
	}
	switch {
	case settled:
		return m.combine(k, out)
	case len(out) == 0:
		return accepts[k == both]
	case len(out) == 1:
		return out[0]
	}
	return &form{kind: k, subs: out}
}

// flatten puts the subs of forms of this kind in their place.
func (m *former) flatten(k formKind, forms []*form) []*form {
	var out []*form
	for _, f := range forms {
		if m.exhausted() {
			return nil
		}
		if f.kind == k {
			out = append(out, f.subs...)
		} else {
			out = append(out, f)
		}
		m.work += 1 + len(f.subs) + len(f.in.numbers) + len(f.in.v6)
	}
	return out
}
