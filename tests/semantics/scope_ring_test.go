//go:build linux

package semantics

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// A filter of a ring holds at once, on whatever kind of ring, and needs nothing
// but the ring.
func TestRingIsLive(t *testing.T) {
	kernel.Need(t, filters)
	for _, c := range []struct {
		name  string
		flags uapi.SetupFlags
		close string
	}{
		{"plain", 0, "EBADF"},
		{"SQPOLL", uapi.IORING_SETUP_SQPOLL, "EBADF"},
		{"IOPOLL", uapi.IORING_SETUP_IOPOLL, invalid}, // has no such operation
		{"SINGLE_ISSUER", uapi.IORING_SETUP_SINGLE_ISSUER, "EBADF"},
		{"DEFER_TASKRUN", uapi.IORING_SETUP_SINGLE_ISSUER | uapi.IORING_SETUP_DEFER_TASKRUN, "EBADF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, other := newRing(t, c.flags), newRing(t, 0)
			wants(t, "before", ask(r, nop), ok)
			wants(t, "registration", registered(r.FD(), opNop, deny), ok)
			wants(t, "after", ask(r, nop), denied)
			wants(t, "another operation", ask(r, shut), c.close)
			wants(t, "another ring", ask(other, nop), ok)
			wants(t, "a ring made later", newNop(), ok)
		})
	}
	t.Run("what is queued already", func(t *testing.T) {
		r := newRing(t, 0)
		put(r, 1, nop)
		must(t, filter(r.FD(), opNop, deny))
		_, err := r.Submit()
		must(t, err)
		wants(t, "completions", results(r, 1), "1=EACCES")
	})
	t.Run("through a registered index", func(t *testing.T) {
		r := newRing(t, uapi.IORING_SETUP_SINGLE_ISSUER)
		index, err := uapi.RegisterRingFd(r.FD())
		must(t, err)
		wants(t, "registration", registered(uapi.RegisteredRing(int(index)), opNop, deny), ok)
		wants(t, "after", ask(r, nop), denied)
		must(t, uapi.UnregisterRingFd(r.FD(), index))
	})
	t.Run("before it is enabled", func(t *testing.T) {
		r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
		wants(t, "registration", registered(r.FD(), opNop, deny), ok)
		must(t, r.Enable())
		wants(t, "after", ask(r, nop), denied)
	})
}

func TestRingNeedsNoPrivilege(t *testing.T) {
	inChild(t, func(t *testing.T) {
		for name, flags := range map[string]uapi.SetupFlags{"plain": 0, "R_DISABLED": uapi.IORING_SETUP_R_DISABLED} {
			t.Run(name, func(t *testing.T) {
				runtime.LockOSThread()
				becomeNobody(t)
				r := newRing(t, flags)
				wants(t, "registration", registered(r.FD(), opNop, deny), ok)
				if flags != 0 {
					must(t, r.Enable())
				}
				wants(t, "NOP", ask(r, nop), denied)
			})
		}
	})
}

// Whoever holds a ring can add to its filters.
func TestRingHolders(t *testing.T) {
	kernel.Need(t, filters)
	t.Run("another thread", func(t *testing.T) {
		r := newRing(t, 0)
		wants(t, "registration", elsewhere(func() string { return registered(r.FD(), opNop, deny) }), ok)
		wants(t, "NOP", ask(r, nop), denied)
	})
	t.Run("another process", func(t *testing.T) {
		r := newRing(t, 0)
		wants(t, "registration", play("ring filter", gives(t, r.FD())), ok)
		wants(t, "NOP", ask(r, nop), denied)
	})
	t.Run("another thread, SINGLE_ISSUER", func(t *testing.T) {
		r := newRing(t, uapi.IORING_SETUP_SINGLE_ISSUER)
		wants(t, "registration", elsewhere(func() string { return registered(r.FD(), opNop, deny) }), "EEXIST")
		wants(t, "NOP", ask(r, nop), ok)
	})
	t.Run("SCM_RIGHTS", func(t *testing.T) {
		r := newRing(t, 0)
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		must(t, err)
		defer syscall.Close(pair[0])
		defer syscall.Close(pair[1])
		send := func(fd int) string {
			return answer(syscall.Sendmsg(pair[0], []byte{0}, syscall.UnixRights(fd), nil, 0))
		}
		wants(t, "a socket", send(pair[1]), ok)
		wants(t, "a ring", send(r.FD()), invalid)
	})
}

// gives makes a descriptor the inherited one of a role.
func gives(t *testing.T, fd int) func(*exec.Cmd) {
	t.Helper()
	fd, err := syscall.Dup(fd)
	must(t, err)
	f := os.NewFile(uintptr(fd), "given")
	t.Cleanup(func() { f.Close() })
	return func(c *exec.Cmd) { c.ExtraFiles = []*os.File{f} }
}

// A ring's filters are its own: they do not pass to what else its task or a
// child makes.
func TestRingPassesNothingOn(t *testing.T) {
	kernel.Need(t, filters)
	r := newRing(t, 0)
	must(t, filter(r.FD(), opNop, deny))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	wants(t, "the ring", ask(r, nop), denied)
	wants(t, "a later ring", newNop(), ok)
	wants(t, "a forked child's own ring", startFork(t, false).answer(), ok)
	wants(t, "a ring of another image", play("nop"), ok)
}
