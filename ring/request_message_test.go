//go:build linux

package ring

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

func TestSendAndRecv(t *testing.T) {
	r := newRing(t, 8, nil)
	a, b := pair(t, unix.SOCK_STREAM)
	if n := ok(t, r, func(s *SQE) { s.Send(a, []byte("message"), unix.MSG_DONTWAIT) }); n != 7 {
		t.Fatal(n)
	}
	buf := make([]byte, 10)
	if n := ok(t, r, func(s *SQE) { s.Recv(b, buf, unix.MSG_PEEK) }); string(buf[:n]) != "message" {
		t.Fatalf("%q", buf[:n])
	}
	if n := ok(t, r, func(s *SQE) { s.Recv(b, buf[:4], 0); s.SetPollFirst() }); string(buf[:n]) != "mess" {
		t.Fatalf("%q", buf[:n])
	}
	refused(t, r, func(s *SQE) { s.Recv(a, buf, unix.MSG_DONTWAIT) }, syscall.EAGAIN)
	if err := unix.Shutdown(b, unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	refused(t, r, func(s *SQE) { s.Send(a, buf, 0) }, syscall.EPIPE) // and no SIGPIPE
}

func TestDatagrams(t *testing.T) {
	r := newRing(t, 8, nil)
	a, b := bound(t, unix.SOCK_DGRAM), bound(t, unix.SOCK_DGRAM)
	to := inet(t, local(t, b))
	needForm(t, "sending to an address", "6.0", r, func(s *SQE) { s.Send(a, []byte("one"), 0); s.SetDestination(to) }, syscall.EDESTADDRREQ, syscall.EINVAL)

	var m Msg
	room := [][]byte{make([]byte, 2), make([]byte, 10)}
	for range 3 { // it can be used again
		m = Msg{Buffers: room, Control: m.Control}
		if n := ok(t, r, func(s *SQE) { s.Recvmsg(b, &m, 0) }); n != 3 || m.Addr.AddrPort() != local(t, a) || m.Flags != 0 {
			t.Fatal(n, m.Addr.String(), m.Flags)
		}
		if string(room[0])+string(room[1][:1]) != "one" {
			t.Fatalf("%q", room)
		}
		ok(t, r, func(s *SQE) { s.Sendmsg(a, &Msg{Addr: *to, Buffers: [][]byte{[]byte("o"), []byte("ne")}}, 0) })
	}
	m.Buffers = room[:1]
	if n := ok(t, r, func(s *SQE) { s.Recvmsg(b, &m, 0) }); n != 2 || m.Flags&unix.MSG_TRUNC == 0 {
		t.Fatal(n, m.Flags)
	}
	refused(t, r, func(s *SQE) { s.Recvmsg(b, &m, unix.MSG_DONTWAIT) }, syscall.EAGAIN)
	refused(t, r, func(s *SQE) { s.Sendmsg(a, &Msg{}, 0) }, syscall.EDESTADDRREQ)
}

// TestControl sends a descriptor in a control message.
func TestControl(t *testing.T) {
	r := newRing(t, 8, nil)
	a, b := pair(t, unix.SOCK_DGRAM)
	in, out := pipe(t)
	send := Msg{Buffers: [][]byte{[]byte("fd")}, Control: unix.UnixRights(out)}
	ok(t, r, func(s *SQE) { s.Sendmsg(a, &send, 0) })
	m := Msg{Buffers: [][]byte{make([]byte, 10)}, Control: make([]byte, 100)}
	ok(t, r, func(s *SQE) { s.Recvmsg(b, &m, unix.MSG_CMSG_CLOEXEC) })
	list, err := unix.ParseSocketControlMessage(m.Control[:m.ControlLen])
	if err != nil || len(list) != 1 {
		t.Fatal(list, err, m.ControlLen)
	}
	fds, err := unix.ParseUnixRights(&list[0])
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	write(t, fds[0], "through the copy")
	if got := read(t, in); got != "through the copy" {
		t.Fatalf("%q", got)
	}
}

func TestSendv(t *testing.T) {
	r := newRing(t, 8, nil)
	a, b := pair(t, unix.SOCK_STREAM)
	bufs := [][]byte{[]byte("ab"), nil, []byte("cde")}
	kernelNeeds(t, "sends of several buffers", "6.17", func() error {
		if c := one(t, r, func(s *SQE) { s.Sendv(a, bufs, 0) }); c.Res != 5 {
			return c.Err()
		}
		return nil
	})
	if got := read(t, b); got != "abcde" {
		t.Fatalf("%q", got)
	}
}

// zeroCopy submits a send without a copy, and takes both completions.
func zeroCopy(t testing.TB, r *Ring, prep func(*SQE)) (res int, notification CQE) {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	prep(s)
	s.SetUserData(77)
	c := next(t, r)
	if c.Err() != nil || !c.More() || c.UserData != 77 {
		t.Fatalf("%+v %v", c, c.Err())
	}
	if s.hold == 0 {
		t.Fatal("the memory was let go of before the notification")
	}
	n := next(t, r)
	if n.More() || n.Flags&uapi.IORING_CQE_F_NOTIF == 0 || n.UserData != 77 {
		t.Fatalf("%+v", n)
	}
	return int(c.Res), n
}

// connection is both ends of a TCP connection.
func connection(t testing.TB) (client, conn int) {
	t.Helper()
	server, addr := listener(t)
	client = dial(t, addr)
	conn, _, err := unix.Accept(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(conn) })
	return client, conn
}

