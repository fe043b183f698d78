//go:build linux

package ring

import (
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// A disabled ring belongs to the goroutine that enables it, not to the one
// that made it, which stays free of a thread.
func TestEnableBinds(t *testing.T) {
	r, err := New(4, &Options{Flags: uapi.IORING_SETUP_R_DISABLED})
	if err != nil {
		t.Fatal(err)
	}
	get(t, r).Nop()
	_, err = r.Submit()
	fails(t, err, syscall.EBADFD)
	if r.raw.tid != 0 {
		t.Error("bound before it is enabled")
	}
	single := r.Info().Flags&uapi.IORING_SETUP_SINGLE_ISSUER != 0
	enabled, done, end := make(chan error), make(chan error), make(chan bool)
	go func() {
		err := r.Enable()
		fails(t, r.Enable(), syscall.EBADFD)
		enabled <- err
		<-end
		if _, err := r.SubmitAndWait(1); err != nil { // what was queued before
			t.Error(err)
		}
		for c := range r.Completions() {
			if c.Res != 0 {
				t.Errorf("%+v", c)
			}
		}
		done <- r.Close()
	}()
	if err := <-enabled; err != nil {
		t.Fatal(err)
	}
	if single {
		if !r.Info().Registered || r.raw.tid == 0 || r.raw.tid == syscall.Gettid() {
			t.Errorf("bound to thread %d, %+v", r.raw.tid, r.Info())
		}
		_, err = r.Submit()
		fails(t, err, syscall.EEXIST)
		fails(t, r.Close(), syscall.EEXIST)
	}
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestEnableRefused(t *testing.T) {
	r := newRing(t, 4, nil)
	fails(t, r.Enable(), syscall.EBADFD)
	never, err := New(4, &Options{Flags: uapi.IORING_SETUP_R_DISABLED})
	if err != nil {
		t.Fatal(err)
	}
	if err := never.Close(); err != nil {
		t.Error(err)
	}
	fails(t, never.Enable(), ErrClosed)
	any := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_R_DISABLED, AnyThread: true})
	if err := any.Enable(); err != nil || any.raw.tid != 0 {
		t.Error(err)
	}
	get(t, any).Nop()
	reap(t, any, 1)
}
