// Package reexec runs a piece of a test in a child process that is the test
// binary again. What cannot be undone in a process, such as a restriction or
// no_new_privs, is done there and nowhere else.
//
//	func TestRestrict(t *testing.T) {
//		reexec.Run(t, func(t *testing.T) {
//			// in a process of its own
//		})
//	}
package reexec

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// nameVar names the test whose piece the child is to run.
const nameVar = "URINGGEN_REEXEC"

// Option changes the child before it starts: environment, credentials,
// namespaces.
type Option func(*exec.Cmd)

// Env sets a variable in the child.
func Env(name, value string) Option {
	return func(c *exec.Cmd) { c.Env = append(c.Env, name+"="+value) }
}

// Credential runs the child as another user; it takes root.
func Credential(uid, gid uint32) Option {
	return func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	}
}

// Run runs body in a child process, as the calling test. The child's output
// appears in the parent's test; its failure, skip, exit or death by a signal
// is the parent's. A test calls Run once.
func Run(t *testing.T, body func(*testing.T), options ...Option) {
	t.Helper()
	if os.Getenv(nameVar) == t.Name() {
		syscall.CloseOnExec(channel)
		tell(verdictRan)
		t.Cleanup(func() {
			switch {
			case t.Skipped():
				tell(verdictSkipped)
			case !t.Failed():
				tell(verdictPassed)
			}
		})
		body(t)
		return
	}
	out, verdict, err := child(t.Name(), options)
	if text := strings.TrimSpace(out); text != "" {
		t.Logf("in the child:\n%s", text)
	}
	switch {
	case err != nil:
		t.Errorf("child: %v", err)
	case verdict == verdictRan+verdictSkipped:
		t.Skip("skipped in the child")
	case verdict != verdictRan+verdictPassed:
		t.Errorf("the child ended without a verdict (%q): the test ran out of it", verdict)
	}
}

// What a child says about itself, in order.
const (
	verdictRan     = "r"
	verdictPassed  = "p"
	verdictSkipped = "s"
)

// channel is the descriptor that child passes; no process that the body
// starts may hold it open.
const channel = 3

func tell(v string) {
	if _, err := syscall.Write(channel, []byte(v)); err != nil {
		panic("reexec: the channel to the parent is gone: " + err.Error())
	}
}

func child(name string, options []Option) (out, verdict string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", "", err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", "", err
	}
	defer r.Close()
	cmd := exec.Command(self, "-test.run="+pattern(name), "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), nameVar+"="+name)
	cmd.ExtraFiles = []*os.File{w}
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	for _, o := range options {
		o(cmd)
	}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", "", err
	}
	said, rerr := io.ReadAll(r)
	err = errors.Join(cmd.Wait(), rerr) // the output is whole only after this
	return b.String(), string(said), err
}

// pattern matches one test, with each part of a subtest's name.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}
