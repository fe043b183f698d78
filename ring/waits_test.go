//go:build linux

package ring

import (
	"errors"
	"os"
	"testing"
	"time"
)

// filePipe is both ends of a pipe.
func filePipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// get is an entry.
func get(t testing.TB, r *Ring) *SQE {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A limit of time must end a wait for more than there is, too: the kernel says
// nothing of the time then, since something is ready.
func TestTimeoutWithSomethingReady(t *testing.T) {
	r := newRing(t, 8, nil)
	from, _ := filePipe(t)
	get(t, r).Nop()
	get(t, r).Read(int(from.Fd()), make([]byte, 1), -1)
	start := time.Now()
	n, err := r.SubmitAndWaitLimits(2, Limits{Timeout: 30 * time.Millisecond})
	if n != 2 || !errors.Is(err, ErrTimeout) {
		t.Errorf("submitted %d, %v", n, err)
	}
	if d := time.Since(start); d < 30*time.Millisecond {
		t.Errorf("waited %v only", d)
	}
}
