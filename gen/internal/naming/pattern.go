package naming

import "strings"

// Pattern matches C names: "pad#" is "pad" with digits or nothing behind,
// "pad*" anything that begins so, and anything else itself.
type Pattern string

// Match tells whether name is one that the pattern means.
func (p Pattern) Match(name string) bool {
	if head, ok := strings.CutSuffix(string(p), "*"); ok {
		return strings.HasPrefix(name, head)
	}
	if head, ok := strings.CutSuffix(string(p), "#"); ok {
		tail, ok := strings.CutPrefix(name, head)
		return ok && strings.Trim(tail, "0123456789") == ""
	}
	return name == string(p)
}
