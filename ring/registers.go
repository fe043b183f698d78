//go:build linux

package ring

import (
	"errors"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// registers tells whether the kernel has a register operation. It asks for the
// number of them, or tries the operation on a ring that is thrown away.
func registers(op uapi.RegisterOp) bool {
	var q uapi.IoUringQueryOpcode
	if uapi.RegisterQueryOpcodes(&q) == nil {
		return uint32(op) < q.NrRegisterOpcodes
	}
	try, known := registerTrials[op]
	if !known {
		return op < uapi.IORING_REGISTER_QUERY && registersWithoutRing(op)
	}
	fd, err := uapi.Setup(1, &uapi.IoUringParams{Flags: try.ring})
	if err != nil {
		return !errors.Is(err, syscall.EINVAL) // a ring of this kind came first
	}
	defer syscall.Close(fd)
	return !errors.Is(try.call(fd), syscall.EINVAL)
}

// registersWithoutRing asks with a descriptor that cannot be open: since Linux
// 6.3 an unknown operation is refused before that is looked at. Older kernels
// seem to know all of them.
func registersWithoutRing(op uapi.RegisterOp) bool {
	const never = 1<<31 - 1
	_, err := uapi.Register(never, op, nil, 0)
	return !errors.Is(err, syscall.EINVAL)
}

type registerTrial struct {
	ring uapi.SetupFlags
	call func(fd int) error
}

// registerTrials are calls in which nothing is wrong but, perhaps, that the
// kernel does not know the operation.
var registerTrials = map[uapi.RegisterOp]registerTrial{
	uapi.IORING_REGISTER_IOWQ_AFF:   {0, uapi.UnregisterIowqAff},
	uapi.IORING_UNREGISTER_IOWQ_AFF: {0, uapi.UnregisterIowqAff},
	uapi.IORING_REGISTER_IOWQ_MAX_WORKERS: {0, func(fd int) error {
		return uapi.RegisterIowqMaxWorkers(fd, new([2]uint32))
	}},
	uapi.IORING_REGISTER_SYNC_CANCEL: {0, func(fd int) error {
		_, err := uapi.RegisterSyncCancel(fd, &uapi.IoUringSyncCancelReg{Timeout: uapi.KernelTimespec{TvNsec: 1}})
		return err
	}},
	uapi.IORING_REGISTER_NAPI: {0, func(fd int) error {
		return uapi.RegisterNapi(fd, new(uapi.IoUringNapi))
	}},
	uapi.IORING_REGISTER_CLOCK: {0, func(fd int) error {
		return uapi.RegisterClock(fd, uint32(Monotonic))
	}},
	uapi.IORING_REGISTER_SEND_MSG_RING: {0, func(int) error {
		var sqe uapi.IoUringSqe
		sqe.PrepMsgRing(-1, 0, 0, 0)
		return uapi.RegisterSendMsgRing(&sqe)
	}},
	uapi.IORING_REGISTER_RESIZE_RINGS: {uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN, func(fd int) error {
		return uapi.RegisterResizeRings(fd, &uapi.IoUringParams{SqEntries: 1})
	}},
}

// registerError is the error of a register operation: an UnsupportedError if
// the kernel lacks it, else an OpError with the remedy that is known for it.
func registerError(call string, op uapi.RegisterOp, err error, remedies map[syscall.Errno]string) error {
	if errors.Is(err, syscall.EINVAL) && !registers(op) {
		return &UnsupportedError{Feature: call, MinKernel: op.Since(), Err: err}
	}
	var errno syscall.Errno
	errors.As(err, &errno)
	remedy := remedies[errno]
	switch {
	case remedy != "":
	case errno == syscall.EEXIST:
		remedy = remedyThread
	case errno == syscall.EACCES:
		remedy = "the ring's restrictions do not allow it"
	case errno == syscall.ENOMEM:
		remedy = "raise RLIMIT_MEMLOCK, give the process CAP_IPC_LOCK, or register less"
	}
	return &OpError{call, err, remedy}
}

const remedyThread = "the ring belongs to the thread that made it: use it from the goroutine that called New, or make it with AnyThread"

// registering fails where the ring is closed or the caller is on a thread that
// the kernel would refuse.
func (r *Ring) registering(call string) error {
	if err := r.raw.alive(); err != nil {
		return err
	}
	return r.raw.onThread(call)
}
