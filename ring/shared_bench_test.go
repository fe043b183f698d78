//go:build linux

package ring

import (
	"os"
	"syscall"
	"testing"
)

// What a round trip costs: the system call alone, a Ring of one's own, and Do,
// for one goroutine and for many.
func BenchmarkRoundTrip(b *testing.B) {
	f, err := os.Open("/dev/zero")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	fd := int(f.Fd())
	b.Run("read(2)", func(b *testing.B) {
		buf := make([]byte, 64)
		for b.Loop() {
			if _, err := syscall.Read(fd, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	kinds := []struct {
		name string
		o    *Options
	}{{"bound", nil}, {"any", &Options{AnyThread: true}}}
	for _, k := range kinds {
		b.Run("SubmitAndWait/"+k.name, func(b *testing.B) {
			r := newRing(b, 8, k.o)
			buf := make([]byte, 64)
			for b.Loop() {
				r.Next().Read(fd, buf, 0)
				if _, err := r.SubmitAndWait(1); err != nil {
					b.Fatal(err)
				}
				for range r.Completions() {
				}
			}
		})
		b.Run("Do/"+k.name, func(b *testing.B) {
			s := newShared(b, k.o)
			buf := make([]byte, 64)
			for b.Loop() {
				if _, err := s.Do(b.Context(), func(e *SQE) { e.Read(fd, buf, 0) }); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Do of 100 goroutines/"+k.name, func(b *testing.B) {
			s := newShared(b, k.o)
			b.SetParallelism(50)
			b.RunParallel(func(p *testing.PB) {
				buf := make([]byte, 64)
				for p.Next() {
					if _, err := s.Do(b.Context(), func(e *SQE) { e.Read(fd, buf, 0) }); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func newShared(b *testing.B, o *Options) *Shared {
	b.Helper()
	s, err := NewShared(64, o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}
