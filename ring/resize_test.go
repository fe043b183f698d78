//go:build linux

package ring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/reexec"
)

// What is in flight, in the queue and among the completions survives each
// change of size.
func TestResize(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_RESIZE_RINGS)
	r := newRing(t, 4, nil)
	from, to := filePipe(t)
	bufs := make([][]byte, 0, 64)
	for i, size := range []struct{ sq, cq uint32 }{{16, 0}, {64, 64}, {8, 256}, {512, 0}, {4, 16}, {128, 4096}, {1024, 0}, {16, 64}} {
		// One in flight, one done and one that waits for its submission.
		buf := make([]byte, 1)
		bufs = append(bufs, buf)
		s := get(t, r)
		s.Read(int(from.Fd()), buf, -1)
		s.SetUserData(uint64(100 + i))
		s = get(t, r)
		s.Nop()
		s.SetUserData(1)
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		s = get(t, r)
		s.Nop()
		s.SetUserData(2)
		left := get(t, r) // never prepared
		if err := r.Resize(size.sq, size.cq); err != nil {
			t.Fatal(err)
		}
		if n := r.Info(); n.SQEntries != size.sq || size.cq != 0 && n.CQEntries != size.cq || size.cq == 0 && n.CQEntries != 2*size.sq {
			t.Errorf("%+v: %+v", size, n)
		}
		left.SetUserData(3)
		got := reap(t, r, 3)
		for j, c := range got {
			if c.UserData != uint64(j+1) || (c.Res == 0) != (j < 2) {
				t.Fatalf("%+v: completion %d is %+v", size, j, c)
			}
		}
		// The queue is as long as it says.
		n := 0
		for s := r.Next(); s != nil; s = r.Next() {
			s.Nop()
			s.SetUserData(uint64(n))
			n++
		}
		if spare := int(r.Info().SQEntries) - n; spare > i+1 {
			t.Errorf("%+v: %d places", size, n)
		}
		for j, c := range reap(t, r, n) {
			if c.UserData != uint64(j) || c.Res != 0 {
				t.Fatalf("%+v: completion %d is %+v", size, j, c)
			}
		}
	}
	for i := range bufs {
		if _, err := to.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range reap(t, r, len(bufs)) {
		if i := c.UserData - 100; c.Res != 1 {
			t.Errorf("%d: %+v", i, c)
		}
	}
	seen := map[byte]bool{}
	for _, b := range bufs {
		seen[b[0]] = true
	}
	if len(seen) != len(bufs) {
		t.Errorf("read %v", bufs)
	}
	settled(t, r)
}

// Late uses of SQEs touch nothing of the new queues.
func TestResizeLateUse(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_RESIZE_RINGS)
	r := newRing(t, 4, nil)
	s := get(t, r)
	s.Nop()
	reap(t, r, 1)
	if err := r.Resize(64, 0); err != nil {
		t.Fatal(err)
	}
	s.SetFlags(uapi.IOSQE_IO_DRAIN)
	_, err := r.Submit()
	argument(t, err)
	// One that was not submitted yet may be modified still, wherever it is now.
	for _, n := range []uint32{16, 512, 8} {
		for range 5 {
			get(t, r).Nop()
		}
		s := get(t, r)
		s.Nop()
		s.SetUserData(1)
		if err := r.Resize(n, 0); err != nil {
			t.Fatal(err)
		}
		s.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS | uapi.IOSQE_ASYNC)
		s.SetPersonality(77) // which there is not
		for i, c := range reap(t, r, 6) {
			if (c.Res == 0) != (c.UserData == 0) {
				t.Errorf("%d: completion %d is %+v", n, i, c)
			}
		}
		settled(t, r)
	}
}

func TestResizeRefused(t *testing.T) {
	r := newRing(t, 4, nil)
	argument(t, r.Resize(0, 0))
	argument(t, r.Resize(maxEntries+1, 0))
	argument(t, r.Resize(8, 4))
	argument(t, r.Resize(8, maxCQEntries+1))
	argument(t, newRing(t, 4, &Options{AnyThread: true}).Resize(8, 0))
	if !registers(uapi.IORING_REGISTER_RESIZE_RINGS) {
		fails(t, r.Resize(8, 0), ErrNotSupported)
		return
	}
	for range 8 {
		get(t, r).Nop()
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
	}
	err := r.Resize(2, 2)
	fails(t, err, syscall.EOVERFLOW)
	var refused *OpError
	if !errors.As(err, &refused) || refused.Remedy == "" {
		t.Errorf("no remedy in %v", err)
	}
	reap(t, r, 8) // the ring is as it was
	get(t, r).Nop()
	reap(t, r, 1)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	fails(t, r.Resize(8, 0), ErrClosed)
}

// Rings with other sizes of entries are resized, too.
func TestResizeWide(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_RESIZE_RINGS)
	for _, flags := range []uapi.SetupFlags{uapi.IORING_SETUP_SQE128, uapi.IORING_SETUP_CQE32, uapi.IORING_SETUP_SQE128 | uapi.IORING_SETUP_CQE32, uapi.IORING_SETUP_CQE_MIXED, uapi.IORING_SETUP_SQE_MIXED} {
		t.Run(fmt.Sprint(flags), func(t *testing.T) {
			needSetup(t, flags)
			r := newRing(t, 4, &Options{Flags: flags})
			for _, n := range []uint32{64, 8, 128} {
				if err := r.Resize(n, 0); err != nil {
					t.Fatal(err)
				}
				for range 20 {
					for i := range n {
						s := get(t, r)
						s.Nop()
						s.SetUserData(uint64(i))
					}
					for i, c := range reap(t, r, int(n)) {
						if c.UserData != uint64(i) || c.Res != 0 {
							t.Fatalf("%d: %+v", i, c)
						}
					}
				}
				get(t, r).Nop()
				argument(t, r.Resize(n, 0))
				if _, err := r.Submit(); err != nil {
					t.Fatal(err)
				}
				argument(t, r.Resize(n, 0))
				reap(t, r, 1)
				if flags == uapi.IORING_SETUP_SQE_MIXED {
					nop128(r.Next128())
					reap(t, r, 1)
				}
			}
		})
	}
}

// A ring whose new queues cannot be mapped is lost, and is given back with all
// that it had.
func TestResizeWithoutMemory(t *testing.T) {
	reexec.Run(t, func(t *testing.T) {
		needRegister(t, uapi.IORING_REGISTER_RESIZE_RINGS)
		in, _ := filePipe(t) // with it, what Go's poller opens
		before := inventory()
		r, err := New(4, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := waitBriefly(r); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		group, err := r.NewBufferRing(1, 8, &BufferRingOptions{Size: 64})
		if err != nil {
			t.Fatal(err)
		}
		start(t, r, func(s *SQE) { s.Read(int(in.Fd()), make([]byte, 1), -1) })
		free := starve(t, 2<<20)
		err = r.Resize(32768, 65536) // 3 MiB
		free()
		fails(t, err, syscall.ENOMEM)
		if r.FD() != -1 || r.Next() != nil {
			t.Error("the ring is open")
		}
		_, err = group.Head()
		refuses(t, err, "the group")
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if after := inventory(); !maps.Equal(after, before) {
			t.Errorf("before %v, after %v", before, after)
		}
	})
}
