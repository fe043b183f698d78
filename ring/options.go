package ring

import (
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Options says how a ring is to be. The zero value, and nil, are the default:
// the fastest ring that the kernel has, for one thread.
//
// By default a ring has IORING_SETUP_SINGLE_ISSUER, DEFER_TASKRUN,
// TASKRUN_FLAG, NO_SQARRAY and SUBMIT_ALL and is entered through a registered
// index. What the running kernel lacks is left out, newest first, down to
// Linux 5.10; Info tells what remained. Such a ring belongs to the thread that
// made it: New locks the calling goroutine to its thread until Close.
type Options struct {
	// Flags are asked for besides the default. A kernel that lacks one of them
	// gives an UnsupportedError; flags that exclude one of the default's leave
	// that out. IORING_SETUP_CQSIZE, SQ_AFF and ATTACH_WQ are added where the
	// fields below call for them.
	Flags uapi.SetupFlags

	// Exact uses Flags alone, without the default and without falling back.
	Exact bool

	// AnyThread makes a ring that is not bound to a thread: completions come
	// with IORING_SETUP_COOP_TASKRUN where the kernel has it, New locks no
	// thread, and the goroutine that uses the ring may move between threads.
	// Only one goroutine may use it at a time. The kernel cancels requests whose
	// thread ends (-ECANCELED): threads do where a goroutine returns while it is
	// locked to one.
	AnyThread bool

	// SubmitWithScheduler tells the Go scheduler of each submission. By default
	// it is not told, which costs less, but other goroutines that were waiting
	// for this processor go on waiting while the kernel works. Set it where
	// submissions copy much, such as large buffered writes.
	SubmitWithScheduler bool

	// CQEntries is the size of the completion queue, rounded up to a power of
	// two; 0 is twice the submission queue. At least the entries of the
	// submission queue, at most 65536.
	CQEntries uint32

	// SQThreadIdle is after how much time without a submission the kernel's
	// polling thread sleeps, with IORING_SETUP_SQPOLL; in milliseconds, rounded
	// up; 0 is the kernel's default, a second.
	SQThreadIdle time.Duration

	// SQThreadCPU binds the polling thread to a processor, numbered from 1: 0
	// binds it to none, 1 to processor 0. Needs IORING_SETUP_SQPOLL.
	SQThreadCPU int

	// Memory is where the queues are to be, instead of memory of the kernel's:
	// at least MemorySize bytes that begin at a page, from mmap(2). What was in
	// it is lost. It belongs to the ring until Close, which does not unmap it,
	// and must not be unmapped before. Unmap it then rather than use it again:
	// the kernel may set a flag in it a moment later. Memory of Go's heap is
	// never collected again. Brings IORING_SETUP_NO_MMAP, since Linux
	// 6.5, and with IORING_SETUP_REGISTERED_FD_ONLY in Flags the ring has no
	// descriptor at all and is bound to the thread that made it, AnyThread or not.
	Memory []byte

	// ShareWorkers is a ring whose worker threads, and polling thread, this one
	// shares. nil has its own.
	ShareWorkers *Ring
}

// Limits of the kernel on the sizes of queues; io_uring_setup(2).
const (
	maxEntries   = 32768
	maxCQEntries = 65536
)

// Info is what the kernel made of a ring.
type Info struct {
	Flags      uapi.SetupFlags // what the ring has
	Features   uapi.Features   // what the kernel reports
	SQEntries  uint32          // size of the submission queue
	CQEntries  uint32          // size of the completion queue
	Registered bool            // entered through a registered index; since Linux 5.18
}
