package proof_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// listing is what somebody says a header has: a name and what is known of it.
type listing map[string]string

// add notes something. Two things of one name are kept apart, so that neither
// can hide the other.
func (l listing) add(name string, what ...any) {
	key := name
	for i := 2; l.has(key); i++ {
		key = fmt.Sprintf("%s (%d)", name, i)
	}
	l[key] = strings.TrimSpace(fmt.Sprintln(what...))
}

func (l listing) has(name string) bool {
	_, ok := l[name]
	return ok
}

// compare reports, by name, what only one side has and what differs.
func compare(t testing.TB, ours, theirs listing) {
	t.Helper()
	if d := differences(ours, theirs); len(d) > 0 {
		t.Errorf("%d differences\n%s", len(d), head(strings.Join(d, "\n"), 40))
	}
}

func differences(ours, theirs listing) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		switch mine, ok := ours[name]; {
		case !ok:
			out = append(out, fmt.Sprintf("we miss %s: %s", name, theirs[name]))
		case mine != theirs[name]:
			out = append(out, fmt.Sprintf("%s: we say %s, the compiler says %s", name, mine, theirs[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		if _, ok := theirs[name]; !ok {
			out = append(out, fmt.Sprintf("the compiler does not have %s: %s", name, ours[name]))
		}
	}
	return out
}
