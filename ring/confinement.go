//go:build linux

package ring

import (
	"errors"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Confinement is what a thread, or what starts from it, may ask io_uring for.
// It cannot be undone, only be made stricter. It is for AttachThread,
// AttachProcess, ReexecFiltered and StartFiltered, which say who is bound.
//
// A thread that is bound passes it on to what it starts from then on: its
// rings, for whoever uses them, its threads and processes, through execve(2)
// too. A denied request shows as -EACCES in its completion and nowhere else.
//
// Not bound are other threads that run already, and rings that were made
// before, with one exception: until Linux 7.2, filters that are added to a
// thread that has some already bind its earlier rings, and what it started
// since, as well. From 7.3 on they do not.
//
// Some kernels of 7.0 forget all of it when a program that has used a ring
// executes another one: see ExecKeepsConfinement.
//
// The kernel wants no_new_privs or CAP_SYS_ADMIN in the thread's user
// namespace. Needs Linux 7.0, for filters with CONFIG_IO_URING_BPF; before
// that, an UnsupportedError, and nothing is done.
type Confinement struct {
	// Restrictions is an allowlist; nil has none. The kernel takes it once, and
	// before any filter: a thread that has filters or restrictions already, its
	// parent's included, gives an OpError with EPERM.
	Restrictions *Restrictions

	// Filters are registered after the restrictions, and add to filters that
	// are there already. What the restrictions deny does not reach them.
	Filters FilterSet

	// NoNewPrivs sets no_new_privs, for good: execve(2) then grants nothing, as
	// by setuid bits. By default it is left as it is, and a thread without it
	// and without CAP_SYS_ADMIN gives an OpError with EACCES. prctl(2).
	NoNewPrivs bool
}

// plan checks c, tries it on a ring that is thrown away, and asks the calling
// thread, which is locked, whether it can take it.
func (c *Confinement) plan(op string) (*plan, error) {
	if c.Restrictions == nil && len(c.Filters.Filters) == 0 && !c.Filters.DenyRest {
		return nil, &ArgumentError{op, "Confinement", "has neither restrictions nor filters", "say what is allowed"}
	}
	if err := c.Filters.check(op); err != nil {
		return nil, err
	}
	p := &plan{op: op, filters: c.Filters.calls()}
	if c.Restrictions != nil {
		p.restrictions = c.Restrictions.allowlist()
	}
	// On a thread that ends: Linux 7.0 may let a thread go at execve(2) that has
	// had a ring.
	if err := otherThread(func(done func(error)) { done(p.rehearse()) }); err != nil {
		return nil, err
	}
	bound, err := confined()
	if err != nil {
		return nil, err
	}
	if bound && p.restrictions != nil {
		return nil, denial(op+": restrictions", syscall.EPERM, taskRemedies)
	}
	return p, nil
}

// taskRemedies are what can be done about an errno of a registration on a
// task.
var taskRemedies = map[syscall.Errno]string{
	syscall.EACCES: "set NoNewPrivs, or have CAP_SYS_ADMIN; since Linux 7.3 the thread's restrictions must allow the call, too",
	syscall.EPERM:  "a thread takes restrictions once and before any filter, and this one has some already, perhaps from its parent; filters can be added",
}

// ThreadConfined reports whether the calling thread has restrictions or
// filters, its own or its parent's. A goroutine that is not locked to its
// thread asks for whichever it is on. It leaves no trace and needs no
// privilege.
//
// Errors: UnsupportedError; OpError where the kernel does not tell, since
// seccomp or the thread's restrictions forbid to ask.
func ThreadConfined() (bool, error) { return confined() }

// confined asks with a registration that has no argument. The kernel looks
// first for what is there already, then for privilege, then at the argument.
func confined() (bool, error) {
	_, err := uapi.Register(-1, uapi.IORING_REGISTER_RESTRICTIONS, nil, 1)
	switch {
	case errors.Is(err, syscall.EPERM):
		return true, nil
	case errors.Is(err, syscall.EFAULT), errors.Is(err, syscall.EACCES):
		return false, nil
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EBADF): // EBADF before 6.13: no call goes without a ring
		return false, &UnsupportedError{Feature: "restrictions and filters of a thread", MinKernel: "7.0", Err: err}
	case errors.Is(err, syscall.ENOSYS):
		return false, &UnsupportedError{Feature: "io_uring", MinKernel: "5.1", Config: "CONFIG_IO_URING", Err: err}
	}
	return false, &OpError{"ThreadConfined", err, "see what seccomp filter the process has"}
}
