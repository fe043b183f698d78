//go:build linux

package ring

import (
	"context"
	"testing"
	"time"
)

// A ring that is closed by a function of With ends the Shared, and nothing
// else.
func TestSharedRingIsClosed(t *testing.T) {
	watch(t)
	for _, o := range []*Options{nil, {AnyThread: true}} {
		s, err := NewShared(4, o)
		if err != nil {
			t.Fatal(err)
		}
		in, _ := pipe(t)
		result := make(chan error)
		go func() {
			_, err := s.Do(context.Background(), func(e *SQE) { e.Read(in, make([]byte, 1), -1) })
			result <- err
		}()
		time.Sleep(time.Millisecond) // either way is one to try
		if err := s.With((*Ring).Close); err != nil {
			t.Error(err)
		}
		wantErr(t, "Do, begun before", <-result, ErrClosed)
		_, err = s.Do(t.Context(), func(e *SQE) { e.Nop() })
		wantErr(t, "Do, begun after", err, ErrClosed)
		wantErr(t, "Close", s.Close(), ErrClosed)
	}
}
