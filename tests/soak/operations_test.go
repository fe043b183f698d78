//go:build linux

package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// fileBlock writes a block and reads it back, the second linked to the first.
func (w *worker) fileBlock() {
	size := 8 + w.rand.IntN(20000)
	at := int64(w.rand.IntN(fileSize - size))
	w.start(func(s *ring.SQE) {
		s.Write(w.file, w.block(size), at) // nobody else has the block
		s.SetFlags(uapi.IOSQE_IO_LINK)
		w.async(s)
	}, wants(size))
	back := make([]byte, size)
	w.start(func(s *ring.SQE) { s.Read(w.file, back, at); w.async(s) }, func(c ring.CQE) error {
		return errors.Join(wants(size)(c), checkBlock(back))
	})
}

// pipeBlock reads from a pipe before there is something to read.
func (w *worker) pipeBlock() {
	size := 8 + w.rand.IntN(4000)
	back := make([]byte, size)
	w.start(func(s *ring.SQE) { s.Read(w.pipe[0], back, -1); w.async(s) }, func(c ring.CQE) error {
		return errors.Join(wants(size)(c), checkBlock(back))
	})
	w.start(func(s *ring.SQE) { s.Write(w.pipe[1], w.block(size), -1); w.async(s) }, wants(size))
}

// fixedBlock goes through the registered buffer.
func (w *worker) fixedBlock() {
	size := 8 + w.rand.IntN(fixedSize/2-8)
	from, to := w.fixed[:size], w.fixed[fixedSize/2:fixedSize/2+size]
	copy(from, w.block(size))
	clear(to)
	w.start(func(s *ring.SQE) { s.WriteFixed(w.file, from, 0, 0); s.SetFlags(uapi.IOSQE_IO_LINK) }, wants(size))
	w.start(func(s *ring.SQE) { s.ReadFixed(w.file, to, 0, 0) }, func(c ring.CQE) error {
		return errors.Join(wants(size)(c), checkBlock(to))
	})
}

func (w *worker) timeout() {
	d := time.Duration(w.rand.IntN(2000)) * time.Microsecond
	id := w.start(func(s *ring.SQE) { s.Timeout(d, 0, 0) }, anyOf(syscall.ETIME, syscall.ECANCELED))
	if w.rand.IntN(2) == 0 {
		w.start(func(s *ring.SQE) { s.TimeoutRemove(id) }, anyOf(syscall.ENOENT, syscall.EALREADY))
	}
}

// canceledRead cancels a read and sees that its buffer is let alone.
func (w *worker) canceledRead() {
	back := make([]byte, 64)
	over := false
	id := w.start(func(s *ring.SQE) { s.Read(w.pipe[0], back, -1); w.async(s) }, func(c ring.CQE) error {
		over = true
		return anyOf(syscall.ECANCELED, syscall.EINTR)(c)
	})
	for !over && w.err == nil { // a request that is about to start may not be found yet
		w.start(func(s *ring.SQE) { s.Cancel(id) }, anyOf(syscall.ENOENT, syscall.EALREADY))
		for tries := 0; w.waiting > 1 && w.err == nil; tries++ {
			w.reap()
		}
		if !over && w.waiting == 1 {
			time.Sleep(50 * time.Microsecond)
		}
	}
	for _, b := range back {
		if b != 0 {
			w.fail(errors.New("a canceled read has written"))
		}
	}
}

// echo receives with provided buffers, as long as there are.
func (w *worker) echo() {
	size := 8 + w.rand.IntN(1500)
	w.start(func(s *ring.SQE) { s.Send(w.pair[0], w.block(size), 0) }, wants(size))
	if w.group == nil || w.rand.IntN(3) == 0 {
		back := make([]byte, size)
		w.start(func(s *ring.SQE) { s.Recv(w.pair[1], back, syscall.MSG_WAITALL) }, func(c ring.CQE) error {
			return errors.Join(wants(size)(c), checkBlock(back))
		})
		return
	}
	var got []byte
	var id ring.ID
	id = w.start(func(s *ring.SQE) { s.RecvMultishot(w.pair[1], 0, 0, 1) }, func(c ring.CQE) error {
		if c.Res <= 0 {
			return anyOf(syscall.ECANCELED, syscall.ENOBUFS)(c)
		}
		f, err := w.group.Take(c)
		if err != nil {
			return err
		}
		for p := range f.Pieces() {
			got = append(got, p.Data...)
		}
		if err := f.Return(); err != nil {
			return err
		}
		if len(got) < size {
			return nil
		}
		if c.More() {
			w.start(func(s *ring.SQE) { s.Cancel(id) }, anyOf(syscall.ENOENT, syscall.EALREADY))
		}
		return checkBlock(got)
	})
}

