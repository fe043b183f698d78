//go:build linux

package ring

import (
	"errors"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// wait has requests in flight that never end, and use no buffers.
func wait(t *testing.T, r *Ring) {
	t.Helper()
	in, _ := pipe(t)
	server, _ := listener(t)
	start(t, r, func(s *SQE) { s.Poll(in, unix.POLLIN) })
	start(t, r, func(s *SQE) { s.Accept(server, nil, 0) })
}

// Buffers that leave the table do not pile up with requests that wait for long
// and move no data.
func TestBuffersDoNotPileUp(t *testing.T) {
	r := newRing(t, 8, nil)
	wait(t, r)
	var ends []chan struct{}
	put := func(call func(list [][]byte) error) {
		t.Helper()
		b, gone := watched(4096)
		ends = append(ends, gone)
		if err := call([][]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	put(func(list [][]byte) error { return r.RegisterBuffers(list, nil) })
	put(func(list [][]byte) error { _, err := r.UpdateBuffers(0, list, nil); return err })
	if err := r.UnregisterBuffers(); err != nil {
		t.Fatal(err)
	}
	for i, gone := range ends {
		if !collected(gone, soon) {
			t.Errorf("buffer %d is held by requests without data", i)
		}
	}
}

func TestGroupsDoNotPileUp(t *testing.T) {
	r := newRing(t, 8, nil)
	wait(t, r)
	b := group(t, r, 1, 1, nil)
	data, gone := watched(64)
	if err := errors.Join(b.Add(0, data), b.Unregister()); err != nil {
		t.Fatal(err)
	}
	if !collected(gone, soon) {
		t.Error("a buffer is held by requests without data")
	}
}

// Receiving can use registered buffers on some kernels: those that an update
// has replaced must be held for it. Prepare names no memory.
func TestBufferIsHeldForReceiving(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pair(t, unix.SOCK_STREAM)
	b, gone := watched(64)
	at := uintptr(unsafe.Pointer(&b[0]))
	if err := r.RegisterBuffers([][]byte{b}, nil); err != nil {
		t.Fatal(err)
	}
	b = nil
	receive := func(flags uint32) func(*SQE) {
		return func(s *SQE) {
			s.Prepare(func(e *uapi.IoUringSqe) {
				e.PrepRecv(int32(in), nil, 64, flags)
				e.Addr, e.Ioprio = uint64(at), uint16(uapi.IORING_RECVSEND_FIXED_BUF)
			})
		}
	}
	needForm(t, "receiving into registered buffers", "7.2", r, receive(unix.MSG_DONTWAIT), syscall.EINVAL)
	start(t, r, receive(0))
	if _, err := r.UpdateBuffers(0, [][]byte{make([]byte, 64)}, nil); err != nil {
		t.Fatal(err)
	}
	if collected(gone, brief) {
		t.Fatal("a buffer of a request in flight is gone")
	}
	write(t, out, "hello")
	if c := next(t, r); c.Res != 5 {
		t.Fatalf("%+v", c)
	}
	if !collected(gone, soon) {
		t.Error("a buffer that was replaced is held for good")
	}
}

// Sends and receives use parts of registered buffers.
func TestFixedBuffersOfSockets(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pair(t, unix.SOCK_STREAM)
	from, to := []byte("a registered buffer"), make([]byte, 64)
	if err := r.RegisterBuffers([][]byte{from, to}, nil); err != nil {
		t.Fatal(err)
	}
	receive := func(s *SQE) { s.Recv(in, to[10:40], unix.MSG_DONTWAIT); s.SetFixedBuffer(1) }
	needForm(t, "sockets with registered buffers", "7.2", r, receive, syscall.EINVAL)
	refused(t, r, func(s *SQE) { s.Recv(in, from, unix.MSG_DONTWAIT); s.SetFixedBuffer(1) }, syscall.EFAULT)
	if n := ok(t, r, func(s *SQE) { s.Send(out, from[2:12], 0); s.SetFixedBuffer(0) }); n != 10 {
		t.Fatal(n)
	}
	if n := ok(t, r, receive); n != 10 || string(to[10:20]) != "registered" || to[9] != 0 || to[20] != 0 {
		t.Fatalf("%d bytes, %q", n, to)
	}
}
