//go:build linux

package semantics

import (
	"runtime"
	"syscall"
	"testing"
)

// What a task starts has its filters and restrictions.
func TestInherit(t *testing.T) {
	inChild(t, func(t *testing.T) {
		binds := map[string]func(*testing.T){
			"filter":       func(t *testing.T) { must(t, filter(task, opNop, deny)) },
			"restrictions": func(t *testing.T) { wants(t, "restrictions", restrict(allowOp(opClose)), ok) },
		}
		for name, bind := range binds {
			onThread(t, name, func(t *testing.T) {
				before := startFork(t, true)
				bind(t)
				wants(t, "fork", startFork(t, false).answer(), denied)
				wants(t, "clone, with shared state", startFork(t, false, syscall.CLONE_FS|syscall.CLONE_SYSVSEM|syscall.CLONE_IO).answer(), denied)
				wants(t, "clone, with a user namespace of its own", startFork(t, false, syscall.CLONE_NEWUSER).answer(), denied)
				wants(t, "vfork and execve", play("nop"), denied)
				wants(t, "threads of that image", play("threads"), all(16, denied))
				wants(t, "fork, before the registration", before.answer(), ok)
				wants(t, "a child of another thread", elsewhere(func() string { return play("nop") }), ok)
			})
		}
		onThread(t, "a child tightens itself alone", func(t *testing.T) {
			must(t, filter(task, opNop, allow))
			wants(t, "child", play("filter"), "0 EACCES")
			wants(t, "parent", newNop(), ok)
		})
		onThread(t, "a child loosens nothing", func(t *testing.T) {
			must(t, filter(task, opNop, deny))
			wants(t, "child", play("allow"), "0 EACCES")
		})
		onThread(t, "a child's first filter reaches no thread that is there", func(t *testing.T) {
			must(t, filter(task, opNop, allow))
			wants(t, "the child's threads", play("threads, then filter"), all(8, ok))
		})
	})
}

// What execve does to the task that calls it.
func TestExec(t *testing.T) {
	inChild(t, func(t *testing.T) {
		t.Run("keeps a filter", func(t *testing.T) {
			wants(t, "the new image", play("exec filtered"), all(16, denied))
		})
		t.Run("keeps that of a thread that is not the leader", func(t *testing.T) {
			wants(t, "the new image", play("exec from another thread"), all(16, denied))
		})
		t.Run("does not bring in that of the leader", func(t *testing.T) {
			wants(t, "the new image", play("exec from another thread, leader bound"), all(16, ok))
		})
	})
}

// bindThread lets the calling thread make no NOPs; ok if that worked.
func bindThread() string {
	if err := noNewPrivs(); err != nil {
		return "no_new_privs: " + err.Error()
	}
	return registered(task, opNop, deny)
}

func execFiltered() string {
	if s := bindThread(); s != ok {
		return s
	}
	return become("threads")
}

func execFromAnotherThread() string {
	failed := make(chan string)
	go func() {
		runtime.LockOSThread()
		if s := bindThread(); s != ok {
			failed <- s
		}
		failed <- become("threads")
	}()
	return <-failed
}

func execFromFreeThread() string {
	ready, failed := make(chan bool), make(chan string)
	go func() { // made while the main thread is free
		runtime.LockOSThread()
		ready <- true
		<-ready
		failed <- become("threads")
	}()
	<-ready
	if s := bindThread(); s != ok {
		return s
	}
	ready <- true
	return <-failed
}