func TestZeroCopy(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_SEND_ZC, uapi.IORING_OP_SENDMSG_ZC)
	client, conn := connection(t)
	buf := registered(t, r)[:page]
	copy(buf, bytes.Repeat([]byte("z"), page))
	for name, c := range map[string]struct {
		prep func(*SQE)
		want string
	}{
		"send":       {func(s *SQE) { s.SendZC(client, []byte("send"), 0) }, "send"},
		"fixed":      {func(s *SQE) { s.SendZC(client, buf[:5], 0); s.SetFixedBuffer(0) }, "zzzzz"},
		"poll first": {func(s *SQE) { s.SendZC(client, buf[:3], 0); s.SetPollFirst() }, "zzz"},
		"message":    {func(s *SQE) { s.SendmsgZC(client, &Msg{Buffers: [][]byte{[]byte("ab"), []byte("c")}}, 0) }, "abc"},
	} {
		n, _ := zeroCopy(t, r, c.prep)
		if got := read(t, conn); got != c.want || n != len(got) {
			t.Fatalf("%s: sent %d, received %q", name, n, got)
		}
	}
	c := one(t, r, func(s *SQE) { s.SendZC(client, []byte("not in it"), 0); s.SetFixedBuffer(0) })
	if !errors.Is(c.Err(), syscall.EFAULT) {
		t.Fatal(c.Err())
	}
	if c.More() { // there may be a notification of a request that failed
		next(t, r)
	}

	_, c = zeroCopy(t, r, func(s *SQE) { s.SendZC(client, buf, 0); s.SetReportUsage() })
	if uint32(c.Res)&^uapi.IORING_NOTIF_USAGE_ZC_COPIED != 0 {
		t.Fatalf("%#x", c.Res)
	}
	if got := drain(t, conn, len(buf)); got != string(buf) {
		t.Fatalf("%d bytes", len(got))
	}
}

func TestZeroCopyOfSeveral(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_SEND_ZC)
	client, conn := connection(t)
	kernelNeeds(t, "sends of several buffers", "6.17", func() error {
		c := one(t, r, func(s *SQE) { s.SendvZC(client, [][]byte{[]byte("vec"), []byte("tor")}, 0) })
		if c.More() {
			next(t, r)
		}
		return c.Err()
	})
	if got := read(t, conn); got != "vector" {
		t.Fatalf("%q", got)
	}
}

func TestZeroCopyOfRegisteredMessage(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_SENDMSG_ZC)
	client, conn := connection(t)
	buf := registered(t, r)
	copy(buf, "0123456789")
	needForm(t, "registered buffers in messages", "6.15", r, func(s *SQE) {
		s.SendmsgZC(client, &Msg{Buffers: [][]byte{buf[:1], buf[7:9]}}, 0)
		s.SetFixedBuffer(0)
	}, syscall.EINVAL)
	if got := read(t, conn); got != "078" {
		t.Fatalf("%q", got)
	}
	if c := next(t, r); c.Flags&uapi.IORING_CQE_F_NOTIF == 0 {
		t.Fatalf("%+v", c)
	}
}

// drain reads n bytes.
func drain(t testing.TB, fd, n int) string {
	t.Helper()
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(read(t, fd))
	}
	return b.String()
}

func TestZeroCopyDatagram(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_SEND_ZC)
	a, b := bound(t, unix.SOCK_DGRAM), bound(t, unix.SOCK_DGRAM)
	if n, _ := zeroCopy(t, r, func(s *SQE) { s.SendZC(a, []byte("datagram"), 0); s.SetDestination(inet(t, local(t, b))) }); n != 8 {
		t.Fatal(n)
	}
	if got := read(t, b); got != "datagram" {
		t.Fatalf("%q", got)
	}
}

// TestReceiveZeroCopy has no network device that it could receive from.
func TestReceiveZeroCopy(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_RECV_ZC)
	a, _ := pair(t, unix.SOCK_STREAM)
	refused(t, r, func(s *SQE) { s.RecvZC(a, 0, 0, 0) }, syscall.EINVAL, syscall.ENOENT)
}
