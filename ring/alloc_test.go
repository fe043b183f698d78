//go:build linux

package ring

import (
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// A request costs no allocation, from Next to its completion.
func TestNoAllocations(t *testing.T) {
	watch(t)
	fd := fileWith(t, make([]byte, 4096))
	rd, wr := pipe(t)
	buf, bufs := make([]byte, 4096), [][]byte{make([]byte, 100), make([]byte, 200)}
	for kind, o := range kinds {
		r := newRing(t, 8, o)
		var id ID
		for name, prepare := range map[string]func(*SQE){
			"Nop":     func(s *SQE) { s.Nop() },
			"Read":    func(s *SQE) { s.Read(fd, buf, 0) },
			"Write":   func(s *SQE) { s.Write(fd, buf, 0) },
			"Readv":   func(s *SQE) { s.Readv(fd, bufs, 0) },
			"Timeout": func(s *SQE) { s.Timeout(time.Microsecond, 0, 0) },
			"Openat":  func(s *SQE) { s.Openat(CWD, "/no/such/file", 0, 0) },
			"Cancel":  func(s *SQE) { s.Cancel(id); id = s.ID() },
			"hidden": func(s *SQE) {
				s.Nop()
				s.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS)
				if s, err := s.ring.Get(); err == nil {
					s.Nop()
				}
			},
			"waiting": func(s *SQE) {
				s.Read(rd, buf[:1], -1)
				if _, err := syscall.Write(wr, buf[:1]); err != nil {
					t.Fatal(err)
				}
			},
		} {
			round := func() {
				for range 4 {
					s, err := r.Get()
					if err != nil {
						t.Fatal(err)
					}
					prepare(s)
					s.SetUserData(1)
				}
				if _, err := r.SubmitAndWait(4); err != nil {
					t.Fatal(err)
				}
				n := 0
				for range r.Completions() {
					n++
				}
				if n != 4 {
					t.Fatalf("%s, %s: %d completions", kind, name, n)
				}
			}
			for range 10 { // until each slot has what it keeps
				round()
			}
			if n := testing.AllocsPerRun(100, round); n != 0 {
				t.Errorf("%s, %s: %v allocations in a round of 4 requests", kind, name, n)
			}
		}
	}
}

func TestRawNoAllocations(t *testing.T) {
	q, err := NewRaw(8, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if n := testing.AllocsPerRun(100, func() {
		for range 8 {
			q.Next().PrepNop()
		}
		if n, err := q.SubmitAndWait(8); n != 8 || err != nil {
			t.Fatal(n, err)
		}
		seen := 0
		for q.Ready() > 0 {
			n := len(q.CQEs())
			seen += n
			q.Advance(uint32(n))
		}
		if seen != 8 {
			t.Fatal(seen)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
