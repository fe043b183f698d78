//go:build linux

package ring

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// ladders are the sets of flags that New tries, best first. The kernel that
// brought a rung stands behind it.
var (
	oneThread = []uapi.SetupFlags{
		uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG | uapi.IORING_SETUP_SUBMIT_ALL | uapi.IORING_SETUP_NO_SQARRAY, // 6.6
		uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG | uapi.IORING_SETUP_SUBMIT_ALL,                                // 6.1
		uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_COOP_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG | uapi.IORING_SETUP_SUBMIT_ALL,                                 // 6.0
		uapi.IORING_SETUP_COOP_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG | uapi.IORING_SETUP_SUBMIT_ALL,                                                                   // 5.19
		uapi.IORING_SETUP_SUBMIT_ALL, // 5.18
		0,
	}
	anyThread = []uapi.SetupFlags{
		uapi.IORING_SETUP_COOP_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG | uapi.IORING_SETUP_SUBMIT_ALL | uapi.IORING_SETUP_NO_SQARRAY, // 6.6
		uapi.IORING_SETUP_COOP_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG | uapi.IORING_SETUP_SUBMIT_ALL,                                // 5.19
		uapi.IORING_SETUP_SUBMIT_ALL, // 5.18
		0,
	}
)

// taskrun is what the kernel's polling thread makes pointless, and refuses.
const taskrun = uapi.IORING_SETUP_COOP_TASKRUN | uapi.IORING_SETUP_DEFER_TASKRUN | uapi.IORING_SETUP_TASKRUN_FLAG

// companions are flags that the kernel takes only together with others.
var companions = map[uapi.SetupFlags]uapi.SetupFlags{
	uapi.IORING_SETUP_SQ_AFF:             uapi.IORING_SETUP_SQPOLL,
	uapi.IORING_SETUP_DEFER_TASKRUN:      uapi.IORING_SETUP_SINGLE_ISSUER,
	uapi.IORING_SETUP_TASKRUN_FLAG:       uapi.IORING_SETUP_COOP_TASKRUN,
	uapi.IORING_SETUP_HYBRID_IOPOLL:      uapi.IORING_SETUP_IOPOLL,
	uapi.IORING_SETUP_SQ_REWIND:          uapi.IORING_SETUP_NO_SQARRAY,
	uapi.IORING_SETUP_REGISTERED_FD_ONLY: uapi.IORING_SETUP_NO_MMAP,
	uapi.IORING_SETUP_NO_MMAP:            0,
	uapi.IORING_SETUP_CQSIZE:             0,
	uapi.IORING_SETUP_ATTACH_WQ:          0,
	uapi.IORING_SETUP_SINGLE_ISSUER:      0,
	uapi.IORING_SETUP_COOP_TASKRUN:       0,
	uapi.IORING_SETUP_SUBMIT_ALL:         0,
	uapi.IORING_SETUP_NO_SQARRAY:         0,
	uapi.IORING_SETUP_CQE_MIXED:          0,
	uapi.IORING_SETUP_SQE_MIXED:          0,
	uapi.IORING_SETUP_SQE128:             0,
	uapi.IORING_SETUP_CQE32:              0,
	uapi.IORING_SETUP_R_DISABLED:         0,
	uapi.IORING_SETUP_IOPOLL:             0,
	uapi.IORING_SETUP_SQPOLL:             0,
	uapi.IORING_SETUP_CLAMP:              0,
}

// rungs are the sets of flags to try for o, best first.
func (o *Options) rungs() []uapi.SetupFlags {
	if o.Exact {
		return []uapi.SetupFlags{o.Flags}
	}
	ladder := oneThread
	if o.AnyThread {
		ladder = anyThread
	}
	var rungs []uapi.SetupFlags
	for _, f := range ladder {
		if o.Flags&uapi.IORING_SETUP_SQPOLL != 0 {
			f &^= taskrun
		}
		if o.Flags&uapi.IORING_SETUP_COOP_TASKRUN != 0 {
			f &^= uapi.IORING_SETUP_DEFER_TASKRUN
		}
		rungs = append(rungs, f|o.Flags)
	}
	return rungs
}

