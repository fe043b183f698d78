package btf

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A report is what became of a comparison of the headers with a kernel.
type report struct {
	faults  []string // what contradicts
	lacking []string // what the headers have and the kernel has not
	notes   []string // differences that are explained, or of spelling only

	records, members, consts int // how many both know
}

func (r *report) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// The names that the kernel gives to members and enumerators that are allowed
// to change: space held back, and the end of a list.
var (
	reserved = regexp.MustCompile(`(^|\.)_*(resv|rsvd|reserved|pad|padding|unused|spare)[0-9]*$`)
	sentinel = regexp.MustCompile(`(_LAST|_MAX|_END)$|^__`)
)

func compare(headers, kernel *claim) *report {
	r := &report{}
	for _, name := range slices.Sorted(maps.Keys(headers.records)) {
		k := kernel.records[name]
		if k == nil {
			r.lacking = append(r.lacking, "record "+name)
			continue
		}
		r.records++
		r.record(name, headers.records[name], k)
	}
	for _, name := range slices.Sorted(maps.Keys(headers.consts)) {
		r.constant(name, headers, kernel)
	}
	return r
}

func (r *report) record(name string, h, k *record) {
	var added, changed []*member
	for _, m := range h.members {
		old := k.member(m.path)
		switch {
		case old == nil:
			added = append(added, m)
			r.lacking = append(r.lacking, "member "+name+"."+m.path)
			continue
		case old.off != m.off || old.bits != m.bits:
			changed = append(changed, m)
		case old.typ != "" && m.typ != "" && old.typ != m.typ:
			r.notes = append(r.notes, fmt.Sprintf("%s.%s: %s in the headers, %s in the kernel", name, m.path, m.typ, old.typ))
		}
		r.members++
	}
	for _, m := range changed {
		old := k.member(m.path)
		if !reserved.MatchString(m.path) || m.off < old.off || m.end() > old.end() || !covered(old, append(added, m)) {
			r.fault("%s: the headers have %s, the kernel %s", name, m, old)
			continue
		}
		r.notes = append(r.notes, fmt.Sprintf("%s.%s: part of it is in use now", name, m.path))
	}
	for _, old := range k.members {
		if h.member(old.path) != nil || old.bits == 0 {
			continue // one of no size only shapes a flexible array
		}
		if !reserved.MatchString(old.path) || !covered(old, added) {
			r.fault("%s: the kernel has %s, the headers do not", name, old)
			continue
		}
		r.notes = append(r.notes, fmt.Sprintf("%s.%s: in use now under other names", name, old.path))
	}
	if h.size != k.size && !grown(h, k, added) {
		r.fault("%s: %d bytes in the headers, %d in the kernel", name, h.size, k.size)
	}
}

// covered tells whether each bit of old lies in one of the members.
func covered(old *member, by []*member) bool {
	by = slices.SortedFunc(slices.Values(by), func(a, b *member) int { return int(a.off - b.off) })
	at := old.off
	for _, m := range by {
		if m.off <= at && m.end() > at {
			at = m.end()
		}
	}
	return at >= old.end()
}

// grown tells whether the record is longer than the kernel's because of
// members that the kernel lacks, and of nothing else.
func grown(h, k *record, added []*member) bool {
	beyond := 0
	for _, m := range h.members {
		if m.end() <= k.size*8 {
			continue
		}
		if !slices.Contains(added, m) || m.off < k.size*8 {
			return false
		}
		beyond++
	}
	return h.size > k.size && beyond > 0
}

func (r *report) constant(name string, headers, kernel *claim) {
	have, known := headers.consts[name][0], kernel.consts[name]
	switch {
	case len(known) == 0:
		if !headers.macros[name] { // BTF has no macros
			r.lacking = append(r.lacking, "enumerator "+name)
		}
	case slices.Contains(known, have):
		r.consts++
	case sentinel.MatchString(name) && movedOn(name, known[0], headers, kernel):
		r.consts++
		r.notes = append(r.notes, fmt.Sprintf("%s: %d in the headers, %d in the kernel: the list has grown", name, have, known[0]))
	default:
		r.fault("%s: %d in the headers, %d in the kernel", name, have, known)
	}
}

// movedOn tells whether the value at which the kernel's list ends belongs to
// something that the kernel lacks.
func movedOn(name string, old int64, headers, kernel *claim) bool {
	family := strings.TrimLeft(name[:strings.LastIndexByte(name, '_')+1], "_")
	for n, v := range headers.consts {
		if n != name && strings.HasPrefix(n, family) && v[0] == old && kernel.consts[n] == nil {
			return true
		}
	}
	return false
}
