//go:build linux

package ring

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// A request of the user's may cancel the sleeper's own while the thread sleeps,
// and nothing is told of it: the end of ctx must wake the thread all the same.
func TestWaitWhenAllIsCanceled(t *testing.T) {
	watch(t)
	r := newRing(t, 8, nil)
	for range 20 {
		s := get(t, r)
		s.CancelAny(uapi.IORING_ASYNC_CANCEL_ALL)
		s.SetFlags(uapi.IOSQE_ASYNC | uapi.IOSQE_CQE_SKIP_SUCCESS)
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := r.Wait(ctx)
		stop()
		switch {
		case err == nil: // a kernel that cancels the canceler tells of that
			taken(r)
		case !errors.Is(err, context.DeadlineExceeded):
			t.Fatal(err)
		}
	}
	quickClose(t, r)
}

// All that is submitted behind a request with IOSQE_IO_DRAIN waits for it, the
// sleeper's own request, too.
func TestWaitBehindADrain(t *testing.T) {
	watch(t)
	for name, drain := range map[string]func(*SQE, int){
		"SetFlags": func(s *SQE, fd int) { s.Read(fd, make([]byte, 1), -1); s.SetFlags(uapi.IOSQE_IO_DRAIN) },
		"Prepare": func(s *SQE, fd int) {
			s.Prepare(func(e *uapi.IoUringSqe) { e.PrepPollAdd(int32(fd), 1); e.Flags = uapi.IOSQE_IO_DRAIN })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t, 8, nil)
			in, _ := pipe(t)
			drain(get(t, r), in)
			get(t, r).Nop()
			for range 3 {
				err := waitBriefly(r)
				if err == nil { // kernels that let later ones pass a drain that has begun
					taken(r)
					continue
				}
				wantErr(t, "Wait", err, context.DeadlineExceeded)
			}
			quickClose(t, r)
		})
	}
}

// What the ring has in flight for itself is no completion to wait for, however
// it ends.
func TestWaitForMoreThanTheSleeper(t *testing.T) {
	watch(t)
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	get(t, r).Read(in, make([]byte, 1), -1)
	timer := time.AfterFunc(5*time.Millisecond, func() { put(t, out, []byte("x")) })
	defer timer.Stop()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if err := r.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if got := taken(r); len(got) != 1 || got[0].Res != 1 {
		t.Fatalf("%+v", got)
	}
	p, ok := r.parker.(*sleeper)
	if !ok {
		return // a kernel without IORING_SETUP_DEFER_TASKRUN
	}
	start(t, r, func(s *SQE) { s.Read(in, make([]byte, 1), -1) })
	get(t, r).CancelFD(p.fd, 0)
	timer.Reset(5 * time.Millisecond)
	if got := all(t, r, 2); got[0].Res != 0 || got[1].Res != 1 {
		t.Errorf("%+v", got)
	}
	quickClose(t, r)
}

func waitBriefly(r *Ring) error {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer stop()
	return r.Wait(ctx)
}

// A polling thread takes entries when it comes to it: there may be no room for
// the sleeper's request.
func TestWaitWithAFullQueue(t *testing.T) {
	watch(t)
	needSetup(t, uapi.IORING_SETUP_REGISTERED_FD_ONLY)
	o := Options{Flags: uapi.IORING_SETUP_REGISTERED_FD_ONLY | uapi.IORING_SETUP_SQPOLL, SQThreadIdle: time.Millisecond}
	size, err := MemorySize(1, &o)
	if err != nil {
		t.Fatal(err)
	}
	in, _ := pipe(t)
	for range 20 {
		o.Memory = mapped(t, size, 0) // the kernel may not be done with that of the ring before
		r := newRing(t, 1, &o)
		time.Sleep(3 * time.Millisecond) // the thread sleeps
		get(t, r).Read(in, make([]byte, 1), -1)
		if err := waitBriefly(r); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		quickClose(t, r)
	}
}
