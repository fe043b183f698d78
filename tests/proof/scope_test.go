//go:build linux

package proof

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
)

// The policy binds each kind of ring, and no other ring.
func TestPolicyOnRing(t *testing.T) {
	kernel.Need(t, filtersFeature)
	for name, o := range map[string]ring.Options{
		"the default": {},
		"plain":       {Exact: true},
		"polled":      {Exact: true, Flags: uapi.IORING_SETUP_SQPOLL},
		"any thread":  {AnyThread: true},
	} {
		t.Run(name, func(t *testing.T) {
			o.Flags |= uapi.IORING_SETUP_SQE128
			r, err := ring.New(8, &o)
			if err != nil {
				t.Fatal(err)
			}
			wants(t, "before", survey(r), free)
			if err := r.AttachFilters(policy); err != nil {
				t.Fatal(err)
			}
			wants(t, "the ring", survey(r), bound)
			wants(t, "another ring", surveyNew(), free)
			if err := r.AttachFilters(policy); err != nil {
				t.Errorf("the policy once more: %v", err)
			}
			wants(t, "with the policy twice", survey(r), bound)
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is denied does not keep the rest of a batch from being done, but breaks
// the chain that it is in.
func TestPolicyInBatch(t *testing.T) {
	kernel.Need(t, filtersFeature)
	const canceled = -int32(syscall.ECANCELED)
	udp := socketOf(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	nop, linked := flagged(0, (*uapi.IoUringSqe).PrepNop), flagged(uapi.IOSQE_IO_LINK, (*uapi.IoUringSqe).PrepNop)
	r := newRing(t)
	if err := r.AttachFilters(policy); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		batch []request
		want  []int32
	}{
		{"one denied among others", []request{nop, udp, nop}, []int32{0, denied, 0}},
		{"a denied link", []request{linked, nop, nop}, []int32{denied, canceled, 0}},
		{"all", []request{udp, udp, linked, nop}, []int32{denied, denied, denied, canceled}},
	} {
		for i, q := range c.batch {
			s, err := r.Get128()
			if err != nil {
				t.Fatal(err)
			}
			s.Prepare128(q.prep, q.refs...)
			s.SetUserData(uint64(i))
		}
		if _, err := r.SubmitAndWait(uint32(len(c.batch))); err != nil {
			t.Fatal(err)
		}
		n := 0
		for done := range r.Completions() {
			if n++; done.Res != c.want[done.UserData] {
				t.Errorf("%s: request %d: result %d, want %d", c.name, done.UserData, done.Res, c.want[done.UserData])
			}
		}
		if n != len(c.want) {
			t.Errorf("%s: %d completions, want %d", c.name, n, len(c.want))
		}
	}
}

// surveys is what so many threads at once say, if it is the same.
func surveys(n int) string {
	var all, held sync.WaitGroup
	said := make([]string, n)
	held.Add(n)
	for i := range said {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			held.Done()
			held.Wait() // each has a thread of its own
			said[i] = surveyNew()
		})
	}
	all.Wait()
	for _, s := range said {
		if s != said[0] {
			return strings.Join(said, "\n")
		}
	}
	return said[0]
}

func TestPolicyOnThread(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		if err := ring.AttachThread(confinement); err != nil {
			t.Fatal(err)
		}
		wants(t, "the thread", surveyNew(), bound)
		other := make(chan string)
		go func() { other <- surveyNew() }()
		wants(t, "another thread", <-other, free)
		wants(t, "its child", play(t, "survey", (*exec.Cmd).Start), bound)
	})
}

func TestPolicyOnProcess(t *testing.T) {
	kernel.Need(t, filtersFeature)
	reexec.Run(t, func(t *testing.T) {
		wants(t, "before", surveys(8), free)
		err := ring.AttachProcess(confinement)
		if errors.Is(err, syscall.ENOTSUP) {
			t.Skip("a binary with cgo, such as one with the race detector, cannot reach all threads")
		}
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "threads", surveys(16), bound)
		wants(t, "a child", play(t, "survey", (*exec.Cmd).Start), bound)
	})
}

func TestPolicyOnChild(t *testing.T) {
	kernel.Need(t, filtersFeature)
	filtered := func(cmd *exec.Cmd) error { return ring.StartFiltered(cmd, confinement) }
	wants(t, "the child", play(t, "survey", filtered), bound)
	keeps, err := ring.ExecKeepsConfinement(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	after := bound
	if !keeps {
		t.Logf("kernel %s forgets confinement at execve", kernel.Release())
		after = free
	}
	wants(t, "a child that uses a ring and executes another program", play(t, "survey, execute", filtered), bound+"\n"+after)
	wants(t, "the parent", surveyNew(), free)
}

// play starts a process with a role, and returns what it says.
func play(t *testing.T, role string, start func(*exec.Cmd) error) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", role, err, out.String())
	}
	return strings.TrimSpace(out.String())
}
