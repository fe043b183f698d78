//go:build linux && amd64

package steps

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// limit is how long a program may take; stepping does some 200,000
// instructions a second.
const limit = time.Minute

// Counts is what lies between the marks: the instructions of each round, those
// of the mark itself taken off.
type Counts struct {
	Rounds    []int
	Functions map[string]float64 // each function's share, mean of all rounds but the first
}

// Median is the round in the middle.
func (c Counts) Median() int {
	s := slices.Sorted(slices.Values(c.Rounds))
	return s[len(s)/2]
}

// Run runs a program to its end, with input as standard input.
func Run(input string, name string, args ...string) (Counts, error) {
	// One thread must make all ptrace calls. It goes away with the goroutine.
	type result struct {
		c   Counts
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		c, err := run(input, exec.Command(name, args...))
		done <- result{c, err}
	}()
	r := <-done
	if r.err != nil {
		return Counts{}, fmt.Errorf("counting instructions of %s: %w", name, r.err)
	}
	return r.c, nil
}

func run(input string, cmd *exec.Cmd) (c Counts, err error) {
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return c, err
	}
	if err := cmd.Start(); err != nil {
		return c, err
	}
	t := newTracee(cmd.Process.Pid)
	defer func() {
		t.kill()
		_ = cmd.Process.Release()
	}()
	// A program that waits for one of its other threads would wait for ever.
	defer time.AfterFunc(limit, func() { _ = syscall.Kill(t.pid, syscall.SIGKILL) }).Stop()
	if _, err := io.WriteString(stdin, input); err != nil {
		return c, err
	}
	stdin.Close()
	names, err := symbols(cmd.Path)
	if err != nil {
		return c, err
	}
	if err := count(t, &c, names); err != nil {
		return c, err
	}
	if len(c.Rounds) == 0 {
		return c, errors.New("the program has set no marks")
	}
	return c, nil
}

// count goes from mark to mark until the program ends.
func count(t *tracee, c *Counts, names table) error {
	if err := t.begin(); err != nil {
		return err
	}
	total := profile{}
	for {
		if err := t.toMark(); err != nil || t.gone {
			c.Functions = names.functions(total, max(1, len(c.Rounds)-1))
			return err
		}
		if err := t.freeze(); err != nil {
			return err
		}
		empty, full := profile{}, profile{}
		if err := errors.Join(t.step(empty), t.step(full), t.thaw()); err != nil {
			return err
		}
		c.Rounds = append(c.Rounds, full.sum()-empty.sum())
		if len(c.Rounds) > 1 { // the first one makes what the others use
			total.add(full, 1)
			total.add(empty, -1)
		}
	}
}
