package rules

import "net/netip"

// Rule is a condition on a request. Rules are immutable: they can be shared,
// copied, and used from several goroutines at once. The zero value is not a
// rule: what holds it does not compile.
type Rule struct{ part *part }

// part is a rule, with its arguments as they were given.
type part struct {
	kind     kind
	subs     []Rule         // of all, anyOf and not
	field    fieldID        // of tests
	mask     uint64         // of tests of bits
	values   []uint64       // of oneOf and maskedOneOf; the two bounds of between
	prefixes []netip.Prefix // of addressIn
	size     int            // parts and values, those of subs included
}

// kind is what a part does.
type kind uint8

const (
	nothing     kind = iota // the zero Rule
	tooLarge                // more than maxSize parts
	always                  // holds for every request
	never                   // holds for none
	all                     // all subs hold
	anyOf                   // one of subs holds
	not                     // the only sub does not hold
	oneOf                   // the field has one of values
	between                 // the field is values[0] to values[1], both included
	hasAll                  // all bits of mask are set
	hasAny                  // a bit of mask is set
	hasNone                 // no bit of mask is set
	hasOnly                 // no bit but those of mask is set
	maskedOneOf             // the bits of mask are as in one of values
	addressIn               // the address lies in one of prefixes
)

// maxSize is how many parts and values a rule may have, one that is used twice
// counted twice. It bounds the work of everything that looks at a rule.
const maxSize = 1 << 17

// Accept is the rule that holds for every request.
func Accept() Rule { return newRule(part{kind: always}) }

// Deny is the rule that holds for no request.
func Deny() Rule { return newRule(part{kind: never}) }

// All holds if all of the rules do. Without rules it is an error, lest an empty
// list accept everything.
func All(rules ...Rule) Rule { return newRule(part{kind: all, subs: copied(rules)}) }

// Any holds if one of the rules does. Without rules it is an error.
func Any(rules ...Rule) Rule { return newRule(part{kind: anyOf, subs: copied(rules)}) }

// Not holds if the rule does not. Mind what it lets in: no port but 22 is every
// request whose address has no port, and no address of one family is every
// address of another.
func Not(rule Rule) Rule { return newRule(part{kind: not, subs: []Rule{rule}}) }

func newRule(p part) Rule {
	p.size = 1 + len(p.values) + len(p.prefixes)
	for _, r := range p.subs {
		p.size += r.get().size
		if p.size > maxSize {
			break
		}
	}
	if p.size > maxSize {
		p = part{kind: tooLarge, size: maxSize} // and so is every rule with it
	}
	return Rule{&p}
}

var zero part

// get is the rule's part, of the zero Rule too.
func (r Rule) get() *part {
	if r.part == nil {
		return &zero
	}
	return r.part
}

func copied[T any](list []T) []T { return append([]T(nil), list...) }
