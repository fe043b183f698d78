//go:build linux

package ring

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// ErrConfinementLost tells that the kernel has let a program go when it
// executed another one: it has neither the restrictions nor the filters that it
// had before.
var ErrConfinementLost = errors.New("io_uring: the kernel has dropped restrictions and filters at execve; update it, or forbid the confined program to execute others")

// reexecVar marks the program that ReexecFiltered has executed, by its process.
const reexecVar = "URINGGEN_REEXEC_FILTERED"

var reexeced struct {
	sync.Mutex
	over bool
}

// ReexecFiltered confines the whole process, with cgo too: it executes the
// program anew, from a thread that is confined, with the same arguments,
// environment and process number. It does not return then; in the new program
// the same call returns nil, with all threads confined, and all rings.
//
// Call it first in main, once, and in every run of the program. What was done
// before is done twice. Files that are not close-on-exec stay open. A
// parent-death signal (prctl(2)) survives only if the call comes from the main
// thread, as in an init function.
//
// The new program is known by the variable URINGGEN_REEXEC_FILTERED, the
// process number, which is removed from the environment at once. That alone is
// not trusted: the thread must be confined, or ErrConfinementLost is returned.
//
// Some kernels of 7.0 let the program go if it uses a ring and then executes
// another one: see ExecKeepsConfinement.
//
// Errors: those of AttachThread, for the thread that was to execute: the
// process itself is not bound after any error. OpError where /proc/self/exe
// cannot be executed.
func ReexecFiltered(c Confinement) error {
	const op = "ReexecFiltered"
	reexeced.Lock()
	defer reexeced.Unlock()
	if os.Getenv(reexecVar) == strconv.Itoa(os.Getpid()) {
		reexeced.over = true
		if err := os.Unsetenv(reexecVar); err != nil {
			return &OpError{op, err, ""}
		}
		return stillConfined()
	}
	if reexeced.over {
		return &ArgumentError{op, "the program", "was executed anew already", "call it once, with everything in one Confinement"}
	}
	death := parentDeathSignal()
	return c.throwaway(op, func(done func(error)) {
		_, err := c.confineThread(op, true)
		if err == nil {
			err = execSelf(op, death, reexecVar, strconv.Itoa(os.Getpid()))
		}
		done(err)
	})
}

func stillConfined() error {
	bound, err := confined()
	if err == nil && !bound {
		return ErrConfinementLost
	}
	return err
}

// execSelf executes the program anew, with a variable more.
func execSelf(op string, death uintptr, name, value string) error {
	if death != 0 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetPdeathsig, death, 0)
	}
	// Of two variables of a name the first would count, which may be another
	// process's.
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, name+"=") })
	env = append(env, name+"="+value)
	err := syscall.Exec(self, os.Args, env)
	return &OpError{op + ": " + self, err, "mount /proc, and let the file be executed"}
}

const self = "/proc/self/exe"

// parentDeathSignal is the calling thread's; 0 if it has none.
func parentDeathSignal() uintptr {
	var signal int32
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prGetPdeathsig, uintptr(unsafe.Pointer(&signal)), 0); errno != 0 {
		return 0
	}
	return uintptr(signal)
}
