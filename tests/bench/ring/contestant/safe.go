//go:build linux

package main

import (
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/bench/ring/orders"
)

// safeLayer is the contests on ring.Ring.
type safeLayer struct {
	r   *ring.Ring
	in  orders.Input
	sum uint64 // of what completions say, so that they are looked at
}

func (l *safeLayer) nops() error {
	r := l.r
	for i := range uint64(batchSize) {
		s := r.Next()
		if s == nil {
			return errFull
		}
		s.Nop()
		s.SetUserData(i)
	}
	return l.reap(0)
}

func (l *safeLayer) reads() error {
	r := l.r
	for i := range batchSize {
		s := r.Next()
		if s == nil {
			return errFull
		}
		s.Read(l.in.FD, l.in.Buffers[i], l.in.Next())
		s.SetUserData(uint64(i))
	}
	return l.reap(blockSize)
}

func (l *safeLayer) reap(res int32) error {
	r := l.r
	if _, err := r.SubmitAndWait(batchSize); err != nil {
		return err
	}
	var s uint64
	var cqes [batchSize]ring.CQE
	for done := 0; done < batchSize; {
		n := r.Reap(cqes[:])
		for i := range cqes[:n] {
			c := &cqes[i]
			if c.Res != res {
				return unexpected(c.Res)
			}
			s += c.UserData
		}
		done += n
	}
	l.sum += s
	return nil
}
