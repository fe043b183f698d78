package cases

import (
	"net/netip"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Predicate tells whether a filter admits a request. Predicates are written from
// the filters' documentation and know nothing of their sources.
type Predicate func(*Request) bool

// Protocols, IPPROTO_*.
const tcp, udp = 6, 17

func tcpSockets(a *Arch) Predicate {
	inet, inet6, stream := family(a, "AF_INET"), family(a, "AF_INET6"), socketType(a, "SOCK_STREAM")
	return func(r *Request) bool {
		return (inet(r) || inet6(r)) && stream(r) && (r.Protocol == 0 || r.Protocol == tcp)
	}
}

func usualSockets(a *Arch) Predicate {
	inet, inet6, unix := family(a, "AF_INET"), family(a, "AF_INET6"), family(a, "AF_UNIX")
	stream, datagram := socketType(a, "SOCK_STREAM"), socketType(a, "SOCK_DGRAM")
	return func(r *Request) bool {
		overTCP := stream(r) && (r.Protocol == 0 || r.Protocol == tcp)
		overUDP := datagram(r) && (r.Protocol == 0 || r.Protocol == udp)
		return unix(r) || (inet(r) || inet6(r)) && (overTCP || overUDP)
	}
}

func denyKernelFamilies(a *Arch) Predicate {
	denied := map[uint32]bool{}
	for _, name := range []string{"AF_ALG", "AF_PACKET", "AF_VSOCK", "AF_NETLINK"} {
		denied[uint32(a.Value(name))] = true
	}
	return func(r *Request) bool { return !denied[r.Family] }
}

func family(a *Arch, name string) Predicate {
	v := uint32(a.Value(name))
	return func(r *Request) bool { return r.Family == v }
}

// socketType compares a type without the bits that do not belong to it. C:
// SOCK_TYPE_MASK (linux/net.h).
func socketType(a *Arch, name string) Predicate {
	const mask = 0xf
	v := uint32(a.Value(name))
	return func(r *Request) bool { return r.Type&mask == v }
}

func openBeneath(a *Arch) Predicate {
	beneath := a.Value("RESOLVE_BENEATH")
	return func(r *Request) bool { return r.Op == uapi.IORING_OP_OPENAT2 && r.Resolve&beneath != 0 }
}

func openReadOnly(a *Arch) Predicate {
	access, readOnly := a.Value("O_ACCMODE"), a.Value("O_RDONLY")
	creat, trunc := a.Value("O_CREAT"), a.Value("O_TRUNC")
	// O_TMPFILE is made of a bit of its own and O_DIRECTORY.
	temporary := a.Value("O_TMPFILE") - a.Value("O_DIRECTORY")
	return func(r *Request) bool {
		return r.Open&access == readOnly && r.Open&creat == 0 && r.Open&trunc == 0 && r.Open&temporary == 0
	}
}

// Parameters of the filters of connects, as they are shipped.
var (
	ShippedPorts = [2]uint16{443, 443}
	ShippedNet4  = netip.MustParsePrefix("127.0.0.0/8")
	ShippedNet6  = netip.MustParsePrefix("::1/128")
)

// PortsFrom is ConnectPort with the first and the last port that it admits. An
// address that is too short shows port 0, which is never admitted.
func PortsFrom(first, last uint16) func(*Arch) Predicate {
	return func(a *Arch) Predicate {
		inet, inet6 := family(a, "AF_INET"), family(a, "AF_INET6")
		return func(r *Request) bool {
			return (inet(r) || inet6(r)) && r.Port != 0 && first <= r.Port && r.Port <= last
		}
	}
}

// Net4 is ConnectNet4 with the net that it admits.
func Net4(net netip.Prefix) func(*Arch) Predicate {
	return func(a *Arch) Predicate {
		inet := family(a, "AF_INET")
		return func(r *Request) bool { return inet(r) && r.Port != 0 && net.Contains(r.IP4()) }
	}
}

// Net6 is ConnectNet6 with the net that it admits.
func Net6(net netip.Prefix) func(*Arch) Predicate {
	return func(a *Arch) Predicate {
		inet6 := family(a, "AF_INET6")
		return func(r *Request) bool {
			return inet6(r) && r.Port != 0 && net.Contains(r.IP6())
		}
	}
}

func connectPrivate(a *Arch) Predicate {
	inet, inet6 := family(a, "AF_INET"), family(a, "AF_INET6")
	private := func(ip netip.Addr) bool { return ip.IsPrivate() || ip.IsLoopback() }
	return func(r *Request) bool {
		return r.Port != 0 && (inet(r) && private(r.IP4()) || inet6(r) && private(r.IP6().Unmap()))
	}
}

func unlinked(*Arch) Predicate {
	return func(r *Request) bool {
		return r.Flags&(uapi.IOSQE_IO_LINK|uapi.IOSQE_IO_HARDLINK|uapi.IOSQE_IO_DRAIN) == 0
	}
}

func never(*Arch) Predicate { return func(*Request) bool { return false } }
