//go:build linux

package ring

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// ErrConfinementLost tells that the kernel has let a program go when it
// executed another one: it has neither the restrictions nor the filters that it
// had before.
var ErrConfinementLost = errors.New("io_uring: the kernel has dropped restrictions and filters at execve; update it, or forbid the confined program to execute others")

// reexecVar marks the program that ReexecFiltered has executed, by the process
// and how often: twice at most. The second program has not used a ring before
// it executes the next one, where it calls ReexecFiltered first.
const (
	reexecVar   = "URINGGEN_REEXEC_FILTERED"
	reexecTries = 2
)

var reexeced struct {
	sync.Mutex
	over bool
}

// ReexecFiltered confines the whole process, with cgo too: it executes the
// program anew, from a thread that is confined, with the same arguments,
// environment and process number. It does not return then; in the new program
// the same call returns nil, with all threads confined, and all rings.
// Where a kernel has let go of the confinement, because the program had used a
// ring before, the new program tries once more.
//
// Call it first in main, once, and in every run of the program. What was done
// before is done twice. Files that are not close-on-exec stay open. A
// parent-death signal (prctl(2)) survives only if the call comes from the main
// thread, as in an init function.
//
// The new program is known by the variable URINGGEN_REEXEC_FILTERED, which has
// the process number, and is removed from the environment at once. That alone
// is not trusted: the thread must be confined, or ErrConfinementLost is
// returned.
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
	if reexeced.over {
		return &ArgumentError{op, "the program", "was executed anew already", "call it once, with everything in one Confinement"}
	}
	again := executedAnew()
	if again > 0 {
		bound, err := confined()
		if err != nil || bound || again == reexecTries {
			reexeced.over = true
			if err == nil && !bound {
				err = ErrConfinementLost
			}
			return err
		}
	}
	death := parentDeathSignal()
	return c.throwaway(op, func(done func(error)) {
		_, err := c.confineThread(op, true)
		if err == nil {
			err = execSelf(op, death, reexecVar, reexecMark(again+1))
		}
		done(err)
	})
}

// executedAnew is how often ReexecFiltered has executed this program, 0 if it
// has not. It removes what tells.
func executedAnew() int {
	mark, marked := os.LookupEnv(reexecVar)
	if !marked {
		return 0
	}
	_ = os.Unsetenv(reexecVar) // fails for bad names only
	for n := 1; n <= reexecTries; n++ {
		if mark == reexecMark(n) {
			return n
		}
	}
	return 0
}

func reexecMark(n int) string { return fmt.Sprintf("%d.%d", os.Getpid(), n) }

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
