//go:build linux

package ring

import (
	"errors"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// FiltersSupported is nil if the kernel has filters of requests, an
// UnsupportedError if not, and an OpError where it cannot be told: no ring may
// be made, and the thread may not ask without one. It leaves no trace and needs
// no privilege.
func FiltersSupported() error {
	_, err := PayloadSize(uapi.IORING_OP_NOP)
	return err
}

// PayloadSize is how many bytes of an operation's arguments the kernel shows to
// a filter; 0 for most. Errors are those of FiltersSupported, with an
// UnsupportedError for an operation that the kernel lacks, too. It leaves no
// trace and needs no privilege.
func PayloadSize(op uapi.Op) (uint8, error) {
	fd, setupErr := disabledRing()
	if setupErr == nil {
		defer func() { _ = syscall.Close(fd) }()
	} else {
		fd = -1 // the thread itself: needs no_new_privs or CAP_SYS_ADMIN
	}
	size, err := payloadSize(fd, op)
	switch {
	case err == nil:
		return size, nil
	case !errors.Is(err, syscall.EINVAL):
		if setupErr != nil {
			err = setupErr
		}
		return 0, &OpError{"PayloadSize", err, "no ring can be made, or registered on; see /proc/sys/kernel/io_uring_disabled and the restrictions of the thread"}
	}
	if e := lacksFilterOn(fd, op, err); e != nil {
		return 0, e
	}
	return 0, &OpError{"PayloadSize", err, ""}
}

// payloadSize asks with a filter that cannot be registered: its size is one
// that no operation has, and it has no program. The kernel looks at the size
// first, and answers with its own.
func payloadSize(fd int, op uapi.Op) (uint8, error) {
	arg := &uapi.IoUringBpf{CmdType: uapi.IO_URING_BPF_CMD_FILTER}
	f := arg.Filter()
	f.Opcode, f.PduSize, f.FilterLen, f.Flags = uint32(op), 255, 1, uapi.IO_URING_BPF_FILTER_SZ_STRICT
	_, err := uapi.Register(fd, uapi.IORING_REGISTER_BPF_FILTER, unsafe.Pointer(arg), 1)
	switch {
	case errors.Is(err, syscall.EMSGSIZE):
		return f.PduSize, nil
	case err == nil:
		return 0, syscall.EPROTO // no kernel does that
	}
	return 0, err
}

// lacksFilter tells what the kernel lacks for filters of an operation, nil if
// nothing or if it cannot be told. err is what the kernel said to one.
func lacksFilter(op uapi.Op, err error) error {
	fd, e := disabledRing()
	if e != nil {
		fd = -1
	} else {
		defer func() { _ = syscall.Close(fd) }()
	}
	return lacksFilterOn(fd, op, err)
}

func lacksFilterOn(fd int, op uapi.Op, err error) error {
	if _, e := payloadSize(fd, uapi.IORING_OP_NOP); errors.Is(e, syscall.EINVAL) {
		return &UnsupportedError{Feature: "filters of requests", MinKernel: "7.0", Config: "CONFIG_IO_URING_BPF", Err: err}
	}
	if _, e := payloadSize(fd, op); !errors.Is(e, syscall.EINVAL) {
		return nil
	}
	if since := op.Since(); since != "" {
		return &UnsupportedError{Feature: op.String(), MinKernel: since, Err: err}
	}
	return &ArgumentError{"filter", op.String(), "is an operation that no known kernel has", "leave it out"}
}
