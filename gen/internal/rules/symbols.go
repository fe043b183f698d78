package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// bindDocs wants a row for every symbol of the output, and a symbol for
// every row.
func (b *Bound) bindDocs(errs *faults) {
	for _, d := range sorted(b.docs) {
		if !b.known(d.key) {
			errs.row(d.row, "there is no %s in the headers", d.key)
		}
	}
	undocumented := func(symbol string, pos model.Pos) {
		if b.docs[symbol] == nil {
			b.finding(symbol, pos, "it is not documented: add a row to "+docsFile)
		}
	}
	for _, r := range b.Records {
		undocumented(r.Name(), r.Pos)
		for _, f := range b.Layout.Flatten(r) {
			if Public(b.Class(f.Member)) {
				undocumented(r.Name()+"."+f.Path, f.Member.Pos)
			}
		}
	}
	for _, c := range b.Consts {
		undocumented(c.Name, c.Pos)
	}
}

// known tells whether a symbol is in the headers.
func (b *Bound) known(symbol string) bool {
	if tag, ok := strings.CutPrefix(symbol, "enum "); ok {
		return b.tags[tag]
	}
	return b.facts[symbol] != ""
}

// bindSince wants a version for the constants of each type that tells it,
// and no row that the snapshots of old headers disprove.
func (b *Bound) bindSince(errs *faults) {
	for _, s := range sorted(b.since) {
		fact := b.facts[s.key]
		if fact == "" {
			errs.row(s.row, "there is no %s in the headers", s.key)
			continue
		}
		v, _ := parseVersion(s.text) // Load has checked it
		if why := b.history.contradicts(fact, v, backports(s.row.Get("note"))); why != "" {
			errs.row(s.row, "%s cannot be new in %s: %s", s.key, s.text, why)
		}
	}
	for _, c := range b.Consts {
		if b.TellsSince(c.Family) && b.since[c.Name] == nil {
			b.finding(c.Name, c.Pos, fmt.Sprintf("%s.Since does not know it: add the kernel that brought it to %s", c.Family.Type, sinceFile))
		}
	}
}

// TellsSince tells whether a family's type has a method Since.
func (r *Rules) TellsSince(f *Family) bool {
	return f != nil && slices.ContainsFunc(r.sinceFor, func(v *value) bool { return v.key == f.Type })
}
