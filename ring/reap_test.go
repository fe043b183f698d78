//go:build linux

package ring

import (
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Reap gives out what Completions would, in the same order, whatever the size
// of what it fills.
func TestReap(t *testing.T) {
	rd, wr := pipe(t)
	for size := 1; size <= 12; size++ {
		r := newRing(t, 8, nil)
		buf := make([]byte, 1)
		for round := range 20 {
			for i := range 8 {
				s := r.Next()
				switch i {
				case 2: // holds a buffer
					if _, err := syscall.Write(wr, []byte{byte(round)}); err != nil {
						t.Fatal(err)
					}
					s.Read(rd, buf, -1)
				case 5: // holds more than a buffer, and fails
					s.Openat(CWD, "/does/not/exist", 0, 0)
				case 6: // is not told
					s.Nop()
					s.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS)
				default:
					s.Nop()
				}
				s.SetUserData(uint64(i))
			}
			if _, err := r.SubmitAndWait(7); err != nil {
				t.Fatal(err)
			}
			seen := map[uint64]int32{}
			for dst := make([]CQE, size); ; {
				n := r.Reap(dst)
				if n == 0 {
					break
				}
				for _, c := range dst[:n] {
					if _, ok := seen[c.UserData]; ok {
						t.Errorf("size %d: %d is told twice", size, c.UserData)
					}
					seen[c.UserData] = c.Res
				}
			}
			if len(seen) != 7 || seen[2] != 1 || buf[0] != byte(round) || seen[5] != -int32(syscall.ENOENT) {
				t.Fatalf("size %d, round %d: %v, read %d", size, round, seen, buf[0])
			}
		}
		idle(t, r)
	}
	r := newRing(t, 4, nil)
	if n := r.Reap(nil) + r.Reap(make([]CQE, 4)); n != 0 {
		t.Errorf("%d completions of no request", n)
	}
}

// Reap does not allocate.
func TestReapAllocates(t *testing.T) {
	r := newRing(t, 8, nil)
	var dst [8]CQE
	n := testing.AllocsPerRun(100, func() {
		for range 8 {
			r.Next().Nop()
		}
		if _, err := r.SubmitAndWait(8); err != nil {
			t.Fatal(err)
		}
		if r.Reap(dst[:]) != 8 {
			t.Fatal("completions are missing")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
