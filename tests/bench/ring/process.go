//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pin binds the calling thread, and so the processes that it starts, to one
// processor, and tells the scheduler not to preempt one of them when another
// wakes up: the order in which a server and its load run is then the same each
// time.
func pin() (cpu int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return 0, err
	}
	for i := range 8 * len(set) * 8 {
		if set.IsSet(i) {
			cpu = i // the last: interrupts prefer the first
		}
	}
	set.Zero()
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return 0, err
	}
	return cpu, unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_BATCH}, 0)
}

func kernelRelease() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err.Error()
	}
	return "Linux " + unix.ByteSliceToString(u.Release[:])
}

// process is a contestant that waits for orders.
type process struct {
	measured *exec.Cmd   // whose time counts
	all      []*exec.Cmd // in order of their start
	in       io.WriteCloser
	out      *bufio.Reader
}

// start starts a contestant; a server gets its load, which then takes the
// orders.
func (c contest) start(b *built, k contestant) (*process, error) {
	p := new(process)
	if err := p.add(b.path(k.program), c.args(k, b)...); err != nil {
		return nil, err
	}
	p.measured = p.all[0]
	if c.server {
		port, err := p.out.ReadString('\n')
		if err == nil {
			err = p.add(b.path(loadProgram), strings.TrimSpace(port))
		}
		if err != nil {
			return nil, errors.Join(err, p.stop())
		}
	}
	return p, nil
}

// add starts a process that takes orders in place of the one before.
func (p *process) add(name string, args ...string) (err error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	if p.in, err = cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.out = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return err
	}
	p.all = append(p.all, cmd)
	return nil
}

// turn orders n requests, and returns the time that they took and the number of
// allocations. Half as many go before, uncounted: caches are another's, and
// Go's monitor, asleep while the process was, looks every 20 µs at first and
// every 10 ms in the end.
func (p *process) turn(n int) (cpu time.Duration, allocs int, err error) {
	if _, err := p.run(n / 2); err != nil {
		return 0, 0, err
	}
	before, err := p.time()
	if err != nil {
		return 0, 0, err
	}
	if allocs, err = p.run(n); err != nil {
		return 0, 0, err
	}
	after, err := p.time()
	return after - before, allocs, err
}

// run orders n requests, and returns the number of allocations.
func (p *process) run(n int) (allocs int, err error) {
	if _, err := fmt.Fprintln(p.in, n); err != nil {
		return 0, err
	}
	if _, err := fmt.Fscanf(p.out, "ok %d\n", &allocs); err != nil {
		return 0, fmt.Errorf("%v does not say ok: %w", p.measured, err)
	}
	return allocs, nil
}

// time is the processor time of all threads of the contestant so far, to the
// nanosecond.
func (p *process) time() (time.Duration, error) {
	const allThreads = 2 // CPUCLOCK_SCHED, without CPUCLOCK_PERTHREAD
	var ts unix.Timespec
	if err := unix.ClockGettime(^int32(p.measured.Process.Pid)<<3|allThreads, &ts); err != nil {
		return 0, fmt.Errorf("processor time of %v: %w", p.measured, err)
	}
	return time.Duration(ts.Nano()), nil
}

// stop ends it: without orders the last process ends, and a server without
// connections does, too.
func (p *process) stop() error {
	p.in.Close()
	var errs []error
	for i := len(p.all) - 1; i >= 0; i-- {
		errs = append(errs, p.all[i].Wait())
	}
	return errors.Join(errs...)
}
