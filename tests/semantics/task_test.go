//go:build linux

package semantics

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
)

// The main goroutine keeps the main thread, the leader, so that no test binds
// it, and that roles are on it.
func init() { runtime.LockOSThread() }

// inChild runs subtests in a child process.
func inChild(t *testing.T, body func(*testing.T)) {
	t.Helper()
	kernel.Need(t, filters)
	reexec.Run(t, body)
}

// onThread runs a subtest on a thread of its own, which ends with it. The
// thread may register filters and restrictions for itself.
func onThread(t *testing.T, name string, body func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		runtime.LockOSThread() // for good: a goroutine that ends so takes its thread along
		must(t, noNewPrivs())
		body(t)
	})
}

// noNewPrivs lets the calling thread bind itself without a privilege.
func noNewPrivs() error {
	return errnoOf(syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0))
}

func errnoOf(_, _ uintptr, e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

// nobody is a user without privileges.
const nobody = 65534

// becomeNobody takes root's privileges from the calling thread.
func becomeNobody(t *testing.T) {
	t.Helper()
	if syscall.Geteuid() != 0 {
		return
	}
	must(t, errnoOf(syscall.RawSyscall(unix.SYS_SETRESGID, nobody, nobody, nobody)))
	must(t, errnoOf(syscall.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody)))
}

// crew is threads that do nothing until they are asked.
type crew struct {
	orders  []chan func() string
	answers chan string
}

// hire starts n threads.
func hire(n int) *crew {
	c := &crew{answers: make(chan string)}
	for range n {
		orders := make(chan func() string)
		c.orders = append(c.orders, orders)
		go func() {
			runtime.LockOSThread()
			c.answers <- ""
			for f := range orders {
				c.answers <- f()
			}
		}()
	}
	for range n {
		<-c.answers
	}
	return c
}

// tally lets each thread answer, and counts: "14 × 0, 2 × EACCES".
func (c *crew) tally(f func() string) string {
	for _, o := range c.orders {
		o <- f
	}
	count := map[string]int{}
	for range c.orders {
		count[<-c.answers]++
	}
	var parts []string
	for _, a := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, all(count[a], a))
	}
	return strings.Join(parts, ", ")
}

// dismiss ends the threads.
func (c *crew) dismiss() {
	for _, o := range c.orders {
		close(o)
	}
}

// all is the tally of n equal answers.
func all(n int, answer string) string { return fmt.Sprintf("%d × %s", n, answer) }

// newNop is what a NOP says on a ring of the calling thread's own.
func newNop() string { return askNew(nop) }

// elsewhere is the answer of a thread that the calling one has not made.
func elsewhere(f func() string) string {
	c := hire(1)
	defer c.dismiss()
	return strings.TrimPrefix(c.tally(f), "1 × ")
}

// restrict allows the calling thread what the list says and nothing else.
func restrict(list ...uapi.IoUringRestriction) string {
	return answer(uapi.RegisterTaskRestrictions(list))
}
