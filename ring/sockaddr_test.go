//go:build linux

package ring

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSockaddrInet(t *testing.T) {
	for _, text := range []string{"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:443", "[fe80::1%7]:22", "[::ffff:1.2.3.4]:53"} {
		a, err := SockaddrInet(netip.MustParseAddrPort(text))
		if err != nil || a.String() != text {
			t.Errorf("%s: %v %v", text, a.String(), err)
		}
		if b := a; b != a || b.AddrPort() != netip.MustParseAddrPort(text) {
			t.Errorf("%s: a copy is %v", text, b.AddrPort())
		}
	}
	for text, arg := range map[string]string{"[fe80::1%eth0]:22": "the zone", "": "the address"} {
		ap, _ := netip.ParseAddrPort(text)
		var bad *ArgumentError
		if _, err := SockaddrInet(ap); !errors.As(err, &bad) || bad.Arg != arg {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSockaddrUnix(t *testing.T) {
	long := strings.Repeat("x", 107)
	for _, name := range []string{"", "/tmp/x", "a", "@abstract", long, "@" + long} {
		a, err := SockaddrUnix(name)
		if err != nil || a.Unix() != name || a.Family() != unix.AF_UNIX {
			t.Errorf("%q: %q %v", name, a.Unix(), err)
		}
	}
	if a, err := SockaddrUnix("\x00with\x00zeros"); err != nil || a.Unix() != "@with\x00zeros" {
		t.Errorf("%q %v", a.Unix(), err)
	}
	for _, name := range []string{long + "x", "@" + long + "x", "a\x00b"} {
		var bad *ArgumentError
		if _, err := SockaddrUnix(name); !errors.As(err, &bad) || bad.Arg != "the name" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestSockaddrRaw(t *testing.T) {
	a, err := SockaddrRaw([]byte{1, 1, 3, 4})
	if err != nil || string(a.Raw()) != "\x01\x01\x03\x04" || a.Family() != 0x101 || a.AddrPort().IsValid() || a.Unix() != "" || a.String() != "family 257 0304" {
		t.Error(a.String(), err)
	}
	if _, err := SockaddrRaw(make([]byte, 129)); err == nil {
		t.Error("129 bytes fit")
	}
	for n := range sockaddrMax {
		// What is too short to hold an address must not be taken for one.
		for family := range uint16(20) {
			b := make([]byte, max(n, 2))
			binary.NativeEndian.PutUint16(b, family)
			a, err := SockaddrRaw(b[:n])
			least, ok := map[uint16]int{unix.AF_INET: 16, unix.AF_INET6: 28}[family]
			if err != nil || a.AddrPort().IsValid() != (ok && n >= least) || a.Unix() != "" && family != unix.AF_UNIX {
				t.Errorf("%d bytes of family %d: %v, %v", n, family, a.String(), err)
			}
		}
	}
	var none Sockaddr
	if none.String() != "no address" || none.Family() != 0 || len(none.Raw()) != 0 {
		t.Error(none.String())
	}
	none.size = 1 << 20 // as the kernel tells of an address that it has cut
	if len(none.Raw()) != sockaddrMax {
		t.Error(len(none.Raw()))
	}
}

// TestUnixSockets has addresses that the kernel wrote.
func TestUnixSockets(t *testing.T) {
	r := newRing(t, 8, nil)
	name := filepath.Join(t.TempDir(), "socket")
	for _, name := range []string{name, "@ring test " + name} {
		a, err := SockaddrUnix(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := SockaddrUnix(name + "2")
		if err != nil {
			t.Fatal(err)
		}
		server, client := unixSocket(t, name), unixSocket(t, name+"2")
		ok(t, r, func(s *SQE) { s.Connect(client, &a) })
		ok(t, r, func(s *SQE) { s.Send(client, []byte("to a name"), 0) })
		m := Msg{Buffers: [][]byte{make([]byte, 20)}}
		if n := ok(t, r, func(s *SQE) { s.Recvmsg(server, &m, 0) }); n != 9 || m.Addr.Unix() != name+"2" {
			t.Fatal(n, m.Addr.String())
		}
		ok(t, r, func(s *SQE) { s.Sendmsg(server, &Msg{Addr: m.Addr, Buffers: [][]byte{[]byte("back")}}, 0) })
		if got := read(t, client); got != "back" {
			t.Fatalf("%q", got)
		}
		if m.Addr.Unix() != b.Unix() {
			t.Fatalf("%q %q", m.Addr.Unix(), b.Unix())
		}
	}
}

// unixSocket is a datagram socket with a name.
func unixSocket(t testing.TB, name string) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: name}); err != nil {
		t.Fatal(err)
	}
	return fd
}
