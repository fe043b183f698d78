//go:build linux

package ring

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sockaddr is the address of a socket, of any family, in the form that the
// kernel has it. The zero value is no address. It holds no pointers and may be
// copied, but not while a request that fills it in is in flight.
type Sockaddr struct {
	raw  [sockaddrMax]byte
	size uint32 // as the kernel reads and writes it
}

// sockaddrMax is the size of struct sockaddr_storage.
const sockaddrMax = 128

// SockaddrInet is an address of IPv4 or IPv6. A zone must be the number of an
// interface. IPv4 addresses mapped into IPv6 stay IPv6.
func SockaddrInet(ap netip.AddrPort) (a Sockaddr, err error) {
	ip := ap.Addr()
	switch {
	case ip.Is4():
		a.head(unix.AF_INET, 16)
		b := ip.As4()
		copy(a.raw[4:], b[:])
	case ip.Is6():
		a.head(unix.AF_INET6, 28)
		b := ip.As16()
		copy(a.raw[8:], b[:])
		if zone := ip.Zone(); zone != "" {
			n, err := strconv.ParseUint(zone, 10, 32)
			if err != nil {
				return Sockaddr{}, &ArgumentError{"SockaddrInet", "the zone", strconv.Quote(zone) + " is no number", "use the index of the interface"}
			}
			binary.NativeEndian.PutUint32(a.raw[24:], uint32(n))
		}
	default:
		return Sockaddr{}, &ArgumentError{"SockaddrInet", "the address", "is not valid", ""}
	}
	binary.BigEndian.PutUint16(a.raw[2:], ap.Port())
	return a, nil
}

// SockaddrUnix is the address of a Unix socket: a path of at most 107 bytes;
// with a leading "@" or zero byte an abstract name; "" the address of a socket
// without a name.
func SockaddrUnix(name string) (a Sockaddr, err error) {
	const room = 108
	abstract := name != "" && (name[0] == '@' || name[0] == 0)
	n := len(name)
	if !abstract && n > 0 {
		n++ // the zero behind the path
	}
	if n > room {
		return Sockaddr{}, &ArgumentError{"SockaddrUnix", "the name", fmt.Sprintf("has %d bytes", len(name)), "use at most 107"}
	}
	a.head(unix.AF_UNIX, uint32(2+n))
	copy(a.raw[2:], name)
	if abstract {
		a.raw[2] = 0
		return a, nil
	}
	for i := range len(name) {
		if name[i] == 0 {
			return Sockaddr{}, &ArgumentError{"SockaddrUnix", "the name", "has a zero byte", ""}
		}
	}
	return a, nil
}

// SockaddrRaw is an address of another family: the bytes of the C record, at
// most 128, with the family first.
func SockaddrRaw(b []byte) (a Sockaddr, err error) {
	if len(b) > sockaddrMax {
		return Sockaddr{}, &ArgumentError{"SockaddrRaw", "the address", fmt.Sprintf("has %d bytes", len(b)), "use at most 128"}
	}
	a.size = uint32(copy(a.raw[:], b))
	return a, nil
}

func (a *Sockaddr) head(family uint16, size uint32) {
	binary.NativeEndian.PutUint16(a.raw[:], family)
	a.size = size
}

// Raw is the bytes of the C record, a view of a.
func (a *Sockaddr) Raw() []byte { return a.raw[:min(a.size, sockaddrMax)] }

// Family is AF_*, 0 if there is no address.
func (a *Sockaddr) Family() uint16 {
	if a.size < 2 {
		return unix.AF_UNSPEC
	}
	return binary.NativeEndian.Uint16(a.raw[:])
}

// AddrPort is an address of IPv4 or IPv6; not valid for other families. The
// zone is the number of an interface.
func (a *Sockaddr) AddrPort() netip.AddrPort {
	var ip netip.Addr
	switch {
	case a.Family() == unix.AF_INET && a.size >= 16:
		ip = netip.AddrFrom4([4]byte(a.raw[4:8]))
	case a.Family() == unix.AF_INET6 && a.size >= 28:
		ip = netip.AddrFrom16([16]byte(a.raw[8:24]))
		if zone := binary.NativeEndian.Uint32(a.raw[24:]); zone != 0 {
			ip = ip.WithZone(strconv.FormatUint(uint64(zone), 10))
		}
	default:
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(a.raw[2:]))
}

// Unix is the name of a Unix socket, an abstract one with a leading "@"; "" for
// a socket without a name and for other families.
func (a *Sockaddr) Unix() string {
	b := a.Raw()
	if a.Family() != unix.AF_UNIX || len(b) == 2 {
		return ""
	}
	b = b[2:]
	if b[0] == 0 {
		return "@" + string(b[1:])
	}
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// String is "127.0.0.1:80", a name of a Unix socket, or the family and the
// bytes of another address.
func (a *Sockaddr) String() string {
	switch a.Family() {
	case unix.AF_UNSPEC:
		return "no address"
	case unix.AF_INET, unix.AF_INET6:
		return a.AddrPort().String()
	case unix.AF_UNIX:
		return a.Unix()
	}
	return fmt.Sprintf("family %d %x", a.Family(), a.Raw()[2:])
}

// empty makes room for the kernel to write an address. A nil a stays nil.
func (a *Sockaddr) empty() (addr, size unsafe.Pointer) {
	if a == nil {
		return nil, nil
	}
	*a = Sockaddr{size: sockaddrMax}
	return unsafe.Pointer(&a.raw), unsafe.Pointer(&a.size)
}

// address copies a into the slot's memory.
func (s *SQE) address(a *Sockaddr) (unsafe.Pointer, uint32) {
	if a == nil {
		return nil, 0
	}
	m := s.attach()
	m.addr = *a
	return unsafe.Pointer(&m.addr.raw), min(a.size, sockaddrMax)
}
