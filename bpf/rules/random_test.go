//go:build linux

package rules

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// maker makes random rules for an operation, and requests that are likely to
// meet their corners.
type maker struct {
	*rand.Rand
	op      uapi.Op
	numbers []uint64 // that rules name
	addrs   []netip.Addr
}

var ops = []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_SOCKET, uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2, uapi.IORING_OP_CONNECT}

func newMaker(seed1, seed2 uint64) *maker {
	m := &maker{Rand: rand.New(rand.NewPCG(seed1, seed2))}
	m.op = ops[m.IntN(len(ops))]
	return m
}

// rule is a random rule of some depth.
func (m *maker) rule(depth int) Rule {
	if depth > 0 {
		switch m.IntN(5) {
		case 0:
			return All(m.rules(depth - 1)...)
		case 1:
			return Any(m.rules(depth - 1)...)
		case 2:
			return Not(m.rule(depth - 1))
		}
	}
	if m.IntN(30) == 0 {
		return []Rule{Accept(), Deny()}[m.IntN(2)]
	}
	return m.test()
}

func (m *maker) rules(depth int) []Rule {
	out := make([]Rule, 1+m.IntN(4))
	for i := range out {
		out[i] = m.rule(depth)
	}
	return out
}

func (m *maker) test() Rule {
	switch n := m.IntN(8); {
	case n == 0:
		return test(m, UserData)
	case n == 1:
		return test(m, SQEFlags)
	case m.op == uapi.IORING_OP_SOCKET:
		return test(m, []Field[uint32]{SocketFamily, SocketType, SocketProtocol}[m.IntN(3)])
	case m.op == uapi.IORING_OP_OPENAT, m.op == uapi.IORING_OP_OPENAT2:
		return test(m, []Field[uint64]{OpenFlags, OpenMode, OpenResolve}[m.IntN(3)])
	case m.op == uapi.IORING_OP_CONNECT && n < 4:
		return test(m, ConnectPort)
	case m.op == uapi.IORING_OP_CONNECT && n < 5:
		return test(m, ConnectFamily)
	case m.op == uapi.IORING_OP_CONNECT:
		return m.address()
	}
	return test(m, UserData)
}

// test is a random test of a field.
func test[T Number](m *maker, f Field[T]) Rule {
	mask := T(fieldID(f).get().mask)
	number := func() T { return T(m.number()) & mask }
	bits := func() T { return max(number(), 1) }
	switch m.IntN(9) {
	case 0:
		return f.Is(number())
	case 1:
		return f.AtLeast(number())
	case 2:
		return f.AtMost(number())
	case 3:
		low, high := number(), number()
		return f.Between(min(low, high), max(low, high))
	case 4:
		return f.HasAll(bits())
	case 5:
		return []Rule{f.HasAny(bits()), f.HasNone(bits())}[m.IntN(2)]
	case 6:
		return f.HasOnly(number())
	case 7:
		mask := bits()
		values := make([]T, 1+m.IntN(6))
		for i := range values {
			values[i] = number() & mask
		}
		return f.MaskIn(mask, values...)
	default:
		values := make([]T, 1+m.IntN(1<<m.IntN(6)))
		base, close := number(), m.IntN(3)
		for i := range values {
			values[i] = number()
			if m.IntN(2) < close {
				values[i] = (base + T(m.IntN(40))) & mask
			}
			m.numbers = append(m.numbers, uint64(values[i]))
		}
		return f.In(values...)
	}
}

// number is a number that is likely to meet a corner.
func (m *maker) number() uint64 {
	var v uint64
	switch m.IntN(7) {
	case 0:
		v = m.Uint64()
	case 1:
		v = uint64(m.IntN(70))
	case 2:
		v = 1<<m.IntN(64) - uint64(m.IntN(2))
	case 3:
		v = sparse(m.Uint64, 3) & math.MaxUint32
	case 4:
		v = sparse(m.Uint64, 3)
	case 5:
		v = uint64(m.IntN(1 << 16))
	default:
		v = []uint64{uapi.AF_INET, uapi.AF_INET6, 443, 1024, ^uint64(0), 1<<32 - 1, 1 << 32}[m.IntN(7)]
	}
	m.numbers = append(m.numbers, v)
	return v
}

// sparse is a number that has a bit with a chance of one in 1<<n.
func sparse(random func() uint64, n int) uint64 {
	v := random()
	for range n - 1 {
		v &= random()
	}
	return v
}

