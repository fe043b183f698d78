package lift

import (
	"fmt"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// maxTable is how many places of a constant table an index may choose from.
const maxTable = 256

// withinBounds is what to do about reading and writing outside of a variable.
const withinBounds = "keep indices within the array"

// load reads size bytes.
func (l *lifter) load(s *state, p value, off int64, size int, signed bool) (v value, err error) {
	at := p.off + off
	switch {
	case !p.set:
		return v, l.unset(s.pc)
	case p.base == number:
		return v, l.fault(s.pc, "memory is read at an address that is no known pointer", "read through the context's pointer, from local variables or from constants")
	case p.base == context:
		v, err = l.loadContext(s, at, size)
	case p.base == data && p.index != nil:
		v, err = l.loadTable(s, p, at, size)
	case p.base == data:
		v, err = l.loadData(s.pc, p.region, at, size)
	default:
		v, err = l.loadStack(s, p.frame, at, size)
	}
	if err != nil || !signed {
		return v, err
	}
	return l.extend(v, size), nil
}

// opcodeWord is the word of the context whose first byte is the operation.
const opcodeWord = 8

func (l *lifter) loadContext(s *state, at int64, size int) (value, error) {
	if at < 0 || at+int64(size) > ContextSize {
		return value{}, l.fault(s.pc, fmt.Sprintf("%d bytes are read at byte %d of the context, which has %d", size, at, ContextSize), "read members of struct io_uring_bpf_ctx")
	}
	return l.gather(at, size, func(at int64) (*expr.Expr, error) {
		word := l.Word(uint32(at))
		if _, known := l.readAt[uint32(at)]; !known {
			l.readAt[uint32(at)] = s.pc
		}
		if at == opcodeWord && l.Opcode >= 0 {
			shift := l.byteShift(0)
			word = l.Or(l.And(word, l.Const(^(uint32(0xff)<<shift))), l.Const(uint32(l.Opcode)<<shift))
		}
		return word, nil
	})
}

func (l *lifter) loadStack(s *state, frame int, at int64, size int) (value, error) {
	if at < -stackSize || at+int64(size) > 0 {
		return value{}, l.fault(s.pc, fmt.Sprintf("byte %d of the stack is read, which has %d", at, stackSize), withinBounds)
	}
	if v, ok := s.pointers.get(place{frame, int(at)}); ok && size == 8 {
		return v, nil
	}
	return l.gather(at, size, func(at int64) (*expr.Expr, error) {
		if w, ok := s.words.get(place{frame, int(at)}); ok {
			return w, nil
		}
		return nil, l.unset(s.pc)
	})
}

func (l *lifter) loadData(pc int, r *Region, at int64, size int) (value, error) {
	switch {
	case !r.ReadOnly:
		return value{}, l.fault(pc, fmt.Sprintf("a global variable in %s is read", r.Name), "filters keep no state: make it const, or const volatile if it is to be set before loading")
	case at < 0 || at+int64(size) > int64(len(r.Data)):
		return value{}, l.fault(pc, fmt.Sprintf("byte %d of %s is read, which has %d", at, r.Name, len(r.Data)), withinBounds)
	}
	var v uint64
	for i := range size {
		shift := 8 * i
		if l.program.BigEndian {
			shift = 8 * (size - 1 - i)
		}
		v |= uint64(r.Data[at+int64(i)]) << shift
	}
	return l.wideConst(v), nil
}

// loadTable reads a constant table at an index that the request decides: a
// binary search for the index among those that it can have. An index beyond
// the table denies the request.
func (l *lifter) loadTable(s *state, p value, at int64, size int) (value, error) {
	step := max(int64(p.index.Zeros+1)&^int64(p.index.Zeros), 1) // the lowest bit that can be set
	last := (int64(len(p.region.Data)) - at - int64(size)) / step * step
	last = min(last, int64(p.index.Max()))
	switch {
	case at < 0 || last < 0:
		return value{}, l.fault(s.pc, fmt.Sprintf("%s is read outside of its %d bytes", p.region.Name, len(p.region.Data)), withinBounds)
	case last/step >= maxTable:
		return value{}, l.fault(s.pc, fmt.Sprintf("an index chooses from %d places of a table", last/step+1), fmt.Sprintf("%d are possible: use a smaller table, or comparisons", maxTable))
	}
	l.require(p.index, uint32(last))
	return l.find(s.pc, p, at, size, 0, last/step, step)
}

// require denies the request where an index is above last: what C would read
// there is nothing.
func (l *lifter) require(index *expr.Expr, last uint32) {
	if index.Max() > last {
		l.now.guards = append(l.now.guards, guard{index, l.Const(last)})
	}
}

// find is the entry of a table, among those from first to last, in steps.
func (l *lifter) find(pc int, p value, at int64, size int, first, last, step int64) (value, error) {
	if first == last {
		return l.loadData(pc, p.region, at+first*step, size)
	}
	middle := (first + last + 1) / 2
	below, err := l.find(pc, p, at, size, first, middle-1, step)
	if err != nil {
		return value{}, err
	}
	above, err := l.find(pc, p, at, size, middle, last, step)
	if err != nil {
		return value{}, err
	}
	less := l.Less(p.index, l.Const(uint32(middle*step)))
	return l.pair(l.Select(less, below.low, above.low), l.Select(less, below.high, above.high)), nil
}

// byteShift is by how much byte i of a word is shifted.
func (l *lifter) byteShift(i int64) uint32 {
	if l.program.BigEndian {
		return uint32(8 * (3 - i))
	}
	return uint32(8 * i)
}

// gather reads size bytes from aligned words.
func (l *lifter) gather(at int64, size int, word func(at int64) (*expr.Expr, error)) (value, error) {
	if size >= 4 && at%4 == 0 {
		first, err := word(at)
		if err != nil || size == 4 {
			return l.pair(first, l.Const(0)), err
		}
		second, err := word(at + 4)
		if l.program.BigEndian {
			first, second = second, first
		}
		return l.pair(first, second), err
	}
	out := [2]*expr.Expr{l.Const(0), l.Const(0)}
	for i := range int64(size) {
		w, err := word((at + i) &^ 3)
		if err != nil {
			return value{}, err
		}
		b := l.And(l.Shr(w, l.Const(l.byteShift((at+i)&3))), l.Const(0xff))
		to := i // its place in the number, from the lowest
		if l.program.BigEndian {
			to = int64(size) - 1 - i
		}
		out[to/4] = l.Or(out[to/4], l.Shl(b, l.Const(uint32(8*(to%4)))))
	}
	return l.pair(out[0], out[1]), nil
}

// store writes the lowest size bytes of v.
func (l *lifter) store(s *state, p value, off int64, size int, v value) error {
	at := p.off + off
	switch {
	case !p.set || !v.set:
		return l.unset(s.pc)
	case p.base == context:
		return l.fault(s.pc, "the context is written to", "copy what is to be changed into a local variable")
	case p.base == data:
		return l.fault(s.pc, fmt.Sprintf("a global variable in %s is written to", p.region.Name), "filters keep no state: use local variables")
	case p.base == number:
		return l.fault(s.pc, "memory is written to at an address that is no known pointer", "use local variables")
	case at < -stackSize || at+int64(size) > 0:
		return l.fault(s.pc, fmt.Sprintf("byte %d of the stack is written to, which has %d", at, stackSize), withinBounds)
	}
	s.pointers.drop(func(k place) bool { // what is overwritten in part is gone
		return k.frame == p.frame && int64(k.off) < at+int64(size) && at < int64(k.off)+8
	})
	if v.base != number {
		if size != 8 || at%8 != 0 {
			return l.fault(s.pc, "part of a pointer is stored", "store pointers as a whole, or not at all")
		}
		s.pointers.set(place{p.frame, int(at)}, v)
		s.words.drop(func(k place) bool { return k.frame == p.frame && int64(k.off) >= at && int64(k.off) < at+8 })
		return nil
	}
	l.scatter(s, p.frame, at, size, v)
	return nil
}

// scatter writes bytes into aligned words. Bytes of a new word that were never
// set are taken to be 0: any value would do.
func (l *lifter) scatter(s *state, frame int, at int64, size int, v value) {
	from := [2]*expr.Expr{v.low, v.high}
	if size >= 4 && at%4 == 0 {
		if size == 8 && l.program.BigEndian {
			from[0], from[1] = from[1], from[0]
		}
		for i := range size / 4 {
			s.words.set(place{frame, int(at) + 4*i}, from[i])
		}
		return
	}
	for i := range int64(size) {
		n := i // which byte of the number, from the lowest
		if l.program.BigEndian {
			n = int64(size) - 1 - i
		}
		b := l.And(l.Shr(from[n/4], l.Const(uint32(8*(n%4)))), l.Const(0xff))
		to, shift := place{frame, int((at + i) &^ 3)}, l.byteShift((at+i)&3)
		old, ok := s.words.get(to)
		if !ok {
			old = l.Const(0)
		}
		s.words.set(to, l.Or(l.And(old, l.Const(^(uint32(0xff)<<shift))), l.Shl(b, l.Const(shift))))
	}
}
