//go:build linux

package semantics

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
)

// forked is a child by fork alone, without execve. Go's runtime does not live
// on in it, so it makes no calls but system calls: it sets a ring up, runs a NOP
// and ends. Ring and answer lie in memory that parent and child share.
type forked struct {
	state  *forkState
	queues []byte // completion and submission queue
	pid    int
	pipe   [2]int // the child reads from it before it starts; -1 if it does not wait
}

type forkState struct {
	params uapi.IoUringParams
	start  byte    // what comes through the pipe
	clone  uintptr // flags of clone(2), besides the signal
}

// startFork forks the calling thread, with flags of clone(2) if there are any.
// With wait, the child makes its ring only when it is asked.
func startFork(t *testing.T, wait bool, clone ...uintptr) *forked {
	t.Helper()
	page := syscall.Getpagesize()
	m, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
	must(t, err)
	c := &forked{state: (*forkState)(unsafe.Pointer(&m[2*page])), queues: m[:page], pipe: [2]int{-1, -1}}
	if wait {
		must(t, syscall.Pipe2(c.pipe[:], syscall.O_CLOEXEC))
	}
	for _, f := range clone {
		c.state.clone |= f
	}
	// A submission entry of zeros is a NOP.
	c.state.params = uapi.IoUringParams{Flags: uapi.IORING_SETUP_NO_MMAP | uapi.IORING_SETUP_NO_SQARRAY}
	c.state.params.CqOff.UserAddr = uint64(uintptr(unsafe.Pointer(&m[0])))
	c.state.params.SqOff.UserAddr = uint64(uintptr(unsafe.Pointer(&m[page])))
	pid, e := fork(c.state, unsafe.Pointer(&m[0]), uintptr(c.pipe[0]))
	if e != 0 {
		t.Fatalf("fork: %v", e)
	}
	c.pid = int(pid)
	t.Cleanup(func() { syscall.Munmap(m) })
	return c
}

// fork is clone(2) with what the child does. The child has but this thread, and
// locks may be held that nobody will release.
//
//go:norace
//go:nosplit
//go:noinline
func fork(s *forkState, queues unsafe.Pointer, wait uintptr) (pid uintptr, e syscall.Errno) {
	flags, stack := uintptr(syscall.SIGCHLD)|s.clone, uintptr(0)
	if runtime.GOARCH == "s390x" {
		flags, stack = stack, flags
	}
	pid, _, e = syscall.RawSyscall6(unix.SYS_CLONE, flags, stack, 0, 0, 0, 0)
	if e != 0 || pid != 0 {
		return pid, e
	}
	if int(wait) >= 0 {
		_, _, _ = syscall.RawSyscall(unix.SYS_READ, wait, uintptr(unsafe.Pointer(&s.start)), 1)
	}
	fd, _, e := syscall.RawSyscall(uapi.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&s.params)), 0)
	if e == 0 {
		*(*uint32)(unsafe.Add(queues, s.params.SqOff.Tail)) = 1
		_, _, e = syscall.RawSyscall6(uapi.SYS_IO_URING_ENTER, fd, 1, 1, uintptr(uapi.IORING_ENTER_GETEVENTS), 0, 0)
	}
	for {
		_, _, _ = syscall.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(e), 0, 0)
	}
}

// answer lets the child go on, waits for its end and returns what its NOP said.
func (c *forked) answer() string {
	if c.pipe[1] >= 0 {
		if _, err := syscall.Write(c.pipe[1], []byte{1}); err != nil {
			return err.Error()
		}
		syscall.Close(c.pipe[0])
		syscall.Close(c.pipe[1])
	}
	var status syscall.WaitStatus
	if _, err := wait4(c.pid, &status); err != nil {
		return "wait: " + err.Error()
	}
	if status.Signaled() || status.ExitStatus() != 0 {
		return fmt.Sprintf("the child: %v, %v", status.Signal(), syscall.Errno(status.ExitStatus()))
	}
	p := &c.state.params
	if n := (*atomic.Uint32)(unsafe.Pointer(&c.queues[p.CqOff.Tail])).Load(); n != 1 {
		return fmt.Sprintf("the child: %d completions", n)
	}
	return result((*uapi.IoUringCqe)(unsafe.Pointer(&c.queues[p.CqOff.Cqes])).Res)
}

func wait4(pid int, status *syscall.WaitStatus) (int, error) {
	for {
		n, err := syscall.Wait4(pid, status, 0, nil)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
