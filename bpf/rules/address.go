package rules

import "net/netip"

// AddressField is the address that a request of IORING_OP_CONNECT connects to,
// which filters see since Linux 7.2. A rule about it is about the family too:
// IPv4 addresses and prefixes stand for AF_INET alone, IPv6 ones for AF_INET6
// alone, and no other family has an address. The zero value is no field.
type AddressField fieldID

// The address of IORING_OP_CONNECT, read in two ways.
//
// An AF_INET6 socket reaches IPv4 hosts by addresses such as ::ffff:10.0.0.1.
// Where IPv4 addresses are to be denied, deny them of ConnectAddrUnmapped.
//
// The kernel takes the unspecified addresses, 0.0.0.0 and ::, for loopback.
// Where an address is too short for its family, filters see zeros; Linux 7.2.7
// shows zeros for IPv6 addresses of 24 bytes, too, which connect(2) takes. So a
// list of what is allowed is safer than one of what is denied.
const (
	// ConnectAddr is the address as it was given: an IPv4-mapped IPv6 address is an
	// IPv6 address.
	ConnectAddr = AddressField(connectAddr)

	// ConnectAddrUnmapped takes an IPv4-mapped IPv6 address, ::ffff:a.b.c.d, for
	// the IPv4 address, as [netip.Addr.Unmap] does: 10.0.0.0/8 holds for
	// ::ffff:10.0.0.1 as well, and ::/0 does not.
	ConnectAddrUnmapped = AddressField(connectAddrUnmapped)
)

// Is holds if the address is this one.
func (f AddressField) Is(addr netip.Addr) Rule {
	if addr.Zone() != "" {
		return f.In(netip.Prefix{})
	}
	return f.In(netip.PrefixFrom(addr, addr.BitLen()))
}

// In holds if the address lies in one of the prefixes, of which both families
// may be given. As in [netip.Prefix.Contains], bits behind a prefix's length do
// not count. Without prefixes it is an error.
func (f AddressField) In(prefixes ...netip.Prefix) Rule {
	return newRule(part{kind: addressIn, field: fieldID(f), prefixes: copied(prefixes)})
}
