package cbpf

import "fmt"

// Rule is one of the kernel's rules for a program.
type Rule uint8

// The rules. All but RuleLength, RuleReturn and RuleUnset are about one
// instruction by itself.
const (
	RuleLength  Rule = iota + 1 // 1 to 4096 instructions
	RuleOpcode                  // only what the package's documentation lists
	RuleOffset                  // loads at multiples of 4, below 40
	RuleDivisor                 // no division by the constant 0
	RuleShift                   // no shift by a constant above 31
	RuleScratch                 // M[0] to M[15]
	RuleJump                    // jumps end inside of the program
	RuleReturn                  // the last instruction returns
	RuleUnset                   // M is stored before it is read, on all ways
)

var rules = [...]string{
	RuleLength:  "length",
	RuleOpcode:  "opcode",
	RuleOffset:  "offset",
	RuleDivisor: "divisor",
	RuleShift:   "shift",
	RuleScratch: "scratch",
	RuleJump:    "jump",
	RuleReturn:  "return",
	RuleUnset:   "unset",
}

// String is the rule in a word; "Rule(99)" if there is none.
func (r Rule) String() string {
	if int(r) < len(rules) && rules[r] != "" {
		return rules[r]
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// Error is why the kernel refuses a program; it says no more than EINVAL.
type Error struct {
	Index       int         // of the instruction; -1 if the program's length is wrong
	Instruction Instruction // the zero value if the program's length is wrong
	Rule        Rule        // the rule that is broken
	Reason      string      // how it is broken
	Remedy      string      // what to do
}

// Error is "l3: ldh [8]: reason; remedy".
func (e *Error) Error() string {
	place := "program"
	if e.Index >= 0 {
		place = fmt.Sprintf("l%d: %s", e.Index, e.Instruction.at(e.Index))
	}
	return place + ": " + e.Reason + "; " + e.Remedy
}
