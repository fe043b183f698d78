//go:build linux

package ring

import (
	"errors"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// plan is registrations in the order that the kernel wants: restrictions
// before filters, DENY_REST with the last.
type plan struct {
	op           string     // who asked
	restrictions *allowlist // of a task; nil if there are none
	filters      []*filterCall
}

func (p *plan) size() int {
	n := len(p.filters)
	if p.restrictions != nil {
		n++
	}
	return n
}

// rehearse makes all registrations on a ring that is thrown away: the kernel
// then says what it does not take while nothing is in force. Where that cannot
// be tried, the calls themselves have to tell.
func (p *plan) rehearse() error {
	fd, err := disabledRing()
	if err != nil {
		return nil
	}
	defer func() { _ = syscall.Close(fd) }()
	if a := p.restrictions; a != nil {
		if err := a.register(fd); errors.Is(err, syscall.EINVAL) {
			return a.denial(p.op, err)
		}
	}
	for _, c := range p.filters {
		err := c.do(onRing(fd))
		if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EMSGSIZE) {
			return c.denial(p.op, err, nil)
		}
	}
	runtime.KeepAlive(p)
	return nil
}

// carryOut makes the registrations. noNewPrivs tells that this was set for
// them.
func (p *plan) carryOut(reg register, noNewPrivs bool, remedies map[syscall.Errno]string) error {
	done := 0
	partial := func(err error) error {
		if done == 0 && !noNewPrivs {
			return err
		}
		return &PartialError{InForce: done, Wanted: p.size(), NoNewPrivs: noNewPrivs, Err: err}
	}
	if a := p.restrictions; a != nil {
		if err := reg(uapi.IORING_REGISTER_RESTRICTIONS, unsafe.Pointer(&a.head), 1); err != nil {
			return partial(denial(p.op+": restrictions", err, remedies))
		}
		done++
	}
	for _, c := range p.filters {
		if err := c.do(reg); err != nil {
			return partial(c.denial(p.op, err, remedies))
		}
		done++
	}
	runtime.KeepAlive(p)
	return nil
}
