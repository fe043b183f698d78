//go:build linux

package ring

import (
	"errors"
	"fmt"
	"math"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Match chooses requests of a ring. Make one with ByID, ByFD, ByFixedFile, ByOp
// or AnyRequest; All makes it mean each request that fits, instead of one.
type Match struct {
	call  string
	reg   uapi.IoUringSyncCancelReg
	wrong error
}

// ByID matches one request.
//
// Since Linux 6.0.
func ByID(id ID) Match {
	return Match{call: "ByID", reg: uapi.IoUringSyncCancelReg{Addr: uint64(id)}}
}

// ByFD matches a request on a descriptor.
//
// Since Linux 6.0.
func ByFD(fd int) Match { return byFile("ByFD", fd, uapi.IORING_ASYNC_CANCEL_FD) }

// ByFixedFile matches a request on a registered file.
//
// Since Linux 6.0.
func ByFixedFile(slot int) Match {
	return byFile("ByFixedFile", slot, uapi.IORING_ASYNC_CANCEL_FD|uapi.IORING_ASYNC_CANCEL_FD_FIXED)
}

func byFile(call string, fd int, flags uapi.CancelFlags) Match {
	m := Match{call: call, reg: uapi.IoUringSyncCancelReg{Fd: int32(fd), Flags: flags}}
	if fd < 0 || fd > math.MaxInt32 {
		m.wrong = &ArgumentError{"CancelNow", call, fmt.Sprintf("is of %d", fd), "use a descriptor or slot from 0 on"}
	}
	return m
}

// ByOp matches a request with an operation.
//
// Since Linux 6.6.
func ByOp(op uapi.Op) Match {
	return Match{call: "ByOp", reg: uapi.IoUringSyncCancelReg{Opcode: op, Flags: uapi.IORING_ASYNC_CANCEL_OP}}
}

// AnyRequest matches each request.
//
// Since Linux 6.0.
func AnyRequest() Match {
	return Match{call: "AnyRequest", reg: uapi.IoUringSyncCancelReg{Flags: uapi.IORING_ASYNC_CANCEL_ANY}}
}

// All is m for each request that fits.
func (m Match) All() Match {
	m.reg.Flags |= uapi.IORING_ASYNC_CANCEL_ALL
	return m
}

// CancelNow cancels requests of the ring and waits until they no longer run,
// at most for a limit of time; 0 or less waits for ever. It returns how many
// were canceled. Their completions, with -ECANCELED, are in the queue then.
// No request that fits is no error: 0. ErrTimeout: the time is over, and
// requests may still be running.
//
// IORING_REGISTER_SYNC_CANCEL, since Linux 6.0, io_uring_register(2).
func (r *Ring) CancelNow(m Match, limit time.Duration) (int, error) {
	switch {
	case m.call == "":
		return 0, &ArgumentError{"CancelNow", "the match", "is of no kind", "make it with ByID, ByFD, ByFixedFile, ByOp or AnyRequest"}
	case m.wrong != nil:
		return 0, m.wrong
	}
	if err := r.registering("CancelNow"); err != nil {
		return 0, err
	}
	var deadline time.Time
	if limit > 0 {
		deadline = time.Now().Add(limit)
	}
	for {
		reg := m.reg
		reg.Timeout = uapi.KernelTimespec{TvSec: -1, TvNsec: -1}
		if limit > 0 {
			left := max(time.Until(deadline), 1)
			reg.Timeout = uapi.KernelTimespec{TvSec: int64(left / time.Second), TvNsec: int64(left % time.Second)}
		}
		n, err := uapi.RegisterSyncCancel(r.raw.fd, &reg)
		switch {
		case err == nil && reg.Flags&(uapi.IORING_ASYNC_CANCEL_ALL|uapi.IORING_ASYNC_CANCEL_ANY) == 0:
			return 1, nil
		case err == nil:
			return n, nil
		case errors.Is(err, syscall.ENOENT):
			return 0, nil
		case errors.Is(err, syscall.ETIME):
			return 0, ErrTimeout
		case !errors.Is(err, syscall.EINTR):
			return 0, m.explain(err)
		}
	}
}

func (m Match) explain(err error) error {
	if errors.Is(err, syscall.EINVAL) && m.reg.Flags&uapi.IORING_ASYNC_CANCEL_OP != 0 && registers(uapi.IORING_REGISTER_SYNC_CANCEL) {
		return &UnsupportedError{Feature: "CancelNow with ByOp", MinKernel: "6.6", Err: err}
	}
	return registerError("CancelNow", uapi.IORING_REGISTER_SYNC_CANCEL, err, map[syscall.Errno]string{
		syscall.EBADF: "no such descriptor or registered file",
	})
}
