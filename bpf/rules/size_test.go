//go:build linux

package rules

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

var private = []netip.Prefix{prefix("10.0.0.0/8"), prefix("172.16.0.0/12"), prefix("192.168.0.0/16")}

// handTests is rules, and the lengths of programs for them written by hand.
var handTests = []struct {
	name string
	op   uapi.Op
	rule Rule
	hand int
}{
	{"everything", uapi.IORING_OP_NOP, Accept(), 1},
	{"nothing", uapi.IORING_OP_NOP, Any(Deny(), All(SQEFlags.Is(1), SQEFlags.Is(2))), 1},
	{"sockets", uapi.IORING_OP_SOCKET, All(SocketFamily.In(2, 10), SocketType.Is(1), SocketProtocol.In(0, 6)), 11},
	{"families and types", uapi.IORING_OP_SOCKET, All(SocketFamily.In(1, 2, 10, 40), SocketType.In(1, 2, 5)), 12},
	{"many families", uapi.IORING_OP_SOCKET, SocketFamily.In(1, 3, 5, 7, 9, 12, 15, 18, 22, 25, 30), 8},
	{"values of some bits", uapi.IORING_OP_SOCKET, SocketFamily.In(0, 2, 8, 10), 4},
	{"a bit", uapi.IORING_OP_NOP, SQEFlags.HasNone(uapi.IOSQE_ASYNC), 4},
	{"flags", uapi.IORING_OP_NOP, All(SQEFlags.HasNone(0x22), SQEFlags.HasOnly(0x3f)), 4},
	{"openat2", uapi.IORING_OP_OPENAT2, All(OpenFlags.HasNone(0x400243), OpenResolve.HasAll(8), OpenResolve.HasOnly(0xe), OpenMode.Is(0)), 13},
	{"ports", uapi.IORING_OP_CONNECT, All(ConnectFamily.In(2, 10), ConnectPort.In(53, 80, 443, 8080, 8443, 5432)), 13},
	{"ports and a range", uapi.IORING_OP_CONNECT, Any(ConnectPort.In(22, 80, 443), ConnectPort.Between(8000, 8080)), 11},
	{"unprivileged ports", uapi.IORING_OP_CONNECT, ConnectPort.AtLeast(1024), 4},
	{"unprivileged and two more", uapi.IORING_OP_CONNECT, Any(ConnectPort.AtLeast(1024), ConnectPort.In(80, 443)), 7},
	{"neighbours", uapi.IORING_OP_CONNECT, ConnectPort.In(ports(2048, 1)...), 4},
	{"prefix", uapi.IORING_OP_CONNECT, ConnectAddr.In(private[0]), 7},
	{"halves of a prefix", uapi.IORING_OP_CONNECT, ConnectAddr.In(prefix("10.128.0.0/9"), prefix("10.0.0.0/9")), 7},
	{"prefixes and ports", uapi.IORING_OP_CONNECT, Any(ConnectAddr.In(private[:2]...), All(ConnectAddr.In(prefix("127.0.0.0/8")), ConnectPort.AtLeast(1024))), 13},
	{"IPv6 prefixes", uapi.IORING_OP_CONNECT, ConnectAddr.In(prefix("2001:db8:40::/44"), prefix("::1/128")), 16},
	{"8 prefixes", uapi.IORING_OP_CONNECT, ConnectAddr.In(append(private, prefix("127.0.0.0/8"), prefix("169.254.0.0/16"), prefix("100.64.0.0/10"), prefix("192.0.2.0/24"), prefix("203.0.113.0/24"))...), 22},
}

// TestByHand has the compiler write no longer programs, for either byte order.
func TestByHand(t *testing.T) {
	for _, tt := range handTests {
		for _, order := range orders {
			f, err := CompileFor(tt.op, tt.rule, order)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(f.Program); n > tt.hand {
				t.Errorf("%s, %v: %d instructions, by hand %d\n%v", tt.name, order, n, tt.hand, f.Program)
			}
		}
	}
}

// sized is a rule for connections that is to become a program of at most so
// many instructions, of which so many run for a request, and what it names.
type sized struct {
	name          string
	rule          Rule
	length, steps int
	ports         []uint16
	prefixes      []netip.Prefix
}

func randomPorts(r *rand.Rand, n int) (out []uint16) {
	for range n {
		out = append(out, uint16(r.Uint32()))
	}
	return out
}