// params is what o asks the kernel for, and what is wrong with it.
func (o *Options) params(entries uint32) (uapi.IoUringParams, error) {
	p := uapi.IoUringParams{CqEntries: o.CQEntries}
	clamp := o.Flags&uapi.IORING_SETUP_CLAMP != 0
	switch {
	case entries == 0:
		return p, &ArgumentError{"New", "entries", "is 0", "ask for at least 1"}
	case entries > maxEntries && !clamp:
		return p, &ArgumentError{"New", "entries", fmt.Sprintf("is %d", entries), fmt.Sprintf("ask for at most %d, or set IORING_SETUP_CLAMP", maxEntries)}
	case o.CQEntries > maxCQEntries && !clamp:
		return p, &ArgumentError{"New", "CQEntries", fmt.Sprintf("is %d", o.CQEntries), fmt.Sprintf("ask for at most %d, or set IORING_SETUP_CLAMP", maxCQEntries)}
	case o.CQEntries != 0 && o.CQEntries < entries && !clamp:
		return p, &ArgumentError{"New", "CQEntries", fmt.Sprintf("is %d", o.CQEntries), fmt.Sprintf("ask for at least as many as entries, %d", entries)}
	case o.CQEntries == 0 && o.Flags&uapi.IORING_SETUP_CQSIZE != 0:
		return p, &ArgumentError{"New", "CQEntries", "is 0 with IORING_SETUP_CQSIZE", "leave that flag out: it comes with CQEntries"}
	case o.SQThreadIdle < 0 || o.SQThreadIdle > math.MaxUint32*time.Millisecond:
		return p, &ArgumentError{"New", "SQThreadIdle", "is " + o.SQThreadIdle.String(), "use a duration from 0 to 49 days"}
	case o.SQThreadCPU < 0 || o.SQThreadCPU > math.MaxInt32:
		return p, &ArgumentError{"New", "SQThreadCPU", fmt.Sprintf("is %d", o.SQThreadCPU), "use 0 for none, 1 for processor 0"}
	case o.SQThreadCPU > 0 && o.Flags&uapi.IORING_SETUP_SQPOLL == 0:
		return p, &ArgumentError{"New", "SQThreadCPU", "is set without IORING_SETUP_SQPOLL", "set that flag or leave it 0"}
	case o.ShareWorkers != nil && o.ShareWorkers.closed():
		return p, &ArgumentError{"New", "ShareWorkers", "is a closed ring", ""}
	case o.Memory == nil && o.Flags&(uapi.IORING_SETUP_NO_MMAP|uapi.IORING_SETUP_REGISTERED_FD_ONLY) != 0:
		return p, &ArgumentError{"New", "Memory", "is nil", "IORING_SETUP_NO_MMAP and REGISTERED_FD_ONLY need it, see MemorySize"}
	}
	if o.Memory != nil {
		p.Flags |= uapi.IORING_SETUP_NO_MMAP
	}
	if o.CQEntries != 0 {
		p.Flags |= uapi.IORING_SETUP_CQSIZE
	}
	p.SqThreadIdle = uint32((o.SQThreadIdle + time.Millisecond - 1) / time.Millisecond)
	if o.SQThreadCPU > 0 {
		p.Flags |= uapi.IORING_SETUP_SQ_AFF
		p.SqThreadCpu = uint32(o.SQThreadCPU - 1)
	}
	if o.ShareWorkers != nil {
		p.Flags |= uapi.IORING_SETUP_ATTACH_WQ
		p.WqFd = uint32(o.ShareWorkers.raw.fd)
	}
	return p, nil
}

