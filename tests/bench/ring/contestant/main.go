//go:build linux

// Contestant is the Go side of the benchmark: contestant LAYER CONTEST FLAGS
// [FILE] [count], with the layers raw (ring.Raw), ring (ring.Ring) and net
// (package net), and the contests nop, read and echo. FLAGS are those of
// io_uring_setup. How it talks to the runner is in ../c/contest.c.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/bench/ring/orders"
)

const (
	entries   = orders.Entries
	batchSize = orders.BatchSize
	blockSize = orders.BlockSize
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "contestant:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("contestant LAYER CONTEST FLAGS [FILE] [count]")
	}
	flags, err := strconv.ParseUint(args[2], 0, 32)
	if err != nil {
		return err
	}
	o := &ring.Options{Flags: uapi.SetupFlags(flags), Exact: true}
	rest, count := args[3:], false
	if n := len(rest); n > 0 && rest[n-1] == "count" {
		rest, count = rest[:n-1], true
	}
	var in orders.Input
	if len(rest) > 0 {
		if in, err = orders.Open(rest[0]); err != nil {
			return err
		}
	}
	switch name := args[0] + " " + args[1]; name {
	case "raw nop", "raw read":
		q, err := ring.NewRaw(entries, o)
		if err != nil {
			return err
		}
		l := rawLayer{q: q, in: in}
		if args[1] == "nop" {
			return orders.Repeat(count, l.nops)
		}
		return orders.Repeat(count, l.reads)
	case "ring nop", "ring read":
		r, err := ring.New(entries, o)
		if err != nil {
			return err
		}
		l := safeLayer{r: r, in: in}
		if args[1] == "nop" {
			return orders.Repeat(count, l.nops)
		}
		return orders.Repeat(count, l.reads)
	case "raw echo":
		return echoRaw(o)
	case "ring echo":
		return echoSafe(o)
	case "net echo":
		return echoNet()
	default:
		return errors.New("no such contest: " + name)
	}
}

var errFull = errors.New("the queue is full")

func unexpected(res int32) error {
	if res < 0 {
		return syscall.Errno(-res)
	}
	return fmt.Errorf("a completion has %d", res)
}
