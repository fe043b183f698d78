//go:build linux

package ring

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
	"golang.org/x/sys/unix"
)

// group makes a group of buffers, or skips where the kernel lacks the form.
func group(t testing.TB, r *Ring, number uint16, entries uint32, o *BufferRingOptions) *BufferRing {
	t.Helper()
	needRegister(t, uapi.IORING_REGISTER_PBUF_RING)
	b, err := r.NewBufferRing(number, entries, o)
	var lacks *UnsupportedError
	if errors.As(err, &lacks) {
		kernelLacks(t, lacks)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// kernelLacks skips the test where a kernel may lack what it was said to.
func kernelLacks(t testing.TB, err *UnsupportedError) {
	t.Helper()
	kernel.Need(t, kernel.Feature{Name: err.Feature, Since: since(err.MinKernel), Config: err.Config, Probe: func() error { return err }})
}

// take is Take of a completion that has a single buffer.
func take(t testing.TB, b *BufferRing, c CQE) Piece {
	t.Helper()
	f, err := b.Take(c)
	if err != nil {
		t.Fatalf("%v: %+v", err, c)
	}
	list := slices.Collect(f.Pieces())
	if len(list) != 1 || f.Len() != int(c.Res) || !bytes.Equal(f.Bytes(), list[0].Data) {
		t.Fatalf("%+v: pieces %+v, %q", c, list, f.Bytes())
	}
	return list[0]
}

func TestBufferRing(t *testing.T) {
	for _, kernels := range []bool{false, true} {
		t.Run(fmt.Sprintf("kernel=%v", kernels), func(t *testing.T) {
			r := newRing(t, 8, nil)
			b := group(t, r, 7, 4, &BufferRingOptions{Size: 100, KernelMemory: kernels})
			if b.Group() != 7 || b.Entries() != 4 || b.Left() != 4 {
				t.Errorf("%+v", b)
			}
			in, out := pair(t, unix.SOCK_STREAM)
			start(t, r, func(s *SQE) { s.RecvMultishot(in, 0, 0, 7) })
			for i := range 30 { // several times around, numbers in an order of their own
				want := fmt.Sprint("message ", i)
				write(t, out, want)
				p := take(t, b, next(t, r))
				if string(p.Data) != want || p.More || b.Left() != 3 {
					t.Fatalf("%+v, %d left, want %q", p, b.Left(), want)
				}
				if err := b.Return(p.Number); err != nil {
					t.Fatal(err)
				}
			}
			var kept []Piece
			for i := range 4 {
				write(t, out, strings.Repeat("x", i+1))
				kept = append(kept, take(t, b, next(t, r)))
			}
			write(t, out, "too much")
			if c := next(t, r); !errors.Is(c.Err(), syscall.ENOBUFS) || c.More() || b.Left() != 0 {
				t.Fatalf("%+v, %d left", c, b.Left())
			}
			for i, p := range kept {
				if len(p.Data) != i+1 {
					t.Errorf("%+v", p)
				}
			}
			for _, i := range []int{2, 0, 3, 1} {
				if err := b.Return(kept[i].Number); err != nil {
					t.Fatal(err)
				}
			}
			start(t, r, func(s *SQE) { s.RecvMultishot(in, 0, 0, 7) })
			if p := take(t, b, next(t, r)); p.Number != kept[2].Number || string(p.Data) != "too much" {
				t.Errorf("%+v, want the buffer that was returned first", p)
			}
			if err := b.Unregister(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestBufferRingHead(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 1, 2, &BufferRingOptions{Size: 8})
	needRegister(t, uapi.IORING_REGISTER_PBUF_STATUS)
	in, out := pipe(t)
	for want := range uint16(5) {
		if head, err := b.Head(); head != want || err != nil {
			t.Fatalf("%d %v, want %d", head, err, want)
		}
		write(t, out, "a")
		p := take(t, b, one(t, r, func(s *SQE) { s.Read(in, nil, -1); s.SetBufferGroup(1) }))
		if err := b.Return(p.Number); err != nil {
			t.Fatal(err)
		}
	}
}

// What there is no memory for is an error, not the end of the program.
func TestBufferRingWithoutMemory(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_PBUF_RING)
	reexec.Run(t, func(t *testing.T) {
		const size, limit = 256 << 20, 64 << 20
		r := newRing(t, 8, nil)
		defer starve(t, limit)()
		for _, entries := range []uint32{1, 4} {
			_, err := r.NewBufferRing(1, entries, &BufferRingOptions{Size: size / int(entries)})
			refuses(t, err, "Size")
		}
		if len(r.resources.groups) != 0 {
			t.Error("the group is there")
		}
	})
}

func TestBufferRingMisuse(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 1, 4, nil)
	mine := make([]byte, 16)
	refuses(t, b.Add(4, mine), "number 4")
	refuses(t, b.Add(0, nil), "data")
	refuses(t, b.Return(0), "number 0")
	refuses(t, b.Return(65535), "number 65535")
	if err := b.Add(2, mine); err != nil {
		t.Fatal(err)
	}
	refuses(t, b.Add(2, mine), "number 2")
	refuses(t, b.Return(2), "number 2")
	has := func(n uint32) uapi.CQEFlags { return uapi.IORING_CQE_F_BUFFER | uapi.CQEFlags(n)<<16 }
	for _, bad := range []CQE{{}, {Res: 5, Flags: 2 << 16}, {Res: 5, Flags: has(0)}, {Res: 5, Flags: has(4)}, {Res: 5, Flags: has(65535)}} {
		if f, err := b.Take(bad); err == nil || f.Len() != 0 || f.Bytes() != nil || f.Return() != nil {
			t.Errorf("%+v gave %+v", bad, f)
		}
	}
	_, err := r.NewBufferRing(1, 8, nil)
	denies(t, err, syscall.EEXIST)
	f, err := b.Take(CQE{Res: 1 << 30, Flags: has(2)}) // more than there is
	if err != nil || f.Len() != 16 || len(slices.Collect(f.Pieces())) != 1 {
		t.Errorf("%+v %v", f, err)
	}
	_, err = b.Take(CQE{Res: 1, Flags: has(2)})
	refuses(t, err, "number 2")
	if err := f.Return(); err != nil {
		t.Error(err)
	}
	if f.Return() == nil {
		t.Error("returned twice")
	}
	if err := b.Unregister(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{b.Add(0, mine), b.Return(2), b.Unregister(), f.Return()} {
		refuses(t, err, "the group")
	}
	for _, bad := range []uint32{0, 3, 1 << 16, 1<<32 - 1} {
		_, err := r.NewBufferRing(1, bad, nil)
		refuses(t, err, "entries")
	}
	for arg, o := range map[string]*BufferRingOptions{"Size": {Size: -1}, "MinLeft": {MinLeft: 1}} {
		_, err := r.NewBufferRing(1, 8, o)
		refuses(t, err, arg)
	}
}

func TestBufferRingAfterClose(t *testing.T) {
	for _, kernels := range []bool{false, true} {
		r := newRing(t, 8, nil)
		b := group(t, r, 1, 4, &BufferRingOptions{Size: 16, KernelMemory: kernels})
		in, out := pipe(t)
		write(t, out, "hello")
		p := take(t, b, one(t, r, func(s *SQE) { s.Read(in, nil, -1); s.SetBufferGroup(1) }))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if string(p.Data) != "hello" {
			t.Errorf("%q", p.Data)
		}
		refuses(t, b.Return(p.Number), "the group")
		refuses(t, b.Add(3, p.Data), "the group")
		_, err := b.Head()
		refuses(t, err, "the group")
	}
}

func TestBufferRingOfAllSizes(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	for entries := uint32(1); entries <= 1<<15; entries *= 8 {
		b := group(t, r, 9, entries, &BufferRingOptions{Size: 4})
		for i := range min(entries+3, 1000) {
			write(t, out, "abcd")
			p := take(t, b, one(t, r, func(s *SQE) { s.Read(in, nil, -1); s.SetBufferGroup(9) }))
			if string(p.Data) != "abcd" || uint32(p.Number) != i%entries {
				t.Fatalf("%d entries: %+v", entries, p)
			}
			if err := b.Return(p.Number); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Unregister(); err != nil {
			t.Fatal(err)
		}
	}
}

// The tail and the entries wrap: 16 bits count further than a ring has entries.
func TestBufferRingWraps(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 9, 2, &BufferRingOptions{Size: 4})
	in, out := pipe(t)
	for i := range 1<<16 + 10 {
		write(t, out, string([]byte{byte(i)}))
		s := r.Next()
		s.Read(in, nil, -1)
		s.SetBufferGroup(9)
		p := take(t, b, next(t, r))
		if len(p.Data) != 1 || p.Data[0] != byte(i) {
			t.Fatalf("%d: %+v", i, p)
		}
		if err := b.Return(p.Number); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBufferRingIncremental(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 3, 2, &BufferRingOptions{Size: 10, Incremental: true})
	in, out := pair(t, unix.SOCK_STREAM)
	for round := range 5 {
		start(t, r, func(s *SQE) { s.RecvMultishot(in, 0, 0, 3) })
		for i, want := range []string{"abc", "de", "fghij", "klmnopqrst"} {
			write(t, out, want)
			p := take(t, b, next(t, r))
			if string(p.Data) != want || p.More != (i < 2) || p.Number != uint16(i/3) {
				t.Fatalf("round %d: %+v, want %q", round, p, want)
			}
			if p.More {
				refuses(t, b.Return(p.Number), fmt.Sprintf("number %d", p.Number))
			}
		}
		write(t, out, "x")
		if c := next(t, r); !errors.Is(c.Err(), syscall.ENOBUFS) {
			t.Fatalf("%+v", c)
		}
		if _, err := unix.Read(in, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(b.Return(0), b.Return(1)); err != nil {
			t.Fatal(err)
		}
	}
}

// The end of a stream uses nothing of a buffer that was begun.
func TestBufferRingIncrementalEnd(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 3, 2, &BufferRingOptions{Size: 10, Incremental: true})
	for i, want := range []string{"abc", "defgh"} {
		in, out := pair(t, unix.SOCK_STREAM)
		start(t, r, func(s *SQE) { s.RecvMultishot(in, 0, 0, 3) })
		write(t, out, want)
		if p := take(t, b, next(t, r)); string(p.Data) != want || p.Number != 0 || !p.More {
			t.Fatalf("stream %d: %+v, want %q", i, p, want)
		}
		if err := unix.Shutdown(out, unix.SHUT_WR); err != nil {
			t.Fatal(err)
		}
		c := next(t, r)
		if _, some := c.Buffer(); c.Res != 0 || c.More() || some || b.Left() != 2 {
			t.Fatalf("the end of stream %d: %+v, %d left", i, c, b.Left())
		}
	}
}

func TestBufferRingMinLeft(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 3, 2, &BufferRingOptions{Size: 10, Incremental: true, MinLeft: 4})
	in, out := pair(t, unix.SOCK_STREAM)
	start(t, r, func(s *SQE) { s.RecvMultishot(in, 0, 0, 3) })
	for i, want := range []string{"abc", "defg", "hi"} {
		write(t, out, want)
		if p := take(t, b, next(t, r)); string(p.Data) != want || p.Number != uint16(i/2) || p.More != (i != 1) {
			t.Fatalf("%d: %+v", i, p)
		}
	}
}

// A bundle takes buffers in the order in which they were added.
func TestBufferRingBundles(t *testing.T) {
	for _, inc := range []bool{false, true} {
		t.Run(fmt.Sprintf("incremental=%v", inc), func(t *testing.T) {
			r := newRing(t, 8, nil)
			needFeature(t, uapi.IORING_FEAT_RECVSEND_BUNDLE)
			b := group(t, r, 3, 8, &BufferRingOptions{Incremental: inc})
			for _, number := range []uint16{5, 2, 7, 0, 3} {
				if err := b.Add(number, make([]byte, 10)); err != nil {
					t.Fatal(err)
				}
			}
			in, out := pair(t, unix.SOCK_STREAM)
			var numbers []uint16 // in the order of use, without repeats
			most := 0
			for round := range 20 {
				// The kernel may leave what does not fill a buffer to the next bundle.
				want := strings.Repeat(fmt.Sprint("message ", round), 3)
				write(t, out, want)
				for got := ""; got != want; {
					f, err := b.Take(one(t, r, func(s *SQE) { s.RecvBundle(in, 100, 0, 3) }))
					if err != nil || f.Len() == 0 {
						t.Fatal(f, err)
					}
					list := slices.Collect(f.Pieces())
					most = max(most, len(list))
					if string(f.Bytes()) != string(list[0].Data) {
						t.Fatalf("%q, %v", f.Bytes(), list)
					}
					for _, p := range list {
						got += string(p.Data)
						if len(numbers) == 0 || numbers[len(numbers)-1] != p.Number {
							numbers = append(numbers, p.Number)
						}
					}
					if !strings.HasPrefix(want, got) {
						t.Fatalf("round %d: %q, want %q, from %v", round, got, want, numbers)
					}
					if err := f.Return(); err != nil {
						t.Fatal(err)
					}
				}
			}
			for i, number := range numbers {
				if number != []uint16{5, 2, 7, 0, 3}[i%5] {
					t.Fatalf("buffers in the order %v", numbers)
				}
			}
			if most < 2 || b.Left() != 5 {
				t.Errorf("at most %d buffers in a bundle, %d left", most, b.Left())
			}
		})
	}
}

func TestBufferRingSends(t *testing.T) {
	r := newRing(t, 8, nil)
	needFeature(t, uapi.IORING_FEAT_RECVSEND_BUNDLE)
	b := group(t, r, 3, 8, nil)
	in, out := pair(t, unix.SOCK_STREAM)
	for i, word := range []string{"one ", "two ", "three"} {
		if err := b.Add(uint16(i), []byte(word)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := b.Take(one(t, r, func(s *SQE) { s.SendBundle(out, 0, 0, 3) }))
	buf := make([]byte, 64)
	n, rerr := unix.Read(in, buf)
	if err != nil || rerr != nil || string(buf[:n]) != "one two three" || f.Len() != n || b.Left() != 0 {
		t.Errorf("%q %v %v %+v, %d left", buf[:n], err, rerr, f, b.Left())
	}
}

// A group that goes while a request has one of its buffers leaves it to that.
func TestBufferRingIsHeld(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 1, 1, nil)
	in, out := pipe(t)
	data, gone := watched(64)
	if err := b.Add(0, data); err != nil {
		t.Fatal(err)
	}
	s := r.Next()
	s.Read(in, nil, -1)
	s.SetBufferGroup(1)
	s.SetFlags(uapi.IOSQE_ASYNC) // a worker takes the buffer at once, and waits
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
	if err := b.Unregister(); err != nil {
		t.Fatal(err)
	}
	b = nil
	if collected(gone, brief) {
		t.Fatal("the buffer of a request in flight is gone")
	}
	write(t, out, "hello")
	next(t, r)
	if !collected(gone, soon) {
		t.Error("a buffer of a group that is gone is held for good")
	}
}

func TestBufferRingUnderPressure(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 1, 8, &BufferRingOptions{Size: 4096})
	in, out := pair(t, unix.SOCK_STREAM)
	start(t, r, func(s *SQE) { s.RecvMultishot(in, 0, 0, 1) })
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				sink = bytes.Repeat([]byte{0xee}, 4096)
				runtime.GC()
			}
		}
	}()
	message := make([]byte, 3000)
	for i := range 300 {
		for j := range message {
			message[j] = byte(i + j*j)
		}
		if _, err := unix.Write(out, message); err != nil {
			t.Fatal(err)
		}
		p := take(t, b, next(t, r))
		if !bytes.Equal(p.Data, message) {
			t.Fatalf("message %d has other bytes", i)
		}
		if err := b.Return(p.Number); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBufferRingAllocates(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 1, 8, &BufferRingOptions{Size: 64})
	number := uint32(0)
	n := testing.AllocsPerRun(100, func() {
		f, err := b.Take(CQE{Res: 130, Flags: uapi.IORING_CQE_F_BUFFER | uapi.CQEFlags(number)<<16})
		if err != nil || f.n != 3 {
			t.Fatal(f, err)
		}
		for p := range f.Pieces() {
			if err := b.Return(p.Number); err != nil {
				t.Fatal(err)
			}
		}
		number = (number + 3) % 8
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// With files the kernel goes on behind what was asked for, even if less was
// read: the reason for what is said at Incremental. Should it change, so should
// that.
func TestBufferRingIncrementalFile(t *testing.T) {
	r := newRing(t, 8, nil)
	b := group(t, r, 3, 1, &BufferRingOptions{Size: 100, Incremental: true})
	_, fd := tempFile(t, strings.Repeat("x", 100))
	for i, offset := range []int64{90, 0} {
		c := one(t, r, func(s *SQE) { s.Read(fd, make([]byte, 30), offset); s.SetBufferGroup(3) })
		if p := take(t, b, c); len(p.Data) != 10+20*i || !p.More {
			t.Fatalf("%+v", p)
		}
	}
	if got := string(b.slots[0].data[:61]); got != strings.Repeat("x", 10)+strings.Repeat("\x00", 20)+strings.Repeat("x", 30)+"\x00" {
		t.Errorf("%q", got)
	}
}
