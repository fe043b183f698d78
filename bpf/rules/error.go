package rules

import "github.com/uringgen/uringgen/generated/uapi"

// Error is a rule that cannot be compiled, or evaluated.
type Error struct {
	Op     uapi.Op // the operation that it was for
	Rule   string  // the part at fault, shortened; "" if it is the whole
	Reason string  // what is wrong
	Remedy string  // what to do
}

// Error is "IORING_OP_SOCKET: open.flags & 0x40 == 0: reason; remedy".
func (e *Error) Error() string {
	s := e.Op.String() + ": "
	if e.Rule != "" {
		s += e.Rule + ": "
	}
	return s + e.Reason + "; " + e.Remedy
}
