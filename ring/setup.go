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
	uapi.IORING_SETUP_SQ_AFF:        uapi.IORING_SETUP_SQPOLL,
	uapi.IORING_SETUP_DEFER_TASKRUN: uapi.IORING_SETUP_SINGLE_ISSUER,
	uapi.IORING_SETUP_TASKRUN_FLAG:  uapi.IORING_SETUP_COOP_TASKRUN,
	uapi.IORING_SETUP_HYBRID_IOPOLL: uapi.IORING_SETUP_IOPOLL,
	uapi.IORING_SETUP_SQ_REWIND:     uapi.IORING_SETUP_NO_SQARRAY,
	uapi.IORING_SETUP_CQSIZE:        0,
	uapi.IORING_SETUP_ATTACH_WQ:     0,
	uapi.IORING_SETUP_SINGLE_ISSUER: 0,
	uapi.IORING_SETUP_COOP_TASKRUN:  0,
	uapi.IORING_SETUP_SUBMIT_ALL:    0,
	uapi.IORING_SETUP_NO_SQARRAY:    0,
	uapi.IORING_SETUP_CQE_MIXED:     0,
	uapi.IORING_SETUP_SQE_MIXED:     0,
	uapi.IORING_SETUP_SQE128:        0,
	uapi.IORING_SETUP_CQE32:         0,
	uapi.IORING_SETUP_R_DISABLED:    0,
	uapi.IORING_SETUP_IOPOLL:        0,
	uapi.IORING_SETUP_SQPOLL:        0,
	uapi.IORING_SETUP_CLAMP:         0,
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
	rungs := o.rungs()
	for _, flags := range rungs {
		p = base
		p.Flags |= flags
		fd, err = uapi.Setup(entries, &p)
		if !errors.Is(err, syscall.EINVAL) {
			break
		}
	}
	if err != nil {
		return -1, p, setupError(base.Flags|o.Flags, err)
	}
	if p.Features&uapi.IORING_FEAT_SINGLE_MMAP == 0 {
		_ = syscall.Close(fd)
		return -1, p, &UnsupportedError{Feature: "rings in one mapping", MinKernel: "5.4", Err: syscall.EINVAL}
	}
	return fd, p, nil
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
		return true // needs memory, so it cannot be tried in passing
	}
	p := uapi.IoUringParams{Flags: flag | with, CqEntries: 2}
	if flag == uapi.IORING_SETUP_ATTACH_WQ {
		return true // needs another ring
	}
	fd, err := uapi.Setup(1, &p)
	if err == nil {
		_ = syscall.Close(fd)
	}
	return !errors.Is(err, syscall.EINVAL)
}
