//go:build linux

package ring

import (
	"net/netip"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// inet is an address that is right.
func inet(t testing.TB, ap netip.AddrPort) *Sockaddr {
	t.Helper()
	a, err := SockaddrInet(ap)
	if err != nil {
		t.Fatal(err)
	}
	return &a
}

// listener is a TCP socket that listens, and its address.
func listener(t testing.TB) (int, netip.AddrPort) {
	t.Helper()
	fd := bound(t, unix.SOCK_STREAM)
	if err := unix.Listen(fd, 10); err != nil {
		t.Fatal(err)
	}
	return fd, local(t, fd)
}

// bound is a socket with an address of the loopback interface.
func bound(t testing.TB, typ int) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, typ|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	return fd
}

// local is the address that package unix tells of a socket.
func local(t testing.TB, fd int) netip.AddrPort {
	t.Helper()
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	in := sa.(*unix.SockaddrInet4)
	return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), uint16(in.Port))
}

// dial is a socket that is connected, or about to be.
func dial(t testing.TB, to netip.AddrPort) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != nil {
		t.Fatal(err)
	}
	return fd
}

// pair is two Unix sockets of a type.
func pair(t testing.TB, typ int) (a, b int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(p[0]); unix.Close(p[1]) })
	return p[0], p[1]
}

func TestConnectAndAccept(t *testing.T) {
	r := newRing(t, 8, nil)
	server, addr := listener(t)
	var peer Sockaddr
	accept := r.Next()
	accept.Accept(server, &peer, unix.SOCK_CLOEXEC)
	accept.SetUserData(1)
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(client)
	connect := r.Next()
	to := inet(t, addr)
	connect.Connect(client, to)
	connect.SetUserData(2)
	*to = Sockaddr{} // it was copied
	var conn int
	for range 2 {
		c := next(t, r)
		if c.Err() != nil {
			t.Fatal(c.UserData, c.Err())
		}
		if c.UserData == 1 {
			conn = int(c.Res)
		}
	}
	defer unix.Close(conn)
	if got := peer.AddrPort(); got != local(t, client) {
		t.Fatalf("the peer is %v, not %v", got, local(t, client))
	}
	write(t, client, "x")
	ok(t, r, func(s *SQE) { s.Shutdown(client, unix.SHUT_WR) })
	if got := read(t, conn) + read(t, conn); got != "x" {
		t.Fatalf("%q", got)
	}
	refused(t, r, func(s *SQE) { s.Connect(client, nil) }, syscall.EINVAL, syscall.EAFNOSUPPORT, syscall.EISCONN)
}

func TestBindAndListen(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_SOCKET, uapi.IORING_OP_BIND, uapi.IORING_OP_LISTEN)
	fd := ok(t, r, func(s *SQE) { s.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP) })
	defer unix.Close(fd)
	ok(t, r, func(s *SQE) { s.Bind(fd, inet(t, loopback)) })
	ok(t, r, func(s *SQE) { s.Listen(fd, 5) })
	addr := local(t, fd)
	client := dial(t, addr)
	refused(t, r, func(s *SQE) { s.Bind(client, inet(t, addr)) }, syscall.EINVAL)
}

func TestSocketNames(t *testing.T) {
	r := newRing(t, 8, nil)
	fd, addr := listener(t)
	client := dial(t, addr)
	var own, peer Sockaddr
	needForm(t, "asking for addresses of sockets", "6.19", r, func(s *SQE) { s.Getsockname(fd, &own) }, syscall.EOPNOTSUPP, syscall.EINVAL)
	if own.AddrPort() != addr {
		t.Fatal(own.String(), addr)
	}
	ok(t, r, func(s *SQE) { s.Getpeername(client, &peer) })
	if peer.AddrPort() != addr {
		t.Fatal(peer.String(), addr)
	}
}

func TestAcceptMultishot(t *testing.T) {
	r := newRing(t, 8, nil)
	server, addr := listener(t)
	needForm(t, "accepting again and again", "5.19", r, func(s *SQE) { s.AcceptMultishot(0, 0) }, syscall.EINVAL)
	id := start(t, r, func(s *SQE) { s.AcceptMultishot(server, unix.SOCK_CLOEXEC) })
	for range 3 {
		client := dial(t, addr)
		write(t, client, "hi")
		c := next(t, r)
		if c.Err() != nil || !c.More() || read(t, int(c.Res)) != "hi" {
			t.Fatalf("%+v", c)
		}
		unix.Close(int(c.Res))
	}
	cancel(t, r, id)

	if err := uapi.RegisterFilesSparse(r.FD(), 4); err != nil {
		t.Fatal(err)
	}
	id = start(t, r, func(s *SQE) { s.AcceptMultishot(server, 0); s.SetDirect(AnySlot) })
	client := dial(t, addr)
	c := next(t, r)
	if c.Res != 0 || !c.More() {
		t.Fatalf("%+v", c)
	}
	ok(t, r, func(s *SQE) { s.Send(0, []byte("slot 0"), 0); s.SetFlags(uapi.IOSQE_FIXED_FILE) })
	if got := read(t, client); got != "slot 0" {
		t.Fatalf("%q", got)
	}
	cancel(t, r, id)
}

// cancel ends a request and takes both completions.
func cancel(t testing.TB, r *Ring, id ID) {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	s.Cancel(id)
	for range 2 {
		c := next(t, r)
		if c.Op == id.Op() && c.Err() == nil {
			t.Fatalf("the canceled request ends with %d", c.Res)
		} else if c.Op != id.Op() && c.Err() != nil {
			t.Fatal(c.Err())
		}
	}
}

func TestAcceptDirect(t *testing.T) {
	r := newRing(t, 8, nil)
	server, addr := listener(t)
	kernelNeeds(t, "tables of empty slots", "5.19", func() error { return uapi.RegisterFilesSparse(r.FD(), 4) })
	client := dial(t, addr)
	var peer Sockaddr
	ok(t, r, func(s *SQE) { s.Accept(server, &peer, 0); s.SetDirect(3) })
	if peer.AddrPort() != local(t, client) {
		t.Fatal(peer.String())
	}
	ok(t, r, func(s *SQE) { s.Send(3, []byte("slot 3"), 0); s.SetFlags(uapi.IOSQE_FIXED_FILE) })
	if got := read(t, client); got != "slot 3" {
		t.Fatalf("%q", got)
	}
}

func TestAcceptFlags(t *testing.T) {
	r := newRing(t, 8, nil)
	server, addr := listener(t)
	if err := uapi.RegisterFiles(r.FD(), []int32{-1}); err != nil {
		t.Fatal(err)
	}
	dial(t, addr)
	needForm(t, "flags of accept", "6.10", r, func(s *SQE) { s.Accept(server, nil, 0); s.SetPollFirst(); s.SetDirect(0) }, syscall.EINVAL)
	refused(t, r, func(s *SQE) { s.Accept(server, nil, 0); s.SetDontWait() }, syscall.EAGAIN)
}

func TestSocketDirect(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_SOCKET)
	_, addr := listener(t)
	if err := uapi.RegisterFilesSparse(r.FD(), 4); err != nil {
		t.Fatal(err)
	}
	ok(t, r, func(s *SQE) { s.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); s.SetDirect(2) })
	ok(t, r, func(s *SQE) { s.Connect(2, inet(t, addr)); s.SetFlags(uapi.IOSQE_FIXED_FILE) })
	if slot := ok(t, r, func(s *SQE) { s.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); s.SetDirect(AnySlot) }); slot == 2 {
		t.Fatal(slot)
	}
}
