//go:build linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// Probe is which operations a kernel has. Restrictions and filters do not show
// in it: an operation that they deny is reported all the same.
type Probe struct {
	ops [256]bool
	n   int
}

// Supports tells whether the kernel has an operation; false for any that is
// newer than the kernel.
func (p *Probe) Supports(op uapi.Op) bool { return p.ops[op] }

// Len is the number of operations that the kernel knows, which may be more or
// fewer than package uapi knows, IORING_OP_LAST. It counts those that it was
// built without.
func (p *Probe) Len() int { return p.n }

// Probe asks the kernel which operations it has.
//
// IORING_REGISTER_PROBE, since Linux 5.6, io_uring_register(2).
func (r *Ring) Probe() (*Probe, error) {
	if err := r.registering("Probe"); err != nil {
		return nil, err
	}
	// As many as an opcode can name, whatever the kernel and this package know.
	ops := make([]uapi.IoUringProbeOp, 256)
	got, err := uapi.RegisterProbe(r.raw.fd, ops)
	if err != nil {
		return nil, registerError("Probe", uapi.IORING_REGISTER_PROBE, err, nil)
	}
	p := &Probe{n: int(got.OpsLen)}
	for i, op := range ops {
		p.ops[i] = op.Flags&uapi.IO_URING_OP_SUPPORTED != 0
	}
	return p, nil
}