func (m *maker) addr() netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(m.number()) & byte(m.IntN(256))
	}
	a := netip.AddrFrom16(b)
	switch m.IntN(5) {
	case 0:
		a = netip.AddrFrom4([4]byte(b[:]))
	case 1:
		a = netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]})
	case 2:
		a = netip.AddrFrom4([4]byte{10, 0, 0, b[0]})
	case 3:
		a = netip.AddrFrom16([16]byte{15: b[0]})
	}
	m.addrs = append(m.addrs, a)
	return a
}

func (m *maker) address() Rule {
	f := []AddressField{ConnectAddr, ConnectAddrUnmapped}[m.IntN(2)]
	prefixes := make([]netip.Prefix, 1+m.IntN(1<<m.IntN(5)))
	for i := range prefixes {
		a := m.addr()
		if f == ConnectAddrUnmapped {
			a = a.Unmap()
		}
		n := m.IntN(a.BitLen() + 1)
		if m.IntN(2) == 0 {
			n = a.BitLen() - m.IntN(10)
		}
		prefixes[i] = netip.PrefixFrom(a, n)
	}
	return f.In(prefixes...)
}

// request is a random context of the operation, near to what rules name.
func (m *maker) request(order binary.ByteOrder) cbpf.Context {
	near := func() uint64 {
		if len(m.numbers) == 0 || m.IntN(4) == 0 {
			return m.number()
		}
		v := m.numbers[m.IntN(len(m.numbers))]
		switch m.IntN(4) {
		case 0:
			v += uint64(m.IntN(3)) - 1
		case 1:
			v ^= 1 << m.IntN(64)
		}
		return v
	}
	var ctx cbpf.Context
	for at := 0; at < len(ctx); at += 8 {
		if m.IntN(2) == 0 {
			order.PutUint64(ctx[at:], near())
		} else {
			order.PutUint32(ctx[at:], uint32(near()))
			order.PutUint32(ctx[at+4:], uint32(near()))
		}
	}
	ctx[8], ctx[9] = byte(m.op), byte(near())
	if m.op == uapi.IORING_OP_CONNECT {
		m.connect(&ctx, order, near)
	}
	return ctx
}

func (m *maker) connect(ctx *cbpf.Context, order binary.ByteOrder, near func() uint64) {
	order.PutUint32(ctx[16:], []uint32{uapi.AF_INET, uapi.AF_INET6, uint32(near())}[m.IntN(3)])
	binary.BigEndian.PutUint16(ctx[20:], uint16(near()))
	if len(m.addrs) == 0 {
		return
	}
	a := m.addrs[m.IntN(len(m.addrs))]
	if m.IntN(2) == 0 {
		a = a.Unmap()
	}
	copy(ctx[24:], a.AsSlice())
	if m.IntN(3) == 0 {
		ctx[24+m.IntN(16)] ^= 1 << m.IntN(8)
	}
}

var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

// agrees tells whether a filter says what its rule says.
func agrees(t *testing.T, r Rule, f cbpf.Filter, ctx cbpf.Context, order binary.ByteOrder) bool {
	t.Helper()
	want, err := r.Eval(ctx, order)
	if err != nil {
		t.Fatalf("%v: %v", r, err)
	}
	got, err := cbpf.Run(f.Program, ctx, order)
	if err != nil {
		t.Fatalf("%v: %v\n%v", r, err, f.Program)
	}
	if (got != 0) != want {
		t.Errorf("%v\ncompiled for %v says %v, is %v, of %x\n%v", r, order, got != 0, want, ctx, f.Program)
	}
	return (got != 0) == want
}

// checkRandom compiles a random rule for both byte orders, and asks the filters
// about random requests.
func checkRandom(t *testing.T, seed1, seed2 uint64, requests int) {
	m := newMaker(seed1, seed2)
	r := m.rule(m.IntN(6))
	for _, order := range orders {
		f, err := CompileFor(m.op, r, order)
		if err != nil {
			t.Fatalf("seed %d %d: %v: %v", seed1, seed2, r, err)
		}
		for range requests {
			if !agrees(t, r, f, m.request(order), order) {
				t.Fatalf("seed %d %d", seed1, seed2)
			}
		}
	}
}

func TestRandomRules(t *testing.T) {
	n := uint64(10000)
	if testing.Short() {
		n = 2000
	}
	for seed := range n {
		checkRandom(t, seed, 1, 40)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) { checkRandom(t, seed1, seed2, 40) })
}
