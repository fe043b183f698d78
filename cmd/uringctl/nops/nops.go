//go:build linux

// Package nops measures rings by requests that do nothing, with and without
// filters on them. It is the inside of "uringctl bench", and of the benchmark
// of what filters cost, and promises nothing to others.
package nops

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// Ring is a ring that submits NOPs. It belongs to the goroutine that opened it,
// which is locked to its thread until Close.
type Ring struct {
	raw   *ring.Raw
	batch uint32
}

// Open makes a ring with so many entries, of which batch are submitted at a
// time, and adds filters in order. They need Linux 7.0 with
// CONFIG_IO_URING_BPF, but no privilege; see ring.FiltersSupported.
//
// What a program reads beyond its PDUSize is zero, since the kernel takes it
// all the same.
func Open(entries, batch uint32, filters ...cbpf.Filter) (*Ring, error) {
	if batch == 0 || batch > entries {
		return nil, fmt.Errorf("a batch of %d does not fit into a queue of %d", batch, entries)
	}
	raw, err := ring.NewRaw(entries, nil)
	if err != nil {
		return nil, err
	}
	for i, f := range filters {
		if err := attach(raw.FD(), f); err != nil {
			return nil, errors.Join(fmt.Errorf("filter %d of %d (%v): %w", i+1, len(filters), uapi.Op(f.Op), err), raw.Close())
		}
	}
	return &Ring{raw, batch}, nil
}

func attach(fd int, f cbpf.Filter) error {
	if err := cbpf.Validate(f.Program); err != nil {
		return err
	}
	program := make([]syscall.SockFilter, len(f.Program))
	for i, in := range f.Program {
		program[i] = syscall.SockFilter{Code: in.Op, Jt: in.JT, Jf: in.JF, K: in.K}
	}
	arg := uapi.IoUringBpf{CmdType: uapi.IO_URING_BPF_CMD_FILTER}
	arg.Filter().Opcode, arg.Filter().PduSize = uint32(f.Op), f.PDUSize
	return uapi.RegisterBpfFilterProgram(fd, &arg, program)
}

// Close gives the ring back. Nothing is in flight between two calls of Run.
func (r *Ring) Close() error { return r.raw.Close() }

// Count is what a ring has done.
type Count struct {
	Calls     int           // system calls that submit
	Submitted int           // requests
	Completed int           // of them; the others are lost
	Denied    int           // completed ones that a filter has denied
	Time      time.Duration // that it took
}

// Add adds up.
func (c *Count) Add(d Count) {
	c.Calls += d.Calls
	c.Submitted += d.Submitted
	c.Completed += d.Completed
	c.Denied += d.Denied
	c.Time += d.Time
}

// Each is the time that a request took, in nanoseconds; 0 if there was none.
func (c Count) Each() float64 {
	if c.Completed == 0 {
		return 0
	}
	return float64(c.Time) / float64(c.Completed)
}

var errFull = errors.New("the submission queue is full, though the kernel has taken all requests")

// Run submits so many batches and takes their completions. It does not
// allocate. An error means that the ring does not work.
func (r *Ring) Run(batches int) (c Count, err error) {
	start := time.Now()
	for range batches {
		for range r.batch {
			e := r.raw.Next()
			if e == nil {
				return c, errFull
			}
			e.PrepNop()
		}
		n, err := r.raw.SubmitAndWait(r.batch)
		if err != nil {
			return c, err
		}
		c.Calls++
		c.Submitted += n
		if err := r.reap(&c); err != nil {
			return c, err
		}
	}
	c.Time = time.Since(start)
	return c, nil
}

// reap takes a batch of completions.
func (r *Ring) reap(c *Count) error {
	for left := int(r.batch); left > 0; {
		cqes := r.raw.CQEs()
		for i := range cqes {
			switch res := cqes[i].Res; res {
			case 0:
			case -int32(syscall.EACCES):
				c.Denied++
			default:
				return fmt.Errorf("a NOP completes with %d", res)
			}
		}
		r.raw.Advance(uint32(len(cqes)))
		c.Completed += len(cqes)
		left -= len(cqes)
	}
	return nil
}
