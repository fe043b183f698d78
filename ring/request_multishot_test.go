//go:build linux

package ring

import (
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

func TestRecvMultishot(t *testing.T) {
	r := newRing(t, 8, nil)
	needForm(t, "receiving again and again", "6.0", r, func(s *SQE) { s.RecvMultishot(0, 0, 0, 1) }, syscall.EINVAL)
	a, b := pair(t, unix.SOCK_STREAM)
	mem := make([]byte, 300)
	ok(t, r, func(s *SQE) { s.ProvideBuffers(mem, 100, 3, 0) })
	start(t, r, func(s *SQE) { s.RecvMultishot(b, 0, 0, 3) })
	for _, want := range []string{"one", "two", "three"} {
		write(t, a, want)
		if c := next(t, r); !c.More() || string(provided(t, c, mem, 100)) != want {
			t.Fatalf("%+v %q", c, mem)
		}
	}
	write(t, a, "four")
	if c := next(t, r); c.More() || !errors.Is(c.Err(), syscall.ENOBUFS) {
		t.Fatalf("%+v", c)
	}
}

func TestRecvmsgMultishot(t *testing.T) {
	r := newRing(t, 8, nil)
	needForm(t, "receiving again and again", "6.0", r, func(s *SQE) { s.RecvmsgMultishot(0, MsgFormat{}, 0, 1) }, syscall.EINVAL)
	a, b := bound(t, unix.SOCK_DGRAM), bound(t, unix.SOCK_DGRAM)
	if err := unix.SetsockoptInt(b, unix.SOL_SOCKET, unix.SO_TIMESTAMP, 1); err != nil {
		t.Fatal(err)
	}
	const size = 200
	mem := make([]byte, 3*size)
	f := MsgFormat{Name: 16, Control: 64}
	ok(t, r, func(s *SQE) { s.ProvideBuffers(mem, size, 3, 0) })
	start(t, r, func(s *SQE) { s.RecvmsgMultishot(b, f, 0, 3) })
	to := local(t, b)
	for _, want := range []string{"one", strings.Repeat("x", size), ""} {
		if err := unix.Sendto(a, []byte(want), 0, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != nil {
			t.Fatal(err)
		}
		c := next(t, r)
		if c.Err() != nil || c.More() != (want != "") { // an empty one is the last
			t.Fatalf("%+v %v", c, c.Err())
		}
		m, err := f.Parse(provided(t, c, mem, size), int(c.Res))
		if err != nil || m.Addr.AddrPort() != local(t, a) || len(m.Data) == 0 && want != "" || !strings.HasPrefix(want, string(m.Data)) {
			t.Fatal(m, err)
		}
		if cut := m.Flags&unix.MSG_TRUNC != 0; cut != (len(want) > len(m.Data)) {
			t.Fatalf("flags %#x of %d bytes", m.Flags, len(m.Data))
		}
		list, err := unix.ParseSocketControlMessage(m.Control)
		if err != nil || len(list) != 1 || list[0].Header.Type != unix.SO_TIMESTAMP {
			t.Fatal(list, err)
		}
	}
}

func TestParseMessages(t *testing.T) {
	buf := make([]byte, 100)
	for _, c := range []struct {
		f   MsgFormat
		n   int
		arg string
	}{
		{MsgFormat{}, 101, "n"}, {MsgFormat{}, -1, "n"}, {MsgFormat{}, 15, "n"}, {MsgFormat{Name: 85}, 100, "n"}, {MsgFormat{Control: math.MaxInt32}, 100, "n"},
		{MsgFormat{Name: -1}, 100, "the format"}, {MsgFormat{Name: 129}, 100, "the format"}, {MsgFormat{Control: -5}, 100, "the format"},
	} {
		var bad *ArgumentError
		if _, err := c.f.Parse(buf, c.n); !errors.As(err, &bad) || bad.Arg != c.arg {
			t.Errorf("%+v, %d: %v", c.f, c.n, err)
		}
	}
	// Lengths that the kernel would not write.
	for i := range 16 {
		buf[i] = 0xff
	}
	m, err := MsgFormat{Name: 20, Control: 30}.Parse(buf, 100)
	if err != nil || len(m.Addr.Raw()) != 20 || len(m.Control) != 30 || len(m.Data) != 34 {
		t.Fatal(m, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(make([]byte, 100), 100, 16, 20)
	f.Add([]byte{4: 0xff, 7: 0xff, 40: 1}, 41, 0, 1)
	f.Fuzz(func(t *testing.T, buf []byte, n, name, control int) {
		m, err := MsgFormat{Name: name, Control: control}.Parse(buf, n)
		if err != nil {
			return
		}
		if len(m.Addr.Raw()) > name || len(m.Control) > control || len(m.Data) != n-16-name-control {
			t.Fatalf("%d, %d and %d bytes", len(m.Addr.Raw()), len(m.Control), len(m.Data))
		}
		_, _, _ = m.Addr.String(), m.Addr.AddrPort(), m.Addr.Unix()
	})
}

// bufferRing is a group of provided buffers that a bundle can take several of.
func bufferRing(t testing.TB, r *Ring, group uint16, bufs ...[]byte) {
	t.Helper()
	if err := uapi.RegisterPbufRingMmap(r.FD(), group, 16, 0); err != nil {
		t.Fatal(err)
	}
	mem, err := unix.Mmap(r.FD(), uapi.IORING_OFF_PBUF_RING|int64(group)<<uapi.IORING_OFF_PBUF_SHIFT, 16*16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(mem) })
	list := bufferList(mem)
	for i, b := range bufs {
		list[i].Addr, list[i].Len, list[i].Bid = addressOf(b), uint32(len(b)), uint16(i)
	}
	setTail(mem, uint16(len(bufs)))
	t.Cleanup(func() { _ = bufs })
}

func TestBundles(t *testing.T) {
	r := newRing(t, 8, nil)
	kernelNeeds(t, "bundles", "6.10", func() error {
		if r.Features()&uapi.IORING_FEAT_RECVSEND_BUNDLE == 0 {
			return errors.New("no IORING_FEAT_RECVSEND_BUNDLE")
		}
		return nil
	})
	a, b := pair(t, unix.SOCK_STREAM)
	out := [][]byte{[]byte("first,"), []byte("second,"), []byte("third")}
	in := make([][]byte, 12) // a bundle ends when it has looked at the last buffer, of 8 at a time
	for i := range in {
		in[i] = make([]byte, 8)
	}
	bufferRing(t, r, 1, out...)
	bufferRing(t, r, 2, in...)
	if n := ok(t, r, func(s *SQE) { s.SendBundle(a, 0, 0, 1) }); n != 18 {
		t.Fatal(n)
	}
	if n := ok(t, r, func(s *SQE) { s.RecvBundle(b, 0, 0, 2) }); n != 18 || string(in[0])+string(in[1])+string(in[2][:2]) != "first,second,third" {
		t.Fatalf("%d %q", n, in)
	}
	id := start(t, r, func(s *SQE) { s.RecvMultishotBundle(b, 0, 0, 2) })
	write(t, a, "more")
	if c := next(t, r); c.Res != 4 || !c.More() || string(in[3][:4]) != "more" {
		t.Fatalf("%+v %q", c, in)
	}
	cancel(t, r, id)
}
