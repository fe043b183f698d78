//go:build linux

package ring

import (
	"fmt"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// ProgramError is a filter whose program no kernel takes. Nothing was done. Err
// is what [cbpf.Validate] says.
//
// [cbpf.Validate]: https://pkg.go.dev/github.com/uringgen/uringgen/bpf/cbpf#Validate
type ProgramError struct {
	Op     string  // what was asked for: "AttachThread"
	Index  int     // of the filter
	Filter uapi.Op // operation of the filter
	Err    error   // a *cbpf.Error
}

// Error is "io_uring: AttachThread: filter 2 (IORING_OP_SOCKET): what is wrong".
func (e *ProgramError) Error() string {
	return fmt.Sprintf("io_uring: %s: filter %d (%v): %v", e.Op, e.Index, e.Filter, e.Err)
}

// Unwrap is Err.
func (e *ProgramError) Unwrap() error { return e.Err }

// PDUSizeError is a filter that was written for another size of payload than
// the kernel has for the operation.
type PDUSizeError struct {
	Op     uapi.Op // operation of the filter
	Have   uint8   // bytes that the filter was written for
	Kernel uint8   // bytes that the kernel has
}

// Error names both sizes.
func (e *PDUSizeError) Error() string {
	remedy := "this kernel is older than the filter"
	if e.Kernel > e.Have {
		remedy = "the kernel has more to tell than the filter looks at: write it for the new size, or do without ExactPDUSize"
	}
	return fmt.Sprintf("io_uring: filter of %v: written for %d bytes of payload, the kernel has %d; %s", e.Op, e.Have, e.Kernel, remedy)
}

// Unwrap is EMSGSIZE.
func (e *PDUSizeError) Unwrap() error { return syscall.EMSGSIZE }

// PartialError is a setup of which a part is in force, for good: what is denied
// is denied, what the rest would have denied is not. Who cannot go on that way
// exits.
type PartialError struct {
	InForce    int   // registrations that are in force: the restrictions and each filter count as one
	Wanted     int   // of how many
	NoNewPrivs bool  // no_new_privs was set
	Err        error // why the next registration failed
}

// Error is "io_uring: … ; 1 of 3 registrations are in force".
func (e *PartialError) Error() string {
	s := fmt.Sprintf("%v; %d of %d registrations are in force", e.Err, e.InForce, e.Wanted)
	if e.NoNewPrivs {
		s += ", and no_new_privs is set"
	}
	return s
}

// Unwrap is Err.
func (e *PartialError) Unwrap() error { return e.Err }
