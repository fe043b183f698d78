//go:build linux

package ring

import (
	"fmt"
	"math/bits"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// Workers is how many threads of the kernel's may do blocking work for the
// ring's owner: Bounded on regular files and block devices, Unbounded on all
// else. A 0 leaves a limit as it is.
type Workers struct{ Bounded, Unbounded uint32 }

// SetMaxWorkers limits the threads that do blocking work for the calling
// thread, and returns the limits before. They hold for all rings of the thread,
// and for those that share its workers. The zero value only asks. It must be
// called from the thread that submits.
//
// IORING_REGISTER_IOWQ_MAX_WORKERS, since Linux 5.15, io_uring_register(2).
func (r *Ring) SetMaxWorkers(w Workers) (before Workers, err error) {
	if err := r.registering("SetMaxWorkers"); err != nil {
		return before, err
	}
	n := [2]uint32{uapi.IO_WQ_BOUND: w.Bounded, uapi.IO_WQ_UNBOUND: w.Unbounded}
	if err := uapi.RegisterIowqMaxWorkers(r.raw.fd, &n); err != nil {
		return before, registerError("SetMaxWorkers", uapi.IORING_REGISTER_IOWQ_MAX_WORKERS, err, nil)
	}
	return Workers{Bounded: n[uapi.IO_WQ_BOUND], Unbounded: n[uapi.IO_WQ_UNBOUND]}, nil
}

// maxCPU is more than any kernel is built for.
const maxCPU = 1 << 16

// knownCPUs is for how many processors the kernel has room. It does not look
// at what else is asked for.
func knownCPUs() int {
	var mask [maxCPU / 8]byte
	n, _, errno := syscall.RawSyscall(unix.SYS_SCHED_GETAFFINITY, 0, uintptr(len(mask)), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return maxCPU
	}
	return int(n) * 8
}

// SetWorkerCPUs binds the threads that do blocking work for the calling thread
// to processors, numbered from 0. The kernel leaves out those that the system
// lacks. EINVAL: the process's cpuset does not have all of the others.
//
// IORING_REGISTER_IOWQ_AFF, since Linux 5.14, io_uring_register(2).
func (r *Ring) SetWorkerCPUs(cpus ...int) error {
	mask, err := cpuMask(cpus)
	if err != nil {
		return err
	}
	if err := r.registering("SetWorkerCPUs"); err != nil {
		return err
	}
	if err := uapi.RegisterIowqAff(r.raw.fd, mask); err != nil {
		return registerError("SetWorkerCPUs", uapi.IORING_REGISTER_IOWQ_AFF, err, map[syscall.Errno]string{
			syscall.EINVAL: "the process may not use all of these processors: see cpuset(7)",
		})
	}
	return nil
}

func cpuMask(cpus []int) ([]uintptr, error) {
	if len(cpus) == 0 {
		return nil, &ArgumentError{"SetWorkerCPUs", "cpus", "is empty", "use ClearWorkerCPUs to bind to none"}
	}
	var mask []uintptr
	known := knownCPUs()
	for _, c := range cpus {
		if c < 0 || c >= known {
			return nil, &ArgumentError{"SetWorkerCPUs", "cpus", fmt.Sprintf("has %d", c), fmt.Sprintf("the kernel numbers processors from 0 to %d at most", known-1)}
		}
		for c/bits.UintSize >= len(mask) {
			mask = append(mask, 0)
		}
		mask[c/bits.UintSize] |= 1 << (c % bits.UintSize)
	}
	return mask, nil
}

// ClearWorkerCPUs lets the threads that do blocking work run on any processor.
//
// IORING_UNREGISTER_IOWQ_AFF, since Linux 5.14, io_uring_register(2).
func (r *Ring) ClearWorkerCPUs() error {
	if err := r.registering("ClearWorkerCPUs"); err != nil {
		return err
	}
	if err := uapi.UnregisterIowqAff(r.raw.fd); err != nil {
		return registerError("ClearWorkerCPUs", uapi.IORING_UNREGISTER_IOWQ_AFF, err, nil)
	}
	return nil
}
