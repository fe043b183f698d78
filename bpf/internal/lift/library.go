package lift

import (
	"fmt"

	"github.com/uringgen/uringgen/bpf/internal/expr"
)

// maxBytes bounds what one call of a C function works on.
const maxBytes = 512

// callC runs the C functions that clang calls by itself.
func (l *lifter) callC(s *state, in *Insn) error {
	functions := map[string]func(*state, int) error{
		"memcmp": l.memcmp, "bcmp": l.memcmp, "memset": l.memset, "memcpy": l.memcpy, "memmove": l.memcpy,
	}
	f := functions[in.Name]
	if f == nil {
		return l.fault(s.pc, fmt.Sprintf("the function %s is called, which has no body", in.Name), "define it in the file, as static inline; memcmp, memset and memcpy are known")
	}
	for i := 1; i <= 3; i++ {
		if !s.regs[i].set {
			return l.unset(s.pc)
		}
	}
	n, ok := s.regs[3].constant()
	if !ok || n > maxBytes {
		return l.fault(s.pc, fmt.Sprintf("%s is called with a size that is not a constant up to %d", in.Name, maxBytes), "give it a constant")
	}
	if err := f(s, int(n)); err != nil {
		return err
	}
	clear(s.regs[1:firstSaved])
	return nil
}

// memcmp compares in the order of bytes: what counts of the result is its
// sign.
func (l *lifter) memcmp(s *state, n int) error {
	result := l.Const(0)
	for at := (n - 1) &^ 3; at >= 0; at -= 4 { // the last words first
		size := min(n-at, 4)
		x, err := l.bigEndian(s, s.regs[1], at, size)
		if err != nil {
			return err
		}
		y, err := l.bigEndian(s, s.regs[2], at, size)
		if err != nil {
			return err
		}
		sign := l.Select(l.Less(x, y), l.Const(^uint32(0)), l.Const(1))
		result = l.Select(l.Xor(x, y), sign, result)
	}
	s.regs[0] = l.pair(result, l.Sar(result, l.Const(31)))
	return nil
}

// bigEndian is up to four bytes as a number of which the first counts most.
func (l *lifter) bigEndian(s *state, p value, at, size int) (*expr.Expr, error) {
	out := l.Const(0)
	for i := range size {
		v, err := l.load(s, p, int64(at+i), 1, false)
		if err != nil {
			return nil, err
		}
		out = l.Or(l.Shl(out, l.Const(8)), v.low)
	}
	return out, nil
}

func (l *lifter) memset(s *state, n int) error {
	if s.regs[2].base != number {
		return l.pointerMath(s.pc)
	}
	for i := range n {
		if err := l.store(s, s.regs[1], int64(i), 1, s.regs[2]); err != nil {
			return err
		}
	}
	s.regs[0] = s.regs[1]
	return nil
}

// memcpy reads all before it writes, so it is memmove as well.
func (l *lifter) memcpy(s *state, n int) error {
	bytes := make([]value, n)
	for i := range bytes {
		v, err := l.load(s, s.regs[2], int64(i), 1, false)
		if err != nil {
			return err
		}
		bytes[i] = v
	}
	for i, v := range bytes {
		if err := l.store(s, s.regs[1], int64(i), 1, v); err != nil {
			return err
		}
	}
	s.regs[0] = s.regs[1]
	return nil
}
