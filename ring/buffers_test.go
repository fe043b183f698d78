//go:build linux

package ring

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

func TestBuffers(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	denies(t, r.UnregisterBuffers(), syscall.ENXIO)
	_, err := r.UpdateBuffers(0, [][]byte{make([]byte, 8)}, nil)
	denies(t, err, syscall.ENXIO)
	a, b := make([]byte, 64), make([]byte, 10000)
	if err := r.RegisterBuffers([][]byte{a, nil, b}, []uint64{0, 0, 5}); err != nil {
		t.Fatal(err)
	}
	denies(t, r.RegisterBuffers([][]byte{a}, nil), syscall.EBUSY)
	if &r.Buffer(2)[0] != &b[0] || r.Buffer(1) != nil || r.Buffer(3) != nil {
		t.Error("Buffer")
	}
	write(t, out, "hello")
	if n := ok(t, r, func(s *SQE) { s.ReadFixed(in, b[5000:5010], -1, 2) }); string(b[5000:][:n]) != "hello" {
		t.Errorf("%q", b[5000:5010])
	}
	if n, err := r.UpdateBuffers(1, [][]byte{a, a}, []uint64{6, 0}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	tag(t, r, 5)
	write(t, out, "hello")
	if n := ok(t, r, func(s *SQE) { s.ReadFixed(in, a, -1, 1) }); string(a[:n]) != "hello" {
		t.Errorf("%q", a)
	}
	if n, err := r.UpdateBuffers(1, [][]byte{nil}, nil); n != 1 || err != nil {
		t.Error(n, err)
	}
	tag(t, r, 6)
	if c := one(t, r, func(s *SQE) { s.ReadFixed(in, a, -1, 1) }); !errors.Is(c.Err(), syscall.EFAULT) {
		t.Errorf("an empty entry: %+v", c)
	}
	_, err = r.UpdateBuffers(3, [][]byte{a}, nil)
	denies(t, err, syscall.EINVAL)
	_, err = r.UpdateBuffers(math.MaxUint32, [][]byte{a}, nil)
	denies(t, err, syscall.EINVAL, syscall.EOVERFLOW)
	if err := r.UnregisterBuffers(); err != nil {
		t.Error(err)
	}
	if r.Buffer(0) != nil {
		t.Error("a buffer after UnregisterBuffers")
	}
}

func TestBuffersBadArguments(t *testing.T) {
	r := newRing(t, 8, nil)
	refuses(t, r.RegisterBuffers(nil, nil), "buffers")
	refuses(t, r.RegisterBuffers([][]byte{{1}}, []uint64{}), "tags")
	refuses(t, r.RegisterBuffers([][]byte{{1}}, []uint64{math.MaxUint64}), "tags")
	refuses(t, r.RegisterSparseBuffers(0), "n")
	refuses(t, r.CloneBuffers(nil, nil), "from")
	refuses(t, r.CloneBuffers(r, &CloneOptions{To: 1}), "N")
	if math.MaxInt > 1<<32 {
		p, err := unix.MmapPtr(-1, 0, nil, 1<<31, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unix.MunmapPtr(p, 1<<31) }()
		refuses(t, r.RegisterBuffers([][]byte{unsafe.Slice((*byte)(p), 1<<31-1)}, nil), "buffers")
		denies(t, r.RegisterBuffers([][]byte{unsafe.Slice((*byte)(p), 4096)}, nil), syscall.EFAULT)
	}
	denies(t, r.RegisterBuffers(make([][]byte, 1<<15), nil), syscall.EINVAL)
	r.Close()
	if err := r.RegisterBuffers([][]byte{{1}}, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// watched is a buffer whose end the collector tells.
func watched(n int) (b []byte, gone chan struct{}) {
	p := new([1 << 16]byte)
	gone = make(chan struct{})
	runtime.AddCleanup(p, func(c chan struct{}) { close(c) }, gone)
	return p[:n], gone
}

// collected tells whether the collector takes the buffer.
func collected(gone chan struct{}, patience int) bool {
	for range patience {
		runtime.GC()
		select {
		case <-gone:
			return true
		case <-time.After(5 * time.Millisecond):
		}
	}
	return false
}

const (
	soon  = 200 // for what must happen
	brief = 4   // for what must not
)

// A request in flight goes on with the buffer that an update has replaced: it
// must be held until then, and no longer. Prepare names no memory.
func TestBufferIsHeldForRequests(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	b, gone := watched(4096)
	at := uintptr(unsafe.Pointer(&b[0]))
	if err := r.RegisterBuffers([][]byte{b}, nil); err != nil {
		t.Fatal(err)
	}
	b = nil
	if collected(gone, brief) {
		t.Fatal("a registered buffer is gone")
	}
	s := r.Next()
	s.Prepare(func(e *uapi.IoUringSqe) {
		e.PrepReadFixed(int32(in), nil, 4096, ^uint64(0), 0)
		e.Addr = uint64(at)
	})
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.UpdateBuffers(0, [][]byte{make([]byte, 64)}, nil); n != 1 || err != nil {
		t.Fatal(n, err)
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

func TestBuffersGoWithTheTable(t *testing.T) {
	for name, end := range map[string]func(*Ring) error{"unregister": (*Ring).UnregisterBuffers, "close": (*Ring).Close} {
		r := newRing(t, 8, nil)
		b, gone := watched(4096)
		if err := r.RegisterBuffers([][]byte{b}, nil); err != nil {
			t.Fatal(err)
		}
		if collected(gone, brief) {
			t.Fatalf("%s: a registered buffer is gone", name)
		}
		if err := end(r); err != nil {
			t.Fatal(name, err)
		}
		if !collected(gone, soon) {
			t.Errorf("%s: a buffer is held for good", name)
		}
	}
}

// What is read into registered buffers arrives, whatever the collector does
// meanwhile.
func TestBuffersUnderPressure(t *testing.T) {
	r := newRing(t, 16, nil)
	const n, size = 16, 5000
	content := make([]byte, n*size)
	for i := range content {
		content[i] = byte(i*7 + i/size)
	}
	_, fd := tempFile(t, string(content))
	if err := r.RegisterSparseBuffers(n); err != nil {
		kernelNeeds(t, "tables of empty slots", "5.19", func() error { return err })
	}
	for round := range 30 {
		for i := range n { // new buffers each round; the ring alone holds them
			if _, err := r.UpdateBuffers(uint32(i), [][]byte{make([]byte, size)}, nil); err != nil {
				t.Fatal(err)
			}
			s := r.Next()
			s.ReadFixed(fd, r.Buffer(uint16(i)), int64(i*size), uint16(i))
			s.SetUserData(uint64(i))
		}
		if round%3 == 0 {
			go runtime.GC()
		}
		for range 20 {
			sink = bytes.Repeat([]byte{0xee}, size)
		}
		for _, c := range reap(t, r, n) {
			i := int(c.UserData)
			if c.Res != size || !bytes.Equal(r.Buffer(uint16(i)), content[i*size:][:size]) {
				t.Fatalf("round %d: %+v, buffer %d has other bytes", round, c, i)
			}
		}
	}
}

var sink []byte

func TestCloneBuffers(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_CLONE_BUFFERS)
	r, from := newRing(t, 8, nil), newRing(t, 8, nil)
	in, out := pipe(t)
	denies(t, r.CloneBuffers(from, nil), syscall.ENXIO)
	a, b := make([]byte, 64), make([]byte, 64)
	if err := from.RegisterBuffers([][]byte{a, b}, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.CloneBuffers(from, nil); err != nil {
		t.Fatal(err)
	}
	denies(t, r.CloneBuffers(from, nil), syscall.EBUSY)
	if err := from.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, out, "hello")
	if n := ok(t, r, func(s *SQE) { s.ReadFixed(in, r.Buffer(1), -1, 1) }); string(b[:n]) != "hello" {
		t.Errorf("%q", b)
	}
	refuses(t, r.CloneBuffers(from, nil), "from")
}

func TestClonePartOfBuffers(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_CLONE_BUFFERS)
	r, from := newRing(t, 8, nil), newRing(t, 8, nil)
	in, out := pipe(t)
	a, b, c := make([]byte, 64), make([]byte, 64), make([]byte, 64)
	if err := errors.Join(from.RegisterBuffers([][]byte{a, b}, nil), r.RegisterBuffers([][]byte{c, c}, nil)); err != nil {
		t.Fatal(err)
	}
	err := r.CloneBuffers(from, &CloneOptions{From: 1, To: 2, N: 1, Replace: true})
	kernelNeeds(t, "cloning parts", "6.13", func() error {
		if errors.Is(err, ErrNotSupported) {
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, mem := range [][]byte{c, c, b} {
		write(t, out, "hello")
		clear(mem)
		if n := ok(t, r, func(s *SQE) { s.ReadFixed(in, r.Buffer(uint16(i)), -1, uint16(i)) }); string(mem[:n]) != "hello" {
			t.Errorf("buffer %d: %q", i, mem)
		}
	}
	denies(t, r.CloneBuffers(from, &CloneOptions{N: 3, Replace: true}), syscall.EINVAL)
	denies(t, r.CloneBuffers(from, &CloneOptions{From: 1, N: 2, Replace: true}), syscall.EOVERFLOW)
}