func portSets(r *rand.Rand) []sized {
	var mixed []Rule
	var named []uint16
	for range 200 {
		low := uint16(r.IntN(60000))
		high := low + uint16(r.IntN(100))
		singles := randomPorts(r, 3)
		mixed = append(mixed, ConnectPort.In(singles...), ConnectPort.Between(low, high))
		named = append(append(named, low, high), singles...)
	}
	sets := []sized{{name: "ports and ranges", rule: Any(mixed...), length: 1300, steps: 22, ports: named}}
	for _, s := range []sized{
		{name: "1,000 ports", ports: randomPorts(r, 1000), length: 1600, steps: 20},
		{name: "1,000 ports, evenly", ports: ports(65000, 65), length: 1600, steps: 20},
		{name: "1,000 ports in a row", ports: ports(1000, 1), length: 8, steps: 8},
		{name: "3,700 ports", ports: randomPorts(r, 3700), length: 4096, steps: 90},
	} {
		s.rule = ConnectPort.In(s.ports...)
		sets = append(sets, s)
	}
	return sets
}

func prefixSets(r *rand.Rand) []sized {
	var v4, v6 []netip.Prefix
	for range 256 {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], r.Uint64())
		v4 = append(v4, netip.PrefixFrom(netip.AddrFrom4([4]byte(b[:])), 12+r.IntN(21)))
		copy(b[:], []byte{0x20, 1, 0xd, 0xb8})
		v6 = append(v6, netip.PrefixFrom(netip.AddrFrom16(b), 40+r.IntN(25)))
	}
	both := slices.Concat(v4, v6)
	return []sized{
		{name: "256 prefixes", rule: ConnectAddr.In(v4...), length: 600, steps: 30, prefixes: v4},
		{name: "256 IPv6 prefixes", rule: ConnectAddr.In(v6...), length: 600, steps: 30, prefixes: v6},
		{name: "256 prefixes of each denied", rule: Not(ConnectAddrUnmapped.In(both...)), length: 1700, steps: 45, prefixes: both},
	}
}

// requests is those on which something depends, and some others.
func (s *sized) requests(r *rand.Rand) []cbpf.Context {
	var out []cbpf.Context
	for i := range 500 {
		port := uint16(r.Uint32())
		if i%4 > 0 && len(s.ports) > 0 {
			port = s.ports[r.IntN(len(s.ports))] + uint16(r.IntN(3)) - 1
		}
		addr := netip.AddrFrom4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), 1})
		if len(s.prefixes) > 0 {
			addr = near(r, s.prefixes[r.IntN(len(s.prefixes))])
		}
		out = append(out, connectRequest(addr.String(), port))
	}
	return out
}

// near is an address in a prefix or beside it, or an IPv4 address mapped.
func near(r *rand.Rand, p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= byte(r.IntN(2)) << (7 - i%8)
	}
	addr, _ := netip.AddrFromSlice(b)
	switch r.IntN(4) {
	case 0:
		b[(p.Bits()-1)/8] ^= 0x80 >> ((p.Bits() - 1) % 8)
		addr, _ = netip.AddrFromSlice(b)
	case 1:
		addr = netip.AddrFrom16(addr.As16())
	}
	return addr
}

// TestLargeSets bounds the programs of large sets, and asks them about requests.
func TestLargeSets(t *testing.T) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 4))
		for _, s := range append(portSets(r), prefixSets(r)...) {
			for _, order := range orders {
				f, err := CompileFor(uapi.IORING_OP_CONNECT, s.rule, order)
				if err != nil {
					t.Fatal(s.name, err)
				}
				n, steps := len(f.Program), longestPath(f.Program)
				t.Logf("%s, seed %d, %v: %d instructions, at most %d of them in one run", s.name, seed, order, n, steps)
				if n > s.length || steps > s.steps {
					t.Errorf("%s, seed %d, %v: %d instructions and %d in one run, want at most %d and %d", s.name, seed, order, n, steps, s.length, s.steps)
				}
				s.ask(t, f, order, r, steps)
			}
		}
	}
}

// ask compares verdicts. Requests are of this machine, as are their numbers but
// for those in network order, so the family is put into the other's order.
func (s *sized) ask(t *testing.T, f cbpf.Filter, order binary.ByteOrder, r *rand.Rand, steps int) {
	t.Helper()
	accepted := 0
	for _, ctx := range s.requests(r) {
		order.PutUint32(ctx[16:], binary.NativeEndian.Uint32(ctx[16:]))
		want, err := s.rule.Eval(ctx, order)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cbpf.Explain(f.Program, ctx, order)
		if err != nil || (got.Verdict != 0) != want {
			t.Fatalf("%s, %v: %v, %v for %x, want %v", s.name, order, got, err, ctx, want)
		}
		if n := len(got.Path); n > steps {
			t.Errorf("%s, %v: %d instructions ran for %x, want at most %d", s.name, order, n, ctx, steps)
		}
		if want {
			accepted++
		}
	}
	if accepted == 0 || accepted == 500 {
		t.Errorf("%s, %v: %d of 500 requests accepted; they test little", s.name, order, accepted)
	}
}
