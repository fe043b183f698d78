//go:build linux

package ring

import (
	"fmt"
	"iter"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Buffer is the number of the provided buffer that the request has used, the
// first of them in a bundle. false: it has used none.
func (c CQE) Buffer() (uint16, bool) {
	return uint16(c.Flags >> uapi.IORING_CQE_BUFFER_SHIFT), c.Flags&uapi.IORING_CQE_F_BUFFER != 0
}

// Filled is what one completion has filled, or sent: a buffer, or with bundles
// several. It is a value without memory of its own, for one goroutine, and
// stands until the first of its buffers is returned.
type Filled struct {
	group *BufferRing
	first uint16
	start uint32 // in the first buffer
	size  int
	n     int
	more  bool // the kernel goes on with the last buffer
}

// Piece is a part of a provided buffer.
type Piece struct {
	Number uint16
	Data   []byte // ends with what was filled, or sent
	More   bool   // the kernel goes on with the buffer, behind Data; it is not to be returned yet
}

// Take gives out the buffers that a completion of the group names, even where
// the request has failed. Each such completion must be taken, once, and those
// of a group in order; buffers are the caller's until Return.
//
// An ArgumentError tells that c names no buffer, or one that the kernel does
// not have: it was taken before, or belongs to another group.
func (b *BufferRing) Take(c CQE) (Filled, error) {
	number, some := c.Buffer()
	if !some || int(number) >= len(b.slots) || b.slots[number].has != theKernel {
		return Filled{}, b.noTake(c)
	}
	f := Filled{
		group: b, first: number, start: b.slots[number].used, n: 1,
		size: int(max(c.Res, 0)), more: c.Flags&uapi.IORING_CQE_F_BUF_MORE != 0,
	}
	left := f.size
	for {
		s := &b.slots[number]
		room := len(s.data) - int(s.used)
		if left <= room {
			break
		}
		left -= room
		next := s.next
		if number == b.last || b.slots[next].has != theKernel {
			f.size -= left // more than there is in the ring: not a completion of this group
			left = room
			break
		}
		b.pull(s)
		number = next
		f.n++
	}
	if s := &b.slots[number]; f.more {
		s.used += uint32(left)
	} else {
		b.pull(s)
	}
	return f, nil
}

// pull makes a buffer the caller's.
func (b *BufferRing) pull(s *groupBuffer) {
	s.has, s.used = caller, 0
	b.kernels--
}

func (b *BufferRing) noTake(c CQE) error {
	number, some := c.Buffer()
	if !some {
		return b.wrong("Take", "the completion", "names no buffer", "see CQE.Buffer")
	}
	return b.wrong("Take", fmt.Sprintf("number %d", number), "is not that of a buffer that the kernel has", "take each completion of the group once, by this group")
}

// Len is the number of bytes.
func (f Filled) Len() int { return f.size }

// Bytes is what the first buffer has; all there is, unless the request was for a
// bundle.
func (f Filled) Bytes() []byte {
	if f.n == 0 {
		return nil
	}
	return f.piece(f.first, f.start, f.size, f.n == 1).Data
}

// Pieces is the buffers in the order in which they were filled. Each may be
// returned within the loop.
func (f Filled) Pieces() iter.Seq[Piece] {
	return func(yield func(Piece) bool) {
		number, start, left := f.first, f.start, f.size
		for i := range f.n {
			next := number
			if i+1 < f.n {
				next = f.group.slots[number].next
			}
			p := f.piece(number, start, left, i+1 == f.n)
			left -= len(p.Data)
			if !yield(p) {
				return
			}
			number, start = next, 0
		}
	}
}

// piece is the part of a buffer from start on, of at most left bytes.
func (f Filled) piece(number uint16, start uint32, left int, last bool) Piece {
	data := f.group.slots[number].data
	from := min(int(start), len(data))
	to := min(from+left, len(data))
	return Piece{number, data[from:to:to], last && f.more}
}

// Return gives all buffers back to the kernel but one that it goes on with, at
// one go. The Filled must not be used any more.
func (f Filled) Return() error {
	b := f.group
	if b == nil {
		return nil
	}
	if b.ring == nil {
		return b.gone("Return")
	}
	number := f.first
	for i := range f.n {
		next := b.slots[number].next
		if i+1 < f.n || !f.more {
			if b.slots[number].has != caller {
				b.show()
				return b.noReturn(number)
			}
			b.push(number)
		}
		number = next
	}
	b.show()
	return nil
}
