//go:build linux

// Contestant is the Go side of the benchmark: contestant LAYER CONTEST FLAGS
// [FILE] [count], with the layers raw (ring.Raw), ring (ring.Ring) and net
// (package net), and the contests nop, read and echo. FLAGS are those of
// io_uring_setup. How it talks to the runner is in ../c/contest.c.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

const (
	entries   = 128
	batchSize = 32
	blockSize = 4096
)

func init() { runtime.LockOSThread() } // the tracer follows the main thread

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
	var in input
	if len(rest) > 0 {
		if in, err = openInput(rest[0]); err != nil {
			return err
		}
	}
	switch name := args[0] + " " + args[1]; name {
	case "raw nop", "raw read":
		q, err := ring.NewRaw(entries, o)
		if err != nil {
			return err
		}
		l := rawLayer{q, in}
		if args[1] == "nop" {
			return repeat(count, l.nops)
		}
		return repeat(count, l.reads)
	case "ring nop", "ring read":
		r, err := ring.New(entries, o)
		if err != nil {
			return err
		}
		l := safeLayer{r, in}
		if args[1] == "nop" {
			return repeat(count, l.nops)
		}
		return repeat(count, l.reads)
	case "raw echo":
		return echoRaw(o)
	case "net echo":
		return echoNet()
	default:
		return errors.New("no such contest: " + name)
	}
}

// repeat carries out orders: as many requests as each says, or as many marked
// batches.
func repeat(count bool, batch func() error) error {
	var before, after runtime.MemStats
	pid, tid := syscall.Getpid(), syscall.Gettid()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		if !count {
			n = (n + batchSize - 1) / batchSize
		}
		runtime.ReadMemStats(&before)
		for range n {
			if count {
				runtime.Gosched() // now, and not between the marks
				mark(pid, tid)
				mark(pid, tid)
			}
			if err := batch(); err != nil {
				return err
			}
			if count {
				mark(pid, tid)
			}
		}
		runtime.ReadMemStats(&after)
		fmt.Println("ok", after.Mallocs-before.Mallocs)
	}
	return nil
}

// mark stops the process for the tracer that counts instructions.
func mark(pid, tid int) {
	_, _, _ = syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(pid), uintptr(tid), uintptr(syscall.SIGUSR1))
}

// input is the file that is read, block by block, and where to.
type input struct {
	fd         int
	blocks, at int
	buffers    [][]byte
}

func openInput(name string) (in input, err error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return in, err
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return in, err
	}
	in = input{fd: fd, blocks: int(st.Size / blockSize)}
	memory, err := syscall.Mmap(-1, 0, batchSize*blockSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return in, err
	}
	for i := range batchSize {
		in.buffers = append(in.buffers, memory[i*blockSize:][:blockSize:blockSize])
	}
	if in.blocks == 0 {
		return in, errors.New(name + " has no whole block")
	}
	return in, nil
}

// next is the offset of the next block.
func (in *input) next() int64 {
	if in.at++; in.at >= in.blocks {
		in.at = 0
	}
	return int64(in.at) * blockSize
}

var errFull = errors.New("the queue is full")

func unexpected(res int32) error {
	if res < 0 {
		return syscall.Errno(-res)
	}
	return fmt.Errorf("a completion has %d", res)
}

// sum is what completions say, so that they are looked at.
var sum uint64
