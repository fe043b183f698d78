//go:build linux

package ring

import (
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// More completions than the queue holds wait in the kernel, and none is lost.
func TestOverflow(t *testing.T) {
	needFeature(t, uapi.IORING_FEAT_NODROP)
	for _, o := range []*Options{nil, {AnyThread: true}, {Exact: true}, {Flags: uapi.IORING_SETUP_CQE32}} {
		r := newRing(t, 4, o)
		size := int(r.Info().CQEntries)
		for i := range 10 * size {
			s := get(t, r)
			s.Nop()
			s.SetUserData(uint64(i))
		}
		// Waiting for more than fits means for as many as fit.
		if _, err := r.SubmitAndWait(1 << 20); err != nil {
			t.Fatal(err)
		}
		if flags := uapi.SQRingFlags(r.raw.kflags.Load()); flags&uapi.IORING_SQ_CQ_OVERFLOW == 0 {
			t.Errorf("no overflow: %v", flags)
		}
		i := 0
		for c := range r.Completions() {
			if c.UserData != uint64(i) || c.Res != 0 {
				t.Fatalf("completion %d is %+v", i, c)
			}
			i++
		}
		if i != 10*size || r.Lost() != 0 || r.raw.Dropped() != 0 {
			t.Errorf("%d completions of %d, %d lost, %d dropped", i, 10*size, r.Lost(), r.raw.Dropped())
		}
		settled(t, r)
		if err := r.Close(); err != nil || r.Lost() != 0 {
			t.Error(err)
		}
	}
}
