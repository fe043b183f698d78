package rules

import (
	"fmt"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// bindMacros reports the macros of bound headers that have a body but no
// value: they look like constants and do not come out. A row says of those that
// are none, such as attributes, that this is as it should be.
func (b *Bound) bindMacros(errs *faults) {
	wanted, used := b.wanted(), map[string]bool{}
	for _, m := range b.Unit.Macros {
		if m.Body == "" || m.Kind != model.OtherMacro && m.Kind != model.FloatMacro || !wanted(m.Pos.File, m.Name) || b.consts[m.Name] != nil {
			continue
		}
		if b.noValue[m.Name] != nil {
			used[m.Name] = true
			continue
		}
		b.finding(m.Name, m.Pos, fmt.Sprintf("it does not come out, since %q is no integer or string here: bind the header that defines what is in it, or add a row \"no-value | %s\" to %s", m.Body, m.Name, rulesFile))
	}
	for _, v := range sorted(b.noValue) {
		if !used[v.key] {
			errs.row(v.row, "%s is no macro without a value in the bound headers", v.key)
		}
	}
}
