//go:build linux

package ring

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/reexec"
)

// growStack makes the stack move, and leaves other things where it was.
func growStack(n int) byte {
	var b [1024]byte
	for i := range b {
		b[i] = byte(n)
	}
	if n == 0 {
		return b[7]
	}
	return growStack(n-1) + b[n%1024]
}

// A buffer that would be on the goroutine's stack is not there while the kernel
// has it.
func TestStackMoves(t *testing.T) {
	watch(t)
	done := make(chan bool)
	go func() { // a small stack
		defer close(done)
		r, err := New(4, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close()
		var p [2]int
		if err := syscall.Pipe(p[:]); err != nil {
			t.Error(err)
			return
		}
		defer syscall.Close(p[0])
		defer syscall.Close(p[1])
		buf := make([]byte, 64)
		r.Next().Read(p[0], buf, -1)
		if _, err := r.Submit(); err != nil {
			t.Error(err)
		}
		growStack(200)
		write(t, p[1], strings.Repeat("k", 64))
		if _, err := r.SubmitAndWait(1); err != nil {
			t.Error(err)
		}
		for c := range r.Completions() {
			// To print buf itself would move it to the heap.
			if got := string(buf); c.Res != 64 || got != strings.Repeat("k", 64) {
				t.Errorf("%+v, buffer %q", c, got)
			}
		}
	}()
	<-done
}

// litter fills what the collector has freed with something else.
func litter(size int) {
	for range 3 {
		runtime.GC()
	}
	var trash [][]byte
	for range 256 {
		trash = append(trash, bytes.Repeat([]byte{0xdb}, size))
	}
	runtime.KeepAlive(trash)
}

// onlyTheRing has writes in flight whose memory nothing but their requests
// refers to, and tells whether the kernel wrote what was there at first.
func onlyTheRing(t *testing.T, o *Options, prepare func(s *SQE, fd int, buf []byte)) {
	const size, n = 4096, 8
	r := newRing(t, n, o)
	rd, wr := pipe(t)
	fill := make([]byte, 65536)
	if n, err := syscall.Write(wr, fill); n != len(fill) || err != nil {
		t.Fatal(n, err)
	}
	freed := make(chan int, n)
	func() {
		for i := range n {
			buf := bytes.Repeat([]byte{byte('a' + i)}, size)
			runtime.AddCleanup(&buf[0], func(i int) { freed <- i }, i)
			s := r.Next()
			prepare(s, wr, buf)
			s.SetFlags(uapi.IOSQE_IO_LINK) // in order
		}
	}()
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
	litter(size)
	if len(freed) != 0 {
		t.Errorf("memory of %d requests in flight was freed", len(freed))
	}
	readAll(t, rd, fill)
	for i := range n {
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		if err := r.raw.wait(uint32(i+1), nil, 0); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, size)
		if readAll(t, rd, got); !bytes.Equal(got, bytes.Repeat([]byte{byte('a' + i)}, size)) {
			t.Errorf("write %d: the kernel saw %q…", i, got[:8])
		}
	}
	for c := range r.Completions() {
		if c.Res != size {
			t.Errorf("%+v", c)
		}
	}
	idle(t, r)
	for deadline := time.Now().Add(20 * time.Second); len(freed) < n; {
		if runtime.GC(); time.Now().After(deadline) {
			t.Fatalf("the ring holds memory after the last completion: %d of %d freed", len(freed), n)
		}
		time.Sleep(time.Millisecond)
	}
}

func readAll(t *testing.T, fd int, buf []byte) {
	t.Helper()
	for len(buf) > 0 {
		n, err := syscall.Read(fd, buf)
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			t.Fatal(n, err)
		}
		buf = buf[n:]
	}
}

var writers = map[string]func(s *SQE, fd int, buf []byte){
	"Write": func(s *SQE, fd int, buf []byte) { s.Write(fd, buf, -1) },
	"Writev": func(s *SQE, fd int, buf []byte) {
		s.Writev(fd, [][]byte{buf[:1000], buf[1000:]}, -1)
	},
	"Prepare": func(s *SQE, fd int, buf []byte) {
		p, n := data(buf)
		s.Prepare(func(e *uapi.IoUringSqe) { e.PrepWrite(int32(fd), p, n, ^uint64(0)) }, buf)
	},
}

func TestOnlyTheRingHasIt(t *testing.T) {
	for kind, o := range kinds {
		for name, w := range writers {
			t.Run(kind+"/"+name, func(t *testing.T) {
				watch(t)
				onlyTheRing(t, o, w)
			})
		}
	}
}

// The same with a collector that checks its own work.
func TestCollectorChecks(t *testing.T) {
	reexec.Run(t, func(t *testing.T) {
		watch(t)
		for _, w := range writers {
			onlyTheRing(t, nil, w)
		}
	}, reexec.Env("GODEBUG", "gccheckmark=1,invalidptr=1"))
}

// Reads end up in the memory of their requests, not in what came after it.
func TestReadsUnderCollection(t *testing.T) {
	watch(t)
	r := newRing(t, 16, nil)
	rd, wr := pipe(t)
	for round := range 20 {
		for range 16 {
			s := r.Next()
			s.Read(rd, make([]byte, 512), -1) // held by the request alone
		}
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		var later [][]byte
		for range 64 {
			later = append(later, make([]byte, 512))
		}
		for range 16 {
			write(t, wr, strings.Repeat(string([]byte{byte(round + 1)}), 512))
		}
		total := int32(0)
		for _, c := range all(t, r, 16) {
			total += c.Res
		}
		if total != 16*512 {
			t.Errorf("%d bytes", total)
		}
		for _, b := range later {
			if !bytes.Equal(b, make([]byte, 512)) {
				t.Fatal("the kernel wrote to memory that was no request's")
			}
		}
	}
	idle(t, r)
}

// After Close the kernel writes no more.
func TestCloseStopsWrites(t *testing.T) {
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			watch(t)
			for round := range 10 {
				r, err := New(16, o)
				if err != nil {
					t.Fatal(err)
				}
				rd, wr := pipe(t)
				var bufs [][]byte
				for i := range 16 {
					buf := make([]byte, 4096)
					bufs = append(bufs, buf)
					s := r.Next()
					s.Read(rd, buf, -1)
					if i%2 == 0 {
						s.SetFlags(uapi.IOSQE_ASYNC)
					}
				}
				if _, err := r.Submit(); err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = syscall.Write(wr, bytes.Repeat([]byte("1"), round*1000)) }() // for some of them
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
				was := fmt.Sprint(bufs)
				write(t, wr, strings.Repeat("2", 65536-round*1000))
				time.Sleep(2 * time.Millisecond)
				if fmt.Sprint(bufs) != was {
					t.Fatal("a buffer changed after Close")
				}
			}
		})
	}
}
