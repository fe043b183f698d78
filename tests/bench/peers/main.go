//go:build linux

// Peers is other people's ring libraries in the benchmark: peers giouring
// CONTEST FLAGS [FILE] [count], see ../ring/c/contest.c. It is a module of its
// own, for its dependencies are no business of ours.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/pawelgaczynski/giouring"

	"github.com/uringgen/uringgen/tests/bench/ring/orders"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// noSQArray is IORING_SETUP_NO_SQARRAY: giouring writes the array even so, and
// thereby over the ring's head and tail.
const noSQArray = 1 << 16

func run(args []string) error {
	if len(args) < 3 || args[0] != "giouring" {
		return errors.New("peers giouring CONTEST FLAGS [FILE] [count]")
	}
	flags, err := strconv.ParseUint(args[2], 0, 32)
	if err != nil {
		return err
	}
	q := giouring.NewRing()
	if err := q.QueueInit(orders.Entries, uint32(flags)&^noSQArray); err != nil {
		return err
	}
	if _, err := q.RegisterRingFd(); err != nil {
		return err
	}
	l := layer{q: q}
	count := args[len(args)-1] == "count"
	switch args[1] {
	case "nop":
		return orders.Repeat(count, l.nops)
	case "read":
		if l.in, err = orders.Open(args[3]); err != nil {
			return err
		}
		return orders.Repeat(count, l.reads)
	default:
		return errors.New("no such contest: " + args[1])
	}
}

// layer is the contests on giouring.
type layer struct {
	q   *giouring.Ring
	in  orders.Input
	sum uint64
}

func (l *layer) nops() error {
	for i := range uint64(orders.BatchSize) {
		s := l.q.GetSQE()
		if s == nil {
			return syscall.ENOBUFS
		}
		s.PrepareNop()
		s.SetData64(i)
	}
	return l.reap(0)
}

func (l *layer) reads() error {
	for i, b := range l.in.Buffers {
		s := l.q.GetSQE()
		if s == nil {
			return syscall.ENOBUFS
		}
		s.PrepareRead(l.in.FD, address(b), uint32(len(b)), uint64(l.in.Next()))
		s.SetData64(uint64(i))
	}
	return l.reap(orders.BlockSize)
}

// reap submits a whole batch and takes its completions, which must all have
// one result.
func (l *layer) reap(res int32) (err error) {
	if _, err := l.q.Submit(); err != nil {
		return err
	}
	if l.q.CQReady() < orders.BatchSize {
		if _, err := l.q.WaitCQENr(orders.BatchSize); err != nil {
			return err
		}
	}
	l.q.ForEachCQE(func(c *giouring.CompletionQueueEvent) {
		if c.Res != res {
			err = fmt.Errorf("a completion has %d", c.Res)
		}
		l.sum += c.UserData
	})
	l.q.CQAdvance(orders.BatchSize)
	return err
}
