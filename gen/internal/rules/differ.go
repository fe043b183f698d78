package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/model"
)

// CheckDifferences wants every difference between targets in what comes out
// to be one that rules.tbl allows, and every such row to be needed.
func (b *Bound) CheckDifferences(ds []facts.Difference) error {
	var errs faults
	r := b.Rules
	for _, d := range ds {
		// A symbol that the first target lacks is not among the bound ones.
		missed := d.First == "" && slices.Contains(r.Names(), d.Pos.File)
		if missed || b.facts[d.Name] != "" && !r.allowed(d) {
			errs.add(&Error{b.place(d), fmt.Sprintf("%s differs on %s: %s; one Go file cannot serve all targets (%s can allow another alignment, nothing else)",
				d.Name, d.GOARCH, d.Detail(), rulesFile)})
		}
	}
	for _, a := range r.aligns {
		if !a.used && len(errs.list) == 0 {
			errs.row(a.row, "no record is aligned otherwise on %s", a.goarch)
		}
	}
	return errs.err()
}

// place is where a record, member or constant is declared.
func (b *Bound) place(d facts.Difference) model.Pos {
	symbol := d.Name
	if r := b.records[symbol]; r != nil {
		return r.Pos
	}
	if c := b.consts[symbol]; c != nil {
		return c.Pos
	}
	if m, ok := b.members[symbol]; ok {
		return m.Member.Pos
	}
	return d.Pos
}

func (r *Rules) allowed(d facts.Difference) bool {
	if !d.OnlyAlign() {
		return false
	}
	_, from, _ := strings.Cut(d.First, " ")
	_, to, _ := strings.Cut(d.Here, " ")
	for _, a := range r.aligns {
		if a.goarch == d.GOARCH && a.from == from && a.to == to {
			a.used = true
			return true
		}
	}
	return false
}