// zeroCopy lets the kernel send from the block itself.
func (w *worker) zeroCopy() {
	size := 8 + w.rand.IntN(30000)
	w.start(func(s *ring.SQE) { s.SendZC(w.pair[0], w.block(size), 0) }, func(c ring.CQE) error {
		switch {
		case c.Flags&uapi.IORING_CQE_F_NOTIF != 0:
			return nil
		case c.Res == -int32(syscall.EINVAL) || c.Res == -int32(syscall.EOPNOTSUPP):
			return nil // before Linux 6.0
		}
		return wants(size)(c)
	})
	back := make([]byte, size)
	w.start(func(s *ring.SQE) { s.Recv(w.pair[1], back, syscall.MSG_WAITALL) }, func(c ring.CQE) error {
		return errors.Join(wants(size)(c), checkBlock(back))
	})
}

// hidden is a chain of which only the last is told.
func (w *worker) hidden() {
	size := 8 + w.rand.IntN(4000)
	s, err := w.r.Get()
	if err != nil {
		w.fail(err)
		return
	}
	s.Write(w.file, w.block(size), 0)
	s.SetFlags(uapi.IOSQE_IO_LINK | uapi.IOSQE_CQE_SKIP_SUCCESS)
	back := make([]byte, size)
	w.start(func(s *ring.SQE) { s.Read(w.file, back, 0) }, func(c ring.CQE) error {
		return errors.Join(wants(size)(c), checkBlock(back))
	})
}

// leave starts what does not end by itself, for Close to find.
func (w *worker) leave() {
	ignore := func(ring.CQE) error { return nil }
	w.start(func(s *ring.SQE) { s.Read(w.pipe[0], make([]byte, 100), -1); w.async(s) }, ignore)
	w.start(func(s *ring.SQE) { s.Recv(w.pair[0], make([]byte, 100), 0) }, ignore)
	w.start(func(s *ring.SQE) { s.Timeout(time.Hour, 0, 0) }, ignore)
	w.start(func(s *ring.SQE) { s.PollMultishot(w.pair[1], uint32(syscall.EPOLLIN)) }, ignore)
	if _, err := w.r.Submit(); err != nil {
		w.fail(err)
	}
}

func (w *worker) badPath() {
	w.start(func(s *ring.SQE) { s.Openat(ring.CWD, fmt.Sprintf("/nowhere/%d", w.rand.Uint64()), 0, 0) }, wants(-int(syscall.ENOENT)))
}

// share lets many goroutines use one ring, some of which give up early.
func share(r *rand.Rand, end time.Time) (n uint64, err error) {
	s, err := ring.NewShared(entries, nil)
	if err != nil {
		return 0, err
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	for range 8 {
		r := rand.New(rand.NewPCG(r.Uint64(), 1))
		all.Go(func() {
			done, e := shareOne(r, s, end)
			mu.Lock()
			defer mu.Unlock()
			n += done
			err = errors.Join(err, e)
		})
	}
	all.Wait()
	return n, errors.Join(err, s.Close())
}

func shareOne(r *rand.Rand, s *ring.Shared, end time.Time) (n uint64, err error) {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return 0, err
	}
	defer syscall.Close(p[0])
	defer syscall.Close(p[1])
	w := &worker{rand: r}
	for time.Now().Before(end) {
		size := 8 + r.IntN(4000)
		block, back := w.block(size), make([]byte, size)
		if r.IntN(3) == 0 { // nothing to read, so the context ends it
			ctx, stop := context.WithTimeout(context.Background(), time.Duration(r.IntN(500))*time.Microsecond)
			_, err := s.Do(ctx, func(e *ring.SQE) { e.Read(p[0], back, -1) })
			stop()
			if !errors.Is(err, context.DeadlineExceeded) {
				return n, fmt.Errorf("a read of an empty pipe: %w", err)
			}
		}
		res, err := s.Do(context.Background(), func(e *ring.SQE) { e.Write(p[1], block, -1) })
		if err != nil || int(res.Res) != size {
			return n, fmt.Errorf("write: %+v, %w", res, err)
		}
		res, err = s.Do(context.Background(), func(e *ring.SQE) { e.Read(p[0], back, -1) })
		if err != nil || int(res.Res) != size {
			return n, fmt.Errorf("read: %+v, %w", res, err)
		}
		if err := checkBlock(back); err != nil {
			return n, err
		}
		n += 2
	}
	return n, nil
}
