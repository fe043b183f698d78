//go:build linux

package semantics

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// roleVar names what a process is to do instead of tests.
const roleVar = "URINGGEN_ROLE"

// roles are what other images of this program do; each prints one answer. They
// run on the main thread.
var roles = map[string]func() string{
	// What a ring of this process' own says to a NOP.
	"nop": newNop,
	// The same, from 16 threads that are made now.
	"threads": func() string { return hire(16).tally(newNop) },
	// Whether this task can restrict itself.
	"restrict": func() string { return restrict(allowOp(opNop)) },
	// Whether this task can have a filter, and what the filter does.
	"filter": func() string {
		return registered(task, opNop, deny) + " " + newNop()
	},
	// What a ring says where this task has a filter that allows all.
	"allow": func() string {
		return registered(task, opNop, allow) + " " + newNop()
	},
	// What a ring says where this task has filters that allow all, after
	// DENY_REST.
	"allow close": func() string {
		return registered(task, opClose, allow) + " " + newNop() + " " + askNew(shut)
	},
	// Whether a ring that came as a descriptor takes a filter.
	"ring filter": func() string { return registered(inherited, opNop, deny) },
	// How many requests a ring that came as a descriptor takes.
	"enter": func() string {
		n, err := uapi.Enter(inherited, 1, 1, uapi.IORING_ENTER_GETEVENTS, nil)
		return fmt.Sprint(n, " ", answer(err))
	},
	// The same, by a task that may make no NOPs.
	"bound, enter": func() string {
		s := bindThread() + " " + newNop()
		n, err := uapi.Enter(inherited, 1, 1, uapi.IORING_ENTER_GETEVENTS, nil)
		return fmt.Sprint(s, " ", n, " ", answer(err))
	},
	// The others are with the tests that need them.
	"exec from another thread":               execFromAnotherThread,
	"exec from another thread, leader bound": execFromFreeThread,
	"exec, filtered, with a used ring":       func() string { return execWithUsedRing(bindThread) },
	"exec, restricted, with a used ring":     func() string { return execWithUsedRing(func() string { return restrict(allowOp(opClose)) }) },
	"exec filtered":                          execFiltered,
	"filter, then threads":                   filterThenThreads,
	"threads, then filter":                   threadsThenFilter,
	"threads differ":                         threadsDiffer,
}

// inherited is the descriptor of what a role is given.
const inherited = 3

func TestMain(m *testing.M) {
	if name := os.Getenv(roleVar); name != "" {
		fmt.Println(roles[name]())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// play runs a role in a process that the calling thread starts, with vfork and
// execve, and returns its answer.
func play(role string, options ...func(*exec.Cmd)) string {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, "/proc/self/exe") // a thread without privileges may not find it by name
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	for _, o := range options {
		o(cmd)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s: %v\n%s", role, err, out)
	}
	return strings.TrimSpace(string(out))
}

// become replaces the process by one with another role, and returns only if
// that fails.
func become(role string) string {
	if err := os.Setenv(roleVar, role); err != nil {
		return err.Error()
	}
	return "exec: " + answer(syscall.Exec("/proc/self/exe", []string{os.Args[0]}, os.Environ()))
}
