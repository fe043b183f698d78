//go:build linux

package main

import (
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/bench/ring/orders"
)

// safeLayer is the contests on ring.Ring.
type safeLayer struct {
	r  *ring.Ring
	in orders.Input
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
	return reapSafe(r, 0)
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
	return reapSafe(r, blockSize)
}

func reapSafe(r *ring.Ring, res int32) error {
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
	sum += s
	return nil
}
