package calls

import (
	"fmt"
	"slices"
	"strings"
)

// How long the kernel uses memory, by the word that the memory column has.
var lifetimes = map[string]string{
	"submit": "until submitted",
	"cqe":    "until the completion",
	"last":   "until the last completion",
	"notif":  "until the notification",
	"return": "until each buffer was handed out or removed",
}

var lifetimeOrder = []string{"submit", "cqe", "last", "notif", "return"}

// memoryDoc turns "path:submit buf:cqe msg.data:cqe" into a sentence. Each
// name must be a pointer parameter; ".data" names what is reached through it.
func memoryDoc(text string, params []*param) (string, error) {
	by := map[string][]string{}
	named := map[string]bool{}
	for _, f := range strings.Fields(text) {
		what, until, ok := strings.Cut(f, ":")
		if !ok || lifetimes[until] == "" {
			return "", fmt.Errorf("memory %q: want param:when, when one of %s", f, strings.Join(lifetimeOrder, ", "))
		}
		name, part, _ := strings.Cut(what, ".")
		if !slices.ContainsFunc(params, func(p *param) bool { return p.name == name && p.typ.kind == address }) {
			return "", fmt.Errorf("memory %q: no parameter %s of type ptr", f, name)
		}
		if part != "" {
			name = "the " + part + " of " + name
		} else {
			named[name] = true
		}
		by[until] = append(by[until], name)
	}
	for _, p := range params {
		if p.typ.kind == address && !named[p.name] {
			return "", fmt.Errorf("memory: say how long the kernel uses %s", p.name)
		}
	}
	var out []string
	for _, u := range lifetimeOrder {
		if len(by[u]) > 0 {
			out = append(out, list(by[u])+" "+lifetimes[u])
		}
	}
	if len(out) == 0 {
		return "", nil
	}
	return "Memory: " + strings.Join(out, "; ") + ".", nil
}

// list is "a", "a and b" or "a, b and c".
func list(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
