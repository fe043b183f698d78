package ring

import (
	"errors"
	"fmt"
)

var (
	// ErrNotSupported is what errors.Is finds in each UnsupportedError, and what
	// New returns on systems other than Linux.
	ErrNotSupported = errors.New("io_uring: not supported")

	// ErrClosed tells that the ring was closed before.
	ErrClosed = errors.New("io_uring: the ring is closed")

	// ErrTimeout tells that a time limit ended before what was waited for came.
	ErrTimeout = errors.New("io_uring: the time is over")
)

// OpError is a call or a request that the kernel has refused. Err is a
// syscall.Errno, so that errors.Is(err, syscall.EACCES) finds it.
type OpError struct {
	Op     string // what was refused: "setup", "enter", "IORING_OP_READ"
	Err    error  // what the kernel said
	Remedy string // what to do, where that is known; else ""
}

// Error is "io_uring: setup: operation not permitted; remedy".
func (e *OpError) Error() string {
	return "io_uring: " + e.Op + ": " + e.Err.Error() + behind(e.Remedy)
}

// Unwrap is Err.
func (e *OpError) Unwrap() error { return e.Err }

// UnsupportedError is a feature that the running kernel lacks. A call has
// failed, and a probe that leaves no trace has confirmed the reason.
type UnsupportedError struct {
	Feature   string // what is missing, as in "filters of requests"
	MinKernel string // first kernel with it, as in "7.0"
	Config    string // kernel option without which it is absent; "" if always built in
	Err       error  // what the kernel said
}

// Error names the feature and what would bring it.
func (e *UnsupportedError) Error() string {
	s := fmt.Sprintf("io_uring: %s: not supported by this kernel: needs Linux %s", e.Feature, e.MinKernel)
	if e.Config != "" {
		s += " with " + e.Config
	}
	if e.Err != nil {
		s += fmt.Sprintf(" (%v)", e.Err)
	}
	return s
}

// Is finds ErrNotSupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrNotSupported }

// Unwrap is Err.
func (e *UnsupportedError) Unwrap() error { return e.Err }

// ArgumentError is an argument that cannot be handed to the kernel. Nothing
// was done.
type ArgumentError struct {
	Op     string // what was asked for: "New", "IORING_OP_OPENAT"
	Arg    string // the argument: "entries", "path"
	Reason string // what is wrong with it: "is 0"
	Remedy string // what to do, where that is known; else ""
}

// Error is "io_uring: New: entries is 0; remedy".
func (e *ArgumentError) Error() string {
	return "io_uring: " + e.Op + ": " + e.Arg + " " + e.Reason + behind(e.Remedy)
}

func behind(remedy string) string {
	if remedy == "" {
		return ""
	}
	return "; " + remedy
}