// setup makes a ring with the best flags that the kernel takes.
func setup(entries uint32, o *Options) (fd int, p uapi.IoUringParams, err error) {
	base, err := o.params(entries)
	if err != nil {
		return -1, base, err
	}
	if err := o.place(entries, &base); err != nil {
		return -1, base, err
	}
	fd, p, err = climb(entries, base, o.rungs(), uapi.Setup)
	if err != nil {
		err = setupError(base.Flags|o.Flags, err)
		if o.Memory != nil {
			unlend(o.Memory)
			err = memoryError(err)
		}
		return -1, p, err
	}
	if p.Flags&uapi.IORING_SETUP_REGISTERED_FD_ONLY != 0 {
		fd = uapi.RegisteredRing(fd)
	}
	if p.Features&uapi.IORING_FEAT_SINGLE_MMAP == 0 {
		_ = closeRing(fd)
		return -1, p, &UnsupportedError{Feature: "rings in one mapping", MinKernel: "5.4", Err: syscall.EINVAL}
	}
	return fd, p, nil
}

// climb tries one rung after the other, until the kernel takes one or fails
// for a reason that other flags would not change.
func climb(entries uint32, base uapi.IoUringParams, rungs []uapi.SetupFlags, try func(uint32, *uapi.IoUringParams) (int, error)) (fd int, p uapi.IoUringParams, err error) {
	for _, flags := range rungs {
		p = base
		p.Flags |= flags
		fd, err = try(entries, &p)
		if !errors.Is(err, syscall.EINVAL) {
			break
		}
	}
	return fd, p, err
}

// setupError says why no ring could be made with the flags that the caller
// asked for.
func setupError(asked uapi.SetupFlags, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSYS):
		return &UnsupportedError{Feature: "io_uring", MinKernel: "5.1", Config: "CONFIG_IO_URING", Err: err}
	case errors.Is(err, syscall.EPERM):
		return &OpError{"setup", err, "see /proc/sys/kernel/io_uring_disabled, and what seccomp filter the process has"}
	case errors.Is(err, syscall.ENOMEM):
		return &OpError{"setup", err, "ask for fewer entries or, before Linux 5.12, raise RLIMIT_MEMLOCK"}
	case !errors.Is(err, syscall.EINVAL):
		return &OpError{"setup", err, ""}
	}
	for bit := uapi.SetupFlags(1); bit != 0; bit <<= 1 {
		if asked&bit != 0 && !kernelTakes(bit) {
			return &UnsupportedError{Feature: bit.String(), MinKernel: bit.Since(), Err: err}
		}
	}
	return &OpError{"setup", err, fmt.Sprintf("the kernel takes each of these flags, but not all together: %v", asked)}
}

// kernelTakes makes a ring with one flag and what it cannot be without.
func kernelTakes(flag uapi.SetupFlags) bool {
	with, known := companions[flag]
	if !known {
		return false
	}
	p := uapi.IoUringParams{Flags: flag | with, CqEntries: 2}
	switch flag {
	case uapi.IORING_SETUP_ATTACH_WQ:
		other, err := uapi.Setup(1, new(uapi.IoUringParams))
		if err != nil {
			return true // cannot be tried
		}
		defer syscall.Close(other)
		p.WqFd = uint32(other)
	case uapi.IORING_SETUP_NO_MMAP, uapi.IORING_SETUP_REGISTERED_FD_ONLY:
		page := os.Getpagesize()
		m, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			return true
		}
		defer syscall.Munmap(m)
		p.SqOff.UserAddr = uint64(uintptr(unsafe.Pointer(&m[0])))
		p.CqOff.UserAddr = p.SqOff.UserAddr + uint64(page)
		runtime.LockOSThread() // the index of a ring without a descriptor is the thread's
		defer runtime.UnlockOSThread()
	}
	fd, err := uapi.Setup(1, &p)
	if err == nil {
		if flag == uapi.IORING_SETUP_REGISTERED_FD_ONLY {
			fd = uapi.RegisteredRing(fd)
		}
		_ = closeRing(fd)
	}
	return !errors.Is(err, syscall.EINVAL)
}
