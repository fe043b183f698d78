//go:build linux

package soak

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// worker has one ring and what its requests work on.
type worker struct {
	r       *ring.Ring
	rand    *rand.Rand
	fds     []int
	file    int
	pipe    [2]int
	pair    [2]int
	group   *ring.BufferRing // nil where the kernel has no such groups
	fixed   []byte
	pending map[uint64]func(ring.CQE) error // what to do with completions, by user data
	next    uint64
	waiting int // requests that end by themselves
	done    uint64
	err     error
}

const (
	fileSize  = 1 << 20
	fixedSize = 1 << 14
	entries   = 8
)

func newWorker(r *rand.Rand, dir string, o *ring.Options) (w *worker, err error) {
	w = &worker{rand: r, pending: map[uint64]func(ring.CQE) error{}}
	if w.r, err = ring.New(entries, o); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "soak")
	if err != nil {
		return nil, err
	}
	w.file, err = syscall.Dup(int(f.Fd()))
	err = errors.Join(err, f.Truncate(fileSize), f.Close(), os.Remove(filepath.Join(dir, filepath.Base(f.Name()))))
	err = errors.Join(err, syscall.Pipe2(w.pipe[:], syscall.O_CLOEXEC))
	if err != nil {
		return nil, err
	}
	if w.pair, err = loopback(); err != nil {
		return nil, err
	}
	w.fds = []int{w.file, w.pipe[0], w.pipe[1], w.pair[0], w.pair[1]}
	w.fixed = make([]byte, fixedSize)
	if err := w.r.RegisterBuffers([][]byte{w.fixed}, nil); err != nil {
		return nil, err
	}
	w.group, err = w.r.NewBufferRing(1, 8, &ring.BufferRingOptions{Size: 512})
	if err != nil && !errors.Is(err, ring.ErrNotSupported) {
		return nil, err
	}
	return w, nil
}

// loopback is a connection over TCP, which zero-copy sends need.
func loopback() (pair [2]int, err error) {
	l, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return pair, err
	}
	defer syscall.Close(l)
	if err := errors.Join(syscall.Bind(l, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(l, 1)); err != nil {
		return pair, err
	}
	name, err := syscall.Getsockname(l)
	if err != nil {
		return pair, err
	}
	if pair[0], err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err != nil {
		return pair, err
	}
	if err := syscall.Connect(pair[0], name); err != nil {
		return pair, err
	}
	pair[1], _, err = syscall.Accept4(l, syscall.SOCK_CLOEXEC)
	return pair, err
}

// round submits some operations and takes all of their completions.
func (w *worker) round() error {
	ops := []func(){w.fileBlock, w.pipeBlock, w.fixedBlock, w.timeout, w.canceledRead, w.echo, w.zeroCopy, w.hidden, w.badPath}
	for range 1 + w.rand.IntN(4) {
		ops[w.rand.IntN(len(ops))]()
		for w.err == nil && w.waiting > 0 {
			w.reap()
		}
		if w.err != nil {
			return w.err
		}
		w.done++
	}
	return nil
}

// start prepares a request. check sees each of its completions.
func (w *worker) start(prep func(*ring.SQE), check func(ring.CQE) error) ring.ID {
	s, err := w.r.Get()
	if err != nil {
		w.fail(err)
		return 0
	}
	prep(s)
	if err := s.Err(); err != nil {
		w.fail(err)
	}
	w.next++
	s.SetUserData(w.next)
	w.pending[w.next] = check
	w.waiting++
	return s.ID()
}

func (w *worker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *worker) reap() {
	_, err := w.r.SubmitAndWaitLimits(1, ring.Limits{Timeout: 20 * time.Second})
	if err != nil {
		w.fail(fmt.Errorf("%d requests in flight: %w", w.waiting, err))
		return
	}
	var some [5]ring.CQE
	if w.rand.IntN(2) == 0 {
		for _, c := range some[:w.r.Reap(some[:])] {
			w.take(c)
		}
		return
	}
	for c := range w.r.Completions() {
		w.take(c)
		if w.rand.IntN(8) == 0 {
			break // the rest comes with the next call
		}
	}
}

func (w *worker) take(c ring.CQE) {
	check := w.pending[c.UserData]
	if check == nil {
		w.fail(fmt.Errorf("a completion of no request: %+v", c))
		return
	}
	if err := check(c); err != nil {
		w.fail(fmt.Errorf("%v: %+v: %w", c.Op, c, err))
	}
	if !c.More() {
		delete(w.pending, c.UserData)
		w.waiting--
	}
}

// block is random bytes with their checksum in front.
func (w *worker) block(size int) []byte {
	b := make([]byte, max(size, 8))
	for i := 4; i < len(b); i++ {
		b[i] = byte(w.rand.Uint32())
	}
	sum := crc32.ChecksumIEEE(b[4:])
	b[0], b[1], b[2], b[3] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	return b
}

var errSum = errors.New("the checksum is wrong")

func checkBlock(b []byte) error {
	sum := crc32.ChecksumIEEE(b[4:])
	if b[0] != byte(sum) || b[1] != byte(sum>>8) || b[2] != byte(sum>>16) || b[3] != byte(sum>>24) {
		return errSum
	}
	return nil
}

// wants is a result.
func wants(n int) func(ring.CQE) error {
	return func(c ring.CQE) error {
		if int(c.Res) != n {
			return fmt.Errorf("want %d", n)
		}
		return nil
	}
}

// anyOf is one of some errnos, or success.
func anyOf(list ...syscall.Errno) func(ring.CQE) error {
	return func(c ring.CQE) error {
		for _, e := range list {
			if c.Res == -int32(e) {
				return nil
			}
		}
		if c.Res < 0 {
			return c.Err()
		}
		return nil
	}
}

// async asks for a worker thread now and then.
func (w *worker) async(s *ring.SQE) {
	if w.rand.IntN(4) == 0 {
		s.SetFlags(uapi.IOSQE_ASYNC)
	}
}
