//go:build linux

package ring

import (
	"errors"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Query is what the kernel says about itself. It needs no ring.
type Query struct {
	Opcodes uapi.IoUringQueryOpcode     // how many operations there are, which flags and features
	Zcrx    *uapi.IoUringQueryZcrx      // zero-copy receive; nil before Linux 6.19
	Queues  *uapi.IoUringQueryScq       // the head of the memory of rings; nil before Linux 6.19
	Events  *uapi.IoUringQueryZcrxEvent // what zero-copy receive reports; nil before Linux 7.2
}

// Ask asks the kernel about itself. Restrictions and filters do not show in the
// answer, though since Linux 7.3 the caller's may forbid to ask (EACCES).
//
// IORING_REGISTER_QUERY, since Linux 6.18, io_uring_register(2).
func Ask() (*Query, error) {
	q := new(Query)
	switch err := uapi.RegisterQueryOpcodes(&q.Opcodes); {
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EBADF):
		return nil, &UnsupportedError{Feature: "Ask", MinKernel: uapi.IORING_REGISTER_QUERY.Since(), Err: err}
	case err != nil:
		return nil, &OpError{"Ask", err, ""}
	}
	var err error
	if q.Zcrx, err = answer(uapi.RegisterQueryZcrx); err != nil {
		return nil, err
	}
	if q.Queues, err = answer(uapi.RegisterQueryScq); err != nil {
		return nil, err
	}
	if q.Events, err = answer(uapi.RegisterQueryZcrxEvent); err != nil {
		return nil, err
	}
	return q, nil
}

// answer is nil for a question that the kernel does not know.
func answer[T any](ask func(*T) error) (*T, error) {
	a := new(T)
	switch err := ask(a); {
	case errors.Is(err, syscall.EOPNOTSUPP):
		return nil, nil
	case err != nil:
		return nil, &OpError{"Ask", err, ""}
	}
	return a, nil
}
