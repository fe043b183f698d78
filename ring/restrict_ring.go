//go:build linux

package ring

import (
	"errors"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Restrict allows the ring what l names and nothing else, for good, from Enable
// on. The ring must be made with IORING_SETUP_R_DISABLED and not be enabled
// yet. Other rings are not bound, nor is the thread; see AttachThread for that.
// It needs no privilege.
//
// Errors: UnsupportedError for an operation that the kernel lacks; OpError with
// EBADFD where the ring is enabled, EBUSY where it has restrictions, be it from
// the thread that made it. The ring stays as it was.
//
// IORING_REGISTER_RESTRICTIONS, since Linux 5.10; io_uring_register(2).
func (r *Ring) Restrict(l Restrictions) error {
	if r.closed() {
		return ErrClosed
	}
	a := l.allowlist()
	err := a.register(r.raw.fd)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EINVAL):
		return a.denial("Restrict", err)
	}
	return denial("Restrict", err, ringRemedies)
}

// ringRemedies are what can be done about an errno of a registration on a
// ring.
var ringRemedies = map[syscall.Errno]string{
	syscall.EBADFD: "make the ring with IORING_SETUP_R_DISABLED, and call Restrict before Enable",
	syscall.EBUSY:  "a ring is restricted once, and one that a restricted thread made is so already",
	syscall.EEXIST: "the ring belongs to the thread that made it: call this from the goroutine that called New",
	syscall.EACCES: "the ring's restrictions do not allow it: call this before Enable, or allow it in RegisterOps",
}

// register puts the list on a ring that is disabled. It shortens the list to
// what the kernel knows: a list that fails leaves no trace.
func (a *allowlist) register(fd int) error {
	for {
		_, err := uapi.Register(fd, uapi.IORING_REGISTER_RESTRICTIONS, unsafe.Pointer(&a.list[0]), uint32(a.n))
		if !errors.Is(err, syscall.EINVAL) || !a.shorten() {
			return err
		}
	}
}

// refused finds the entry for whose sake the kernel said EINVAL: the one that
// it does not even take alone.
func (a *allowlist) denial(op string, err error) error {
	for i := range a.n {
		fd, e := disabledRing()
		if e != nil {
			break
		}
		_, e = uapi.Register(fd, uapi.IORING_REGISTER_RESTRICTIONS, unsafe.Pointer(&a.list[i]), 1)
		_ = syscall.Close(fd)
		if errors.Is(e, syscall.EINVAL) {
			return lackingEntry(op, &a.list[i], err)
		}
	}
	return denial(op, err, nil)
}

// lackingEntry says what the kernel does not know.
func lackingEntry(op string, e *uapi.IoUringRestriction, err error) error {
	name, since, arg := e.SqeOp().String(), e.SqeOp().Since(), "Ops"
	switch e.Opcode {
	case uapi.IORING_RESTRICTION_REGISTER_OP:
		name, since, arg = e.RegisterOp.String(), e.RegisterOp.Since(), "RegisterOps"
	case uapi.IORING_RESTRICTION_SQE_OP:
	default:
		return &UnsupportedError{Feature: "restrictions", MinKernel: uapi.IORING_REGISTER_RESTRICTIONS.Since(), Err: err}
	}
	if since == "" {
		return &ArgumentError{op, arg, "has " + name + ", which no known kernel has", "leave it out"}
	}
	return &UnsupportedError{Feature: name, MinKernel: since, Err: err}
}

// disabledRing makes a ring on which registrations are tried, to be closed at
// once. It never runs a request.
func disabledRing() (int, error) {
	p := uapi.IoUringParams{Flags: uapi.IORING_SETUP_R_DISABLED}
	return uapi.Setup(1, &p)
}

// denial is what the kernel said, and what to do about it.
func denial(op string, err error, remedies map[syscall.Errno]string) error {
	var errno syscall.Errno
	errors.As(err, &errno)
	return &OpError{op, err, remedies[errno]}
}
