package proof_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/model"
)

var (
	lineMarker = regexp.MustCompile(`^# \d+ "([^"]*)"`)
	directive  = regexp.MustCompile(`^#(define|undef) (\w+)(\(?)`)
)

// objectMacros asks the preprocessor for the macros without parameters that
// wanted files define and nobody undefines.
func objectMacros(t testing.TB, c compiler, x arch, wanted func(string) bool) []string {
	t.Helper()
	out, msg, err := c.run(x, c.tree.includes(), "-E", "-dD")
	if err != nil {
		t.Fatalf("clang -E: %v\n%s", err, head(msg, 20))
	}
	names, in := map[string]bool{}, false
	for l := range strings.Lines(out) {
		if m := lineMarker.FindStringSubmatch(l); m != nil {
			in = wanted(m[1])
		} else if m := directive.FindStringSubmatch(l); m != nil {
			delete(names, m[2])
			if in && m[1] == "define" && m[3] == "" {
				names[m[2]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// integers lists those macros that the compiler takes for an integer constant
// expression, or folds into one. Those it takes for something else could, by their tokens, hide
// what comes after them; so it asks again without them until all are good.
func integers(t testing.TB, c compiler, x arch, macros []string) []string {
	t.Helper()
	for range 10 {
		bad := rejected(t, c, x, macros)
		if len(bad) == 0 {
			return macros
		}
		macros = slices.DeleteFunc(slices.Clone(macros), func(m string) bool { return bad[m] })
	}
	t.Fatal("clang keeps rejecting macros")
	return nil
}

var atLine = regexp.MustCompile(`(?m)^<stdin>:(\d+):\d+: (?:fatal )?error: `)

// rejected are the macros whose line is in error.
func rejected(t testing.TB, c compiler, x arch, macros []string) map[string]bool {
	t.Helper()
	var b strings.Builder
	b.WriteString(c.tree.includes())
	first := strings.Count(b.String(), "\n") + 1
	for i, m := range macros {
		fmt.Fprintf(&b, "enum { proof_of_integer_%d = (%s) };\n", i, m)
	}
	_, msg, err := c.run(x, b.String(), "-fsyntax-only")
	bad := map[string]bool{}
	for _, m := range atLine.FindAllStringSubmatch(msg, -1) {
		line, _ := strconv.Atoi(m[1])
		if i := line - first; i >= 0 && i < len(macros) {
			bad[macros[i]] = true
		}
	}
	if err != nil && len(bad) == 0 {
		t.Fatalf("clang: %v\n%s", err, head(msg, 20))
	}
	return bad
}

// macroListings are our integer macros and the compiler's.
func macroListings(t testing.TB, c compiler, x arch, o ours) (mine, theirs listing) {
	t.Helper()
	macros := objectMacros(t, c, x, wanted(c.tree, x, o.unit.Files))
	theirs, mine = listing{}, listing{}
	for _, m := range integers(t, c, x, macros) {
		theirs.add("integer macro "+m, "")
	}
	for _, m := range o.unit.Macros {
		if m.Kind != model.IntMacro {
			continue
		}
		name := "integer macro " + m.Name
		mine.add(name, "")
		if !theirs.has(name) && slices.Contains(macros, m.Name) && len(rejected(t, c, x, []string{m.Name})) == 0 {
			theirs.add(name, "") // alone, nothing before it can have spoilt its line
		}
	}
	return mine, theirs
}
