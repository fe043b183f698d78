//go:build linux

package ring

import (
	"math"
	"slices"
	"testing"
	"time"
)

// Limits of a wait that make no sense are refused, others hold.
func TestLimits(t *testing.T) {
	watch(t)
	r := newRing(t, 4, nil)
	for _, l := range []Limits{{MinWait: -1}, {MinWait: math.MaxInt64}} {
		if n, err := r.SubmitAndWaitLimits(1, l); n != 0 || !typed(err) {
			t.Errorf("%+v: %d, %v", l, n, err)
		}
	}
	rd, _ := pipe(t)
	start(t, r, func(s *SQE) { s.Read(rd, make([]byte, 1), -1) })
	for _, want := range []uint32{1, 2, 8, math.MaxUint32} {
		r.Next().Nop() // something is ready, but too little
		_, err := r.SubmitAndWaitLimits(max(want, 2), Limits{Timeout: 5 * time.Millisecond})
		wantErr(t, "wait", err, ErrTimeout)
		if n := len(slices.Collect(r.Completions())); n != 1 {
			t.Errorf("%d completions after a wait for %d", n, want)
		}
	}
	r.Next().Nop()
	if _, err := r.SubmitAndWaitLimits(1, Limits{Timeout: math.MaxInt64}); err != nil {
		t.Error(err)
	}
	if _, err := r.SubmitAndWait(0); err != nil {
		t.Error(err)
	}
}
