//go:build linux

package semantics

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// Who may bind a task.
func TestTaskPrivilege(t *testing.T) {
	inChild(t, func(t *testing.T) {
		unprivileged := func(t *testing.T, name string, body func(*testing.T)) {
			t.Run(name, func(t *testing.T) {
				runtime.LockOSThread()
				becomeNobody(t)
				body(t)
			})
		}
		unprivileged(t, "neither", func(t *testing.T) {
			wants(t, "filter", registered(task, opNop, deny), denied)
			wants(t, "restrictions", restrict(allowOp(opClose)), denied)
			wants(t, "NOP", newNop(), ok)
		})
		unprivileged(t, "no_new_privs of another thread", func(t *testing.T) {
			wants(t, "the other", elsewhereForGood(bindThread), ok)
			wants(t, "filter", registered(task, opNop, deny), denied)
			wants(t, "restrictions", restrict(allowOp(opClose)), denied)
		})
		unprivileged(t, "no_new_privs, filter", func(t *testing.T) {
			must(t, noNewPrivs())
			wants(t, "filter", registered(task, opNop, deny), ok)
			wants(t, "NOP", newNop(), denied)
		})
		unprivileged(t, "no_new_privs, restrictions", func(t *testing.T) {
			must(t, noNewPrivs())
			wants(t, "restrictions", restrict(allowOp(opClose)), ok)
			wants(t, "NOP", newNop(), denied)
		})
		unprivileged(t, "a user namespace of one's own", func(t *testing.T) {
			wants(t, "in it", play("filter", inUserNamespace), "0 EACCES")
			wants(t, "outside", play("filter"), "EACCES 0")
		})
		t.Run("CAP_SYS_ADMIN", func(t *testing.T) {
			runtime.LockOSThread()
			if syscall.Geteuid() != 0 {
				wants(t, "filter", play("filter", inUserNamespace), "0 EACCES") // there it has the capability
				return
			}
			wants(t, "filter", registered(task, opNop, deny), ok)
			wants(t, "NOP", newNop(), denied)
		})
	})
}

// inUserNamespace gives a process all capabilities, in a namespace of its own.
// Its user is mapped to nobody there, so that execve would take them away: one
// is made to stay.
func inUserNamespace(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN}}
}

// Which rings a filter of a task binds.
func TestTaskRings(t *testing.T) {
	inChild(t, func(t *testing.T) {
		onThread(t, "later rings are bound, earlier ones are not", func(t *testing.T) {
			earlier := newRing(t, 0)
			must(t, filter(task, opNop, deny))
			later := newRing(t, 0)
			wants(t, "earlier", ask(earlier, nop), ok)
			wants(t, "later", ask(later, nop), denied)
			wants(t, "later, another operation", ask(later, shut), "EBADF")
		})
		onThread(t, "later SQPOLL rings too", func(t *testing.T) {
			must(t, filter(task, opNop, deny))
			wants(t, "NOP", ask(newRing(t, uapi.IORING_SETUP_SQPOLL), nop), denied)
		})
		onThread(t, "a bound ring stays bound, whoever uses it", func(t *testing.T) {
			must(t, filter(task, opNop, deny))
			r := newRing(t, 0)
			wants(t, "another thread", elsewhere(func() string { return ask(r, nop) }), denied)
			wants(t, "that thread's own ring", elsewhere(newNop), ok)
		})
		onThread(t, "a free ring stays free, whoever uses it", func(t *testing.T) {
			var r *ring.Raw
			other := hire(1)
			defer other.dismiss()
			wants(t, "made elsewhere", other.tally(func() (s string) {
				var err error
				r, err = open(0)
				return answer(err)
			}), all(1, ok))
			must(t, filter(task, opNop, deny))
			wants(t, "used by the bound thread", ask(r, nop), ok)
			must(t, r.Close())
		})
		onThread(t, "a ring adds to what it took from its task", func(t *testing.T) {
			must(t, filter(task, opNop, allow))
			r, other := newRing(t, 0), newRing(t, 0)
			wants(t, "registration", registered(r.FD(), opNop, deny), ok)
			wants(t, "that ring", ask(r, nop), denied)
			wants(t, "another of the task", ask(other, nop), ok)
			wants(t, "a later one", newNop(), ok)
		})
		onThread(t, "a ring cannot loosen what it took from its task", func(t *testing.T) {
			must(t, filter(task, opNop, deny))
			r := newRing(t, 0)
			wants(t, "registration", registered(r.FD(), opNop, allow), ok)
			wants(t, "NOP", ask(r, nop), denied)
		})
	})
}

// Which tasks a filter of a task binds.
func TestTaskIsOneThread(t *testing.T) {
	inChild(t, func(t *testing.T) {
		onThread(t, "threads that were there are free", func(t *testing.T) {
			earlier := hire(16)
			defer earlier.dismiss()
			must(t, filter(task, opNop, deny))
			wants(t, "this thread", newNop(), denied)
			wants(t, "earlier threads", earlier.tally(newNop), all(16, ok))
		})
		onThread(t, "restrictions, too", func(t *testing.T) {
			earlier := hire(16)
			defer earlier.dismiss()
			wants(t, "restrictions", restrict(allowOp(opClose)), ok)
			wants(t, "this thread", newNop(), denied)
			wants(t, "earlier threads", earlier.tally(newNop), all(16, ok))
			wants(t, "an earlier thread restricts itself", earlier.tally(func() string {
				return answer(noNewPrivs()) + restrict(allowOp(opNop)) + newNop()
			}), all(16, ok+ok+ok))
		})
	})
}
