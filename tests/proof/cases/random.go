package cases

import (
	"math/rand/v2"
	"net/netip"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Source makes requests at random: of each member a number that means something
// on the architecture, its neighbour, or any. The same seed gives the same ones.
type Source struct {
	rand                             *rand.Rand
	families, types, flags, resolves []uint64
	inet, access, usualTypes         []uint64
	inet4, cloexec, nonblock         uint64
}

// NewSource is a source for an architecture.
func NewSource(a *Arch, seed uint64) *Source {
	return &Source{
		rand:     rand.New(rand.NewPCG(seed, 0x70726f6f66)),
		families: a.Values("AF_"), types: a.Values("SOCK_"), flags: a.Values("O_"), resolves: a.Values("RESOLVE_"),
		inet:       []uint64{a.Value("AF_INET"), a.Value("AF_INET6")},
		access:     []uint64{a.Value("O_RDONLY"), a.Value("O_RDONLY"), a.Value("O_WRONLY"), a.Value("O_RDWR")},
		usualTypes: []uint64{a.Value("SOCK_STREAM"), a.Value("SOCK_DGRAM")},
		inet4:      a.Value("AF_INET"), cloexec: a.Value("SOCK_CLOEXEC"), nonblock: a.Value("SOCK_NONBLOCK"),
	}
}

// Request is one of an operation.
func (s *Source) Request(op uapi.Op) Request {
	r := Request{UserData: s.number(64), Op: op, Flags: s.requestFlags()}
	switch op {
	case uapi.IORING_OP_SOCKET:
		s.socket(&r)
	case uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2:
		s.open(&r)
	case uapi.IORING_OP_CONNECT:
		s.connect(&r)
	}
	return r
}

// one of a list.
func one[T any](s *Source, list ...T) T { return list[s.rand.IntN(len(list))] }

// in tells once in n times.
func (s *Source) in(n int) bool { return s.rand.IntN(n) == 0 }

// number is any of so many bits, small and large ones alike.
func (s *Source) number(bits int) uint64 {
	return s.rand.Uint64() >> (64 - bits) >> s.rand.IntN(bits)
}

// near is a number of a list, once in a while one beside it, one with a bit
// turned over, or any.
func (s *Source) near(bits int, list []uint64) uint64 {
	v := one(s, list...)
	switch s.rand.IntN(8) {
	case 0:
		v += uint64(s.rand.IntN(3)) - 1
	case 1:
		v ^= 1 << s.rand.IntN(bits)
	case 2:
		v = s.number(bits)
	}
	return v & (^uint64(0) >> (64 - bits))
}

// some is a few of a list's bits.
func (s *Source) some(list []uint64) (v uint64) {
	for range s.rand.IntN(4) {
		v |= one(s, list...)
	}
	return v
}

func (s *Source) requestFlags() uapi.SQEFlags {
	if s.in(4) {
		return uapi.SQEFlags(s.rand.Uint32())
	}
	return one[uapi.SQEFlags](s, 0, uapi.IOSQE_ASYNC, uapi.IOSQE_CQE_SKIP_SUCCESS, 1<<s.rand.IntN(8))
}

func (s *Source) socket(r *Request) {
	r.Family = uint32(s.near(32, one(s, s.inet, s.inet, s.families)))
	r.Type = uint32(s.near(32, one(s, s.usualTypes, s.usualTypes, s.types))) & one(s, 0xf, 0xf, 0xf, ^uint32(0))
	r.Type |= uint32(one(s, 0, 0, s.cloexec, s.nonblock, s.cloexec|s.nonblock))
	r.Protocol = uint32(s.near(32, []uint64{0, 0, tcp, udp, 1, 58, 132, 136, 255, 262}))
}

func (s *Source) open(r *Request) {
	r.Open = one(s, s.access...) | s.some(s.flags)
	if s.in(4) {
		r.Open ^= 1 << s.rand.IntN(64)
	}
	r.Resolve = s.some(s.resolves)
	if s.in(8) {
		r.Open, r.Resolve = s.number(64), s.number(64)
	}
	r.Mode = s.number(64)
}

func (s *Source) connect(r *Request) {
	r.Family = uint32(s.near(32, one(s, s.inet, s.inet, s.inet, s.families)))
	r.Port = uint16(s.near(16, []uint64{0, 80, 442, 443, 443, 443, 444, 0xbb01, 0x01, 0x0100, 0xffff}))
	switch {
	case s.in(8): // an address that the kernel does not show
		r.Port = 0
	case uint64(r.Family) == s.inet4:
		ip := s.IP4()
		copy(r.Addr[:], ip[:])
	case s.in(4): // IPv4 as IPv6 has it
		r.Addr = netip.AddrFrom4(s.IP4()).As16()
	default:
		r.Addr = s.IP6()
	}
}

// The first and last addresses of nets, and what is outside of them.
var edges4 = addresses(
	"127.0.0.1", "127.0.0.1", "127.0.0.1",
	"10.0.0.0", "9.255.255.255", "10.255.255.255", "11.0.0.0", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0",
	"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "126.255.255.255", "127.0.0.0", "127.0.0.1", "127.255.255.255",
	"128.0.0.0", "0.0.0.0", "255.255.255.255", "169.254.169.254", "8.8.8.8", "1.0.0.10", "1.0.0.127",
)

var edges6 = addresses(
	"::", "::1", "::2", "::1:0:0:0", "1::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::", "fd12:3456::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"fe00::", "fe80::1", "2001:db8::1", "::ffff:0:0", "::fffe:7f00:1", "::ffff:ffff:ffff", "::1:7f00:1", "::127.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1",
)

func addresses(texts ...string) (list []netip.Addr) {
	for _, t := range texts {
		list = append(list, netip.MustParseAddr(t))
	}
	return list
}

// IP4 is an IPv4 address.
func (s *Source) IP4() [4]byte {
	ip := one(s, edges4...).As4()
	s.turn(ip[:])
	return ip
}

// IP6 is an IPv6 address.
func (s *Source) IP6() [16]byte {
	if s.in(3) {
		return netip.IPv6Loopback().As16()
	}
	ip := one(s, edges6...).As16()
	s.turn(ip[:])
	return ip
}

// turn turns a bit over, sometimes, or makes all new from some byte on.
func (s *Source) turn(ip []byte) {
	switch s.rand.IntN(4) {
	case 0:
		ip[s.rand.IntN(len(ip))] ^= 1 << s.rand.IntN(8)
	case 1:
		for i := s.rand.IntN(len(ip)); i < len(ip); i++ {
			ip[i] = byte(s.rand.Uint32())
		}
	}
}
