//go:build linux

package main

import (
	"unsafe"

	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/bench/ring/orders"
)

// rawLayer is the contests on ring.Raw.
type rawLayer struct {
	q   *ring.Raw
	in  orders.Input
	sum uint64 // of what completions say, so that they are looked at
}

func (l *rawLayer) nops() error {
	q := l.q
	for i := range uint64(batchSize) {
		s := q.Next()
		if s == nil {
			return errFull
		}
		s.PrepNop()
		s.UserData = i
	}
	return l.reap(0)
}

func (l *rawLayer) reads() error {
	q := l.q
	for i := range batchSize {
		s := q.Next()
		if s == nil {
			return errFull
		}
		s.PrepRead(int32(l.in.FD), unsafe.Pointer(unsafe.SliceData(l.in.Buffers[i])), blockSize, uint64(l.in.Next()))
		s.UserData = uint64(i)
	}
	return l.reap(blockSize)
}

// reap submits a whole batch and takes its completions, which must all have
// one result.
func (l *rawLayer) reap(res int32) error {
	q := l.q
	if _, err := q.SubmitAndWait(batchSize); err != nil {
		return err
	}
	var s uint64
	for left := batchSize; left > 0; {
		cqes := q.CQEs()
		for i := range cqes {
			if cqes[i].Res != res {
				return unexpected(cqes[i].Res)
			}
			s += cqes[i].UserData
		}
		q.Advance(uint32(len(cqes)))
		left -= len(cqes)
	}
	l.sum += s
	return nil
}
