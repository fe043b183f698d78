package rules

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// String is the rule in the syntax of C, with sets in braces, such as
// "(connect.family == 2) && (connect.port in {443, 8443})". The text is stable:
// equal rules give equal text, in every release.
func (r Rule) String() string { return r.text(math.MaxInt) }

// longest is how many bytes of a rule an error quotes.
const longest = 60

func (r Rule) short() string {
	s := r.text(longest)
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}

// text is the rule, or about the first bytes of it that are wanted.
func (r Rule) text(want int) string {
	w := printer{want: want}
	w.part(r.get())
	return w.b.String()
}

// printer writes a rule until there is enough.
type printer struct {
	b    strings.Builder
	want int
}

func (w *printer) put(texts ...string) {
	for _, s := range texts {
		w.b.WriteString(s)
	}
}

func (w *printer) enough() bool { return w.b.Len() > w.want }

// words is the parts that have no arguments.
var words = map[kind]string{nothing: "zero rule", tooLarge: "rule that is too large", always: "accept", never: "deny"}

func (w *printer) part(p *part) {
	f := p.field.get()
	switch p.kind {
	case all:
		w.list("all of nothing", p.subs, " && ")
	case anyOf:
		w.list("any of nothing", p.subs, " || ")
	case not:
		w.put("!")
		w.operand(p.subs[0].get())
	case between:
		w.between(f, p.values[0], p.values[1])
	case hasAll:
		w.put(f.name, " & ", hex(p.mask), " == ", hex(p.mask))
	case hasAny:
		w.put(f.name, " & ", hex(p.mask), " != 0")
	case hasNone:
		w.put(f.name, " & ", hex(p.mask), " == 0")
	case hasOnly:
		w.put(f.name, " & ~", hex(p.mask), " == 0")
	case maskedOneOf:
		w.oneOf(f.name+" & "+hex(p.mask), len(p.values), func(i int) string { return f.text(p.values[i]) })
	case oneOf:
		w.oneOf(f.name, len(p.values), func(i int) string { return f.text(p.values[i]) })
	case addressIn:
		if len(p.prefixes) == 1 && !p.prefixes[0].IsSingleIP() {
			w.put(f.name, " in ", p.prefixes[0].String())
			return
		}
		w.oneOf(f.name, len(p.prefixes), func(i int) string { return prefixText(p.prefixes[i]) })
	default:
		w.put(words[p.kind])
	}
}

// list is rules with an operator between them.
func (w *printer) list(none string, rules []Rule, operator string) {
	switch len(rules) {
	case 0:
		w.put(none)
	case 1:
		w.part(rules[0].get())
	default:
		for i, r := range rules {
			if w.enough() {
				return
			}
			if i > 0 {
				w.put(operator)
			}
			w.operand(r.get())
		}
	}
}

// operand is a part beside an operator.
func (w *printer) operand(p *part) {
	for (p.kind == all || p.kind == anyOf) && len(p.subs) == 1 {
		p = p.subs[0].get()
	}
	switch {
	case w.enough():
	case p.kind == not || words[p.kind] != "":
		w.part(p)
	default:
		w.put("(")
		w.part(p)
		w.put(")")
	}
}

func (w *printer) oneOf(what string, n int, text func(i int) string) {
	if n == 1 {
		w.put(what, " == ", text(0))
		return
	}
	w.put(what, " in {")
	for i := range n {
		if w.enough() {
			return
		}
		if i > 0 {
			w.put(", ")
		}
		w.put(text(i))
	}
	w.put("}")
}

func (w *printer) between(f field, low, high uint64) {
	switch {
	case high >= f.mask:
		w.put(f.name, " >= ", f.text(low))
	case low == 0:
		w.put(f.name, " <= ", f.text(high))
	default:
		w.put(f.text(low), " <= ", f.name, " <= ", f.text(high))
	}
}

func hex(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }

// text is a value of the field.
func (f field) text(v uint64) string {
	switch {
	case f.base == 16:
		return hex(v)
	case f.base == 8 && v != 0:
		return "0" + strconv.FormatUint(v, 8)
	}
	return strconv.FormatUint(v, 10)
}

// prefixText is a prefix, without its length if it is an address.
func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
