//go:build linux

package ring

// AttachFilters adds filters to the ring, for good, whoever uses it. They hold
// at once, for requests that are prepared from now on: a multishot request that
// is under way goes on. Other rings are not bound, nor is the thread; see
// AttachThread for that. It needs no privilege, and works before Enable, too.
//
// All filters are tried on a ring that is thrown away first. If the kernel
// still refuses one of them midway, a PartialError tells how many hold.
//
// Errors: ArgumentError, ProgramError, PDUSizeError, UnsupportedError, OpError
// with EACCES where the ring's restrictions forbid filters, EEXIST from a
// thread that does not own the ring, ENOMEM.
//
// IORING_REGISTER_BPF_FILTER, since Linux 7.0 with CONFIG_IO_URING_BPF;
// io_uring_register(2).
func (r *Ring) AttachFilters(s FilterSet) error {
	const op = "AttachFilters"
	if r.closed() {
		return ErrClosed
	}
	if len(s.Filters) == 0 && !s.DenyRest {
		return &ArgumentError{op, "Filters", "is empty", "add a filter"}
	}
	if err := s.check(op); err != nil {
		return err
	}
	if err := r.raw.onThread(op); err != nil {
		return err
	}
	p := plan{op: op, filters: s.calls()}
	if err := p.rehearse(); err != nil {
		return err
	}
	return p.carryOut(onRing(r.raw.fd), false, ringRemedies)
}
