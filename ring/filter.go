//go:build linux

package ring

import (
	"fmt"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// FilterSet is filters that are registered one after the other. Each is asked
// about the requests of its operation, after they were prepared; all filters of
// an operation must accept, those that were there before included. A denied
// request completes with -EACCES, and leaves no other trace.
//
// A program must not read more payload than its PDUSize says. The kernel would
// take it, and show it zeros for what it cannot tell: a filter of addresses
// would then deny everything or nothing. With the right PDUSize that is a
// PDUSizeError, or an UnsupportedError for IORING_OP_CONNECT before Linux 7.2.
//
// Before Linux 7.3 a filter of IORING_OP_SOCKET sees the type with SOCK_CLOEXEC
// and SOCK_NONBLOCK, so it has to mask them out. Where an address is too short
// for its family, a filter of IORING_OP_CONNECT sees zeros in its place, and
// Linux 7.2.7 takes IPv6 addresses for that which connect(2) accepts: what must
// not be reached is better denied together with port 0.
type FilterSet struct {
	Filters []cbpf.Filter // in order of registration

	// DenyRest denies every operation that has no filter, for good: a filter
	// that is added to one of them later does not bring it back.
	DenyRest bool

	// ExactPDUSize refuses kernels that have more payload than a filter was
	// written for. By default such a filter sees what it was written for.
	ExactPDUSize bool
}

// check finds what no kernel would take, or what would be without effect.
func (s *FilterSet) check(op string) error {
	if s.DenyRest && len(s.Filters) == 0 {
		return &ArgumentError{op, "Filters", "is empty with DenyRest", "add a filter for what is allowed, or use the zero Restrictions to deny everything"}
	}
	for i, f := range s.Filters {
		if err := cbpf.Validate(f.Program); err != nil {
			return &ProgramError{op, i, uapi.Op(f.Op), err}
		}
		if n := payloadRead(f.Program); n > int(f.PDUSize) {
			return &ArgumentError{op, fmt.Sprintf("Filters[%d].PDUSize", i), fmt.Sprintf("is %d, but the program reads %d bytes of payload", f.PDUSize, n), "set it to the size that the program was written for"}
		}
	}
	return nil
}

// payloadRead is how many bytes of payload a program may read.
func payloadRead(p cbpf.Program) int {
	const payload = 16 // where it starts in the context
	end := payload
	for _, in := range p {
		if in.Op == cbpf.BPF_LD|cbpf.BPF_W|cbpf.BPF_ABS {
			end = max(end, int(in.K)+4)
		}
	}
	return end - payload
}
