//go:build linux

package semantics

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
)

// allThreads makes a system call on all threads of the process.
func allThreads(trap uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	return errnoOf(syscall.AllThreadsSyscall6(trap, a[0], a[1], a[2], a[3], a[4], a[5]))
}

// A registration on a locked thread binds that thread, and none that the Go
// runtime makes: it makes them from others.
func TestGoLockedThread(t *testing.T) {
	inChild(t, func(t *testing.T) {
		onThread(t, "filter", func(t *testing.T) {
			must(t, filter(task, opNop, deny))
			later := hire(16)
			defer later.dismiss()
			wants(t, "later threads", later.tally(newNop), all(16, ok))
			wants(t, "this thread", newNop(), denied)
		})
	})
}

// cgo tells whether there is code of C in this program.
var cgo bool

// AllThreadsSyscall6 is for programs without cgo. This needs no filters.
func TestGoAllThreadsCgo(t *testing.T) {
	want := ok
	if cgo {
		want = "ENOTSUP"
	}
	wants(t, "PR_GET_DUMPABLE", answer(allThreads(unix.SYS_PRCTL, unix.PR_GET_DUMPABLE)), want)
}

// AllThreadsSyscall6 binds all threads, and through them later ones. With cgo
// there is no such call.
func TestGoAllThreads(t *testing.T) {
	inChild(t, func(t *testing.T) {
		q := registration(opNop, deny)
		earlier := hire(16)
		defer earlier.dismiss()
		err := allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
		if cgo {
			wants(t, "with cgo", answer(err), "ENOTSUP")
			wants(t, "with cgo, a thread", elsewhere(newNop), ok)
			return
		}
		must(t, err)
		// A thread that has a filter already makes no difference.
		wants(t, "one before", elsewhereForGood(func() string { return registered(task, opNop, allow) }), ok)
		fd := -1
		must(t, allThreads(uapi.SYS_IO_URING_REGISTER, uintptr(fd), uintptr(uapi.IORING_REGISTER_BPF_FILTER), uintptr(unsafe.Pointer(q.bpf)), 1))
		runtime.KeepAlive(q)
		later := hire(64)
		defer later.dismiss()
		wants(t, "earlier threads", earlier.tally(newNop), all(16, denied))
		wants(t, "later threads", later.tally(newNop), all(64, denied))
		wants(t, "a child", play("threads"), all(16, denied))
	})
}

// The runtime ends the process where the call's results differ: here one thread
// has restrictions before, and gets EPERM.
func TestGoThreadsDiffer(t *testing.T) {
	inChild(t, func(t *testing.T) {
		got := play("threads differ")
		switch {
		case cgo:
			wants(t, "with cgo", got, "ENOTSUP")
		case !strings.Contains(got, "results differ between threads"):
			t.Errorf("the process ended with: %s", got)
		}
	})
}

func threadsDiffer() string {
	if err := allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return answer(err)
	}
	if s := elsewhereForGood(func() string { return restrict(allowOp(opNop)) }); s != ok {
		return s
	}
	arg := new(struct {
		head uapi.IoUringTaskRestriction
		list [1]uapi.IoUringRestriction
	})
	arg.head.NrRes, arg.list[0] = 1, allowOp(opNop)
	fd := -1
	err := allThreads(uapi.SYS_IO_URING_REGISTER, uintptr(fd), uintptr(uapi.IORING_REGISTER_RESTRICTIONS), uintptr(unsafe.Pointer(arg)), 1)
	return "alive: " + answer(err)
}

// elsewhereForGood is elsewhere with a thread that stays.
func elsewhereForGood(f func() string) string {
	return strings.TrimPrefix(hire(1).tally(f), "1 × ")
}
