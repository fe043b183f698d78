package lift

import (
	"encoding/binary"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// keys are what makes two states meet: the place in the program, and the shape
// of what is live there; exact has the constants as well.
type keys struct {
	exact, shape []byte
}

// both adds numbers to both keys.
func (k *keys) both(numbers ...int) {
	for _, n := range numbers {
		k.shape = binary.AppendVarint(k.shape, int64(n))
		k.exact = binary.AppendVarint(k.exact, int64(n))
	}
}

// word adds a word, which is a constant or not.
func (k *keys) word(e *expr.Expr) {
	k.shape = append(k.shape, 0)
	if e.IsConst() {
		k.exact = binary.AppendUvarint(append(k.exact, 1), uint64(e.K))
	} else {
		k.exact = append(k.exact, 0)
	}
}

// value adds a value. Pointers to different places never meet.
func (k *keys) value(v value, id func(*Region) int) {
	if !v.set {
		k.both(-1)
		return
	}
	k.both(int(v.base))
	if v.base == number {
		k.word(v.low)
		k.word(v.high)
		return
	}
	index := 0
	if v.index != nil {
		index = v.index.ID
	}
	k.both(id(v.region), v.frame, int(v.off), index)
}

// keys works out the keys of a state. They are valid until the next call.
func (l *lifter) keys(s *state) *keys {
	k := &l.scratch
	k.exact, k.shape = k.exact[:0], k.shape[:0]
	k.both(s.pc, len(s.frames), len(s.words), len(s.pointers))
	for i, v := range s.regs[:framePtr] {
		if l.flow.live(s.pc, i) {
			k.value(v, l.regionID)
		}
	}
	for _, f := range s.frames {
		k.both(f.ret)
		for i, v := range f.saved {
			if l.flow.live(f.ret, firstSaved+i) {
				k.value(v, l.regionID)
			}
		}
	}
	for _, c := range s.words {
		k.both(c.at.frame, c.at.off)
		k.word(c.v)
	}
	for _, c := range s.pointers {
		k.both(c.at.frame, c.at.off)
		k.value(c.v, l.regionID)
	}
	return k
}

// regionID numbers regions as they come.
func (l *lifter) regionID(r *Region) int {
	id, ok := l.regions[r]
	if !ok {
		id = len(l.regions)
		l.regions[r] = id
	}
	return id
}
