//go:build linux

package ring

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// mapped is memory outside of Go's heap.
func mapped(t testing.TB, size, flags int) []byte {
	t.Helper()
	m, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(m); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestMemory(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_NO_MMAP)
	for _, o := range []Options{
		{},
		{AnyThread: true},
		{Exact: true}, // with the array of indices
		{CQEntries: 128},
		{Flags: uapi.IORING_SETUP_SQE128 | uapi.IORING_SETUP_CQE32},
		{Flags: uapi.IORING_SETUP_SQPOLL},
	} {
		size, err := MemorySize(16, &o)
		if err != nil || size%os.Getpagesize() != 0 || size == 0 {
			t.Fatal(size, err)
		}
		o.Memory = mapped(t, size+os.Getpagesize(), 0)
		for i := range o.Memory {
			o.Memory[i] = 0xee // heads and tails of an earlier ring
		}
		r := newRing(t, 16, &o)
		for round := range 50 {
			for range 16 {
				get(t, r).Nop()
			}
			for _, c := range reap(t, r, 16) {
				if c.Res != 0 {
					t.Fatalf("round %d: %+v", round, c)
				}
			}
		}
		for i, b := range o.Memory[size:] {
			if b != 0xee {
				t.Fatalf("byte %d behind the memory was written", i)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		o.Memory[0] = 1 // still mapped
	}
}

// Memory of the heap will do if it begins at a page, and is kept.
func TestMemoryOfTheHeap(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_NO_MMAP)
	size, err := MemorySize(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	heap := make([]byte, size+page)
	for address(heap)%uint64(page) != 0 {
		heap = heap[1:]
	}
	r := newRing(t, 4, &Options{Memory: heap})
	heap = nil
	for range 20 {
		runtime.GC()
		_ = make([]byte, size+page)
		get(t, r).Nop()
		reap(t, r, 1)
	}
}

func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

func TestMemoryArguments(t *testing.T) {
	size, err := MemorySize(64, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := mapped(t, size+os.Getpagesize(), 0)
	for name, o := range map[string]*Options{
		"none":          {Flags: uapi.IORING_SETUP_NO_MMAP},
		"no descriptor": {Flags: uapi.IORING_SETUP_REGISTERED_FD_ONLY},
		"empty":         {Memory: m[:0]},
		"short":         {Memory: m[:size-1]},
		"not a page":    {Memory: m[8:]},
		"too few":       {Memory: m, CQEntries: 4096},
	} {
		_, err := New(64, o)
		t.Log(name, err)
		argument(t, err)
	}
	_, err = MemorySize(0, nil)
	argument(t, err)
	needSetup(t, uapi.IORING_SETUP_NO_MMAP)
	// Larger than a page each: kernels before 6.14 want it in one piece.
	big, err := MemorySize(4096, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(4096, &Options{Memory: mapped(t, big, 0)})
	if err != nil {
		t.Logf("in small pages: %v", err)
		fails(t, err, syscall.EINVAL)
		return
	}
	get(t, r).Nop()
	reap(t, r, 1)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// Two rings in one place would undo each other.
func TestMemoryOfTwoRings(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_NO_MMAP)
	size, err := MemorySize(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	m := mapped(t, size+page, 0)
	r := newRing(t, 4, &Options{Memory: m[page:]})
	for _, at := range [][]byte{m, m[page:]} {
		_, err := New(4, &Options{Memory: at})
		argument(t, err)
	}
	if _, err := New(4, &Options{Memory: m[page:], Flags: 1 << 31}); err == nil {
		t.Error("made a ring with a flag that there is not")
	}
	get(t, r).Nop()
	reap(t, r, 1)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	bad := Options{Memory: m, Flags: 1 << 31}
	if _, err := New(4, &bad); err == nil {
		t.Error("made a ring with a flag that there is not")
	}
	bad.Flags = 0 // what fails lends nothing
	again := newRing(t, 4, &bad)
	get(t, again).Nop()
	reap(t, again, 1)
}

// A ring without a descriptor does all that others do, and nothing stays
// behind when it is closed.
func TestNoDescriptor(t *testing.T) {
	needSetup(t, uapi.IORING_SETUP_REGISTERED_FD_ONLY)
	for _, any := range []bool{false, true} {
		for range 40 { // a thread has 16 indexes
			o := Options{Flags: uapi.IORING_SETUP_REGISTERED_FD_ONLY, AnyThread: any}
			size, err := MemorySize(8, &o)
			if err != nil {
				t.Fatal(err)
			}
			m := mapped(t, size, 0)
			o.Memory = m
			fds := descriptors(t)
			r, err := New(8, &o)
			if err != nil {
				t.Fatal(err)
			}
			if n := descriptors(t); n != fds || r.FD() >= -1 || !r.Info().Registered {
				t.Errorf("%d descriptors, then %d; FD %d, %+v", fds, n, r.FD(), r.Info())
			}
			get(t, r).Nop()
			reap(t, r, 1)
			if _, err := r.Probe(); err != nil {
				t.Error(err)
			}
			from, _ := filePipe(t)
			get(t, r).Read(int(from.Fd()), make([]byte, 8), -1)
			if _, err := r.Submit(); err != nil {
				t.Error(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if _, err := r.Submit(); err != ErrClosed || r.FD() != -1 {
				t.Errorf("after Close: %v, FD %d", err, r.FD())
			}
		}
	}
}

func descriptors(t testing.TB) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(d)
}
