//go:build linux

// Package orders is how a Go contestant is told what to do: what
// ../c/contest.c does for those in C.
package orders

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

// What the contests are about.
const (
	Entries   = 128  // of the submission queue
	BatchSize = 32   // requests per enter
	BlockSize = 4096 // bytes read by a request
)

func init() { runtime.LockOSThread() } // the tracer follows the main thread

// Repeat carries out orders: as many requests as each says, or as many marked
// batches.
func Repeat(count bool, batch func() error) error {
	var before, after runtime.MemStats
	pid, tid := syscall.Getpid(), syscall.Gettid()
	runtime.ReadMemStats(&before)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		if !count {
			n = (n + BatchSize - 1) / BatchSize
		}
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
		before = after
	}
	return nil
}

// mark stops the process for the tracer that counts instructions.
func mark(pid, tid int) {
	_, _, _ = syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(pid), uintptr(tid), uintptr(syscall.SIGUSR1))
}

// Input is the file that is read, block by block, and where to.
type Input struct {
	FD         int
	Buffers    [][]byte // one for each request of a batch
	blocks, at int
}

// Open opens the file. Its buffers are not the garbage collector's.
func Open(name string) (in Input, err error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return in, err
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return in, err
	}
	in = Input{FD: fd, blocks: int(st.Size / BlockSize)}
	memory, err := syscall.Mmap(-1, 0, BatchSize*BlockSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return in, err
	}
	for i := range BatchSize {
		in.Buffers = append(in.Buffers, memory[i*BlockSize:][:BlockSize:BlockSize])
	}
	if in.blocks == 0 {
		return in, errors.New(name + " has no whole block")
	}
	return in, nil
}

// Next is the offset of the next block.
func (in *Input) Next() int64 {
	if in.at++; in.at >= in.blocks {
		in.at = 0
	}
	return int64(in.at) * BlockSize
}
