//go:build linux

package ring

import (
	"bytes"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// An entry has nothing left of the request before.
func TestStaleEntry(t *testing.T) {
	watch(t)
	r := newRing(t, 1, nil)
	fd := fileWith(t, []byte("stale?"))
	buf := make([]byte, 6)
	for range 4 {
		ok(t, r, func(s *SQE) { s.Fsync(fd, uapi.IORING_FSYNC_DATASYNC) })
		if n := ok(t, r, func(s *SQE) { s.Read(fd, buf, 0) }); n != 6 || string(buf) != "stale?" {
			t.Fatalf("%d, %q", n, buf)
		}
		ok(t, r, func(s *SQE) {
			copy(unsafe.Slice((*byte)(unsafe.Pointer(s.entry)), 64), bytes.Repeat([]byte{0xff}, 64))
			s.Read(fd, buf, 0)
		})
	}
}

// Without IORING_SETUP_SUBMIT_ALL the kernel stops behind an entry that it
// refuses. Submit goes on.
func TestSubmitGoesOn(t *testing.T) {
	watch(t)
	r := newRing(t, 16, &Options{Exact: true})
	want := map[uint64]int32{}
	for i := range uint64(16) {
		s := r.Next()
		if i%3 == 1 {
			s.Prepare(func(e *uapi.IoUringSqe) { e.PrepNop(); e.Opcode = 250 })
			want[i] = -int32(syscall.EINVAL)
		} else {
			s.Nop()
			want[i] = 0
		}
		s.SetUserData(i)
	}
	if n, err := r.Submit(); n != 16 || err != nil {
		t.Fatal(n, err)
	}
	for _, c := range all(t, r, 16) {
		if res, there := want[c.UserData]; !there || res != c.Res {
			t.Errorf("%+v, want %d", c, res)
		}
		delete(want, c.UserData)
	}
}

// Requests stay in the queue while the kernel refuses to take any, and each is
// carried out once when it does.
func TestNothingLostOnErrors(t *testing.T) {
	watch(t)
	r := newRing(t, 8, &Options{Flags: uapi.IORING_SETUP_R_DISABLED, Exact: true})
	rd, wr := pipe(t)
	for i := range byte(6) {
		s := r.Next()
		s.Write(wr, []byte{'0' + i}, -1)
		s.SetFlags(uapi.IOSQE_IO_LINK)
		if n, err := r.Submit(); n != 0 || err == nil {
			t.Fatal("a disabled ring took entries", n, err)
		} else {
			wantErr(t, "Submit", err, syscall.EBADFD)
		}
		if _, err := r.SubmitAndWait(1); err == nil {
			t.Fatal("no error")
		}
	}
	if err := r.Enable(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Submit(); n != 6 || err != nil {
		t.Fatal(n, err)
	}
	all(t, r, 6)
	got := make([]byte, 16)
	if n, _ := syscall.Read(rd, got); string(got[:n]) != "012345" {
		t.Errorf("the kernel carried out %q", got[:n])
	}
	idle(t, r)
}

// Signals neither end a wait early nor lose entries.
func TestSignals(t *testing.T) {
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			watch(t)
			r := newRing(t, 8, o)
			stop := bombard(t)
			defer stop()
			rd, _ := pipe(t)
			start(t, r, func(s *SQE) { s.Read(rd, make([]byte, 1), -1) })
			for i := range uint64(5) {
				s := r.Next()
				s.Timeout(20*time.Millisecond, 0, 0)
				s.SetUserData(i)
				if n, err := r.SubmitAndWait(1); n != 1 || err != nil {
					t.Fatal(n, err)
				}
				n := 0
				for c := range r.Completions() {
					if n++; c.UserData != i || c.Res != -int32(syscall.ETIME) {
						t.Errorf("%+v", c)
					}
				}
				if n != 1 {
					t.Fatalf("a wait for 1 completion ended with %d", n)
				}
			}
			// Each signal begins the wait anew: its limit must not be.
			begin := time.Now()
			_, err := r.SubmitAndWaitLimits(1, Limits{Timeout: 50 * time.Millisecond})
			wantErr(t, "wait", err, ErrTimeout)
			if d := time.Since(begin); d < 50*time.Millisecond || d > 5*time.Second {
				t.Errorf("a wait of 50 ms ended after %v", d)
			}
		})
	}
}

// bombard sends the calling thread signals, more often than any wait here is
// long.
func bombard(t *testing.T) (stop func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGUSR1)
	pid, tid := os.Getpid(), syscall.Gettid()
	end, ended := make(chan bool), make(chan int)
	go func() {
		n := 0
		for tick := time.NewTicker(time.Millisecond); ; n++ {
			select {
			case <-end:
				tick.Stop()
				ended <- n
				return
			case <-tick.C:
				_ = unix.Tgkill(pid, tid, syscall.SIGUSR1)
			}
		}
	}()
	return func() {
		close(end)
		if n := <-ended; n == 0 || len(caught) == 0 {
			t.Error("no signals came")
		}
		signal.Stop(caught)
	}
}

// The polling thread is woken whenever it sleeps.
func TestPollingThreadSleeps(t *testing.T) {
	watch(t)
	r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: time.Millisecond})
	for i := range uint64(20) {
		for deadline := time.Now().Add(30 * time.Second); r.raw.wakeup() == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the thread does not sleep")
			}
		}
		s, err := r.Get()
		if err != nil {
			t.Fatal(err)
		}
		s.Nop()
		s.SetUserData(i)
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		if c := all(t, r, 1)[0]; c.UserData != i {
			t.Fatalf("%+v", c)
		}
	}
}

// More requests than the queue holds at a time, without a wait: entries are not
// used again before the thread has taken them.
func TestPollingThreadFullQueue(t *testing.T) {
	watch(t)
	r := newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: time.Millisecond, CQEntries: 1024})
	for i := range uint64(1000) {
		s, err := r.Get()
		if err != nil {
			t.Fatal(err)
		}
		s.Nop()
		s.SetUserData(i)
	}
	for i, c := range all(t, r, 1000) {
		if c.UserData != uint64(i) || c.Res != 0 {
			t.Fatalf("completion %d is %+v", i, c)
		}
	}
	idle(t, r)
}

// More completions than the queue holds are not lost, and those who asked for
// them are not mixed up.
func TestCompletionsOverflow(t *testing.T) {
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			watch(t)
			small := Options{}
			if o != nil {
				small = *o
			}
			small.CQEntries = 4
			r := newRing(t, 4, &small)
			seen := map[uint64]bool{}
			for i := range uint64(64) {
				s, err := r.Get()
				if err != nil {
					wantErr(t, "Get", err, syscall.EBUSY)
					for c := range r.Completions() {
						seen[c.UserData] = true
					}
					if s, err = r.Get(); err != nil {
						t.Fatal(err)
					}
				}
				s.Nop()
				s.SetUserData(i)
			}
			for len(seen) < 64 { // without a wait, which would bring them, too
				if _, err := r.Submit(); err != nil {
					t.Fatal(err)
				}
				for c := range r.Completions() {
					if seen[c.UserData] {
						t.Fatalf("%d was completed twice", c.UserData)
					}
					seen[c.UserData] = true
				}
			}
			idle(t, r)
		})
	}
}

// Completions that belong to a request that is over, or to none, are nobody
// else's.
func TestLateCompletion(t *testing.T) {
	watch(t)
	r := newRing(t, 1, &Options{CQEntries: 1})
	from, err := NewRaw(4, nil) // a Ring refuses to send such things
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	send := func(res uint32, data uint64) error {
		from.Next().PrepMsgRing(int32(r.FD()), res, data, 0)
		if _, err := from.SubmitAndWait(1); err != nil {
			return err
		}
		defer from.Advance(1)
		if c := from.CQE(0); c.Res != 0 {
			return syscall.Errno(-c.Res)
		}
		return nil
	}
	kernelNeeds(t, "IORING_OP_MSG_RING", uapi.IORING_OP_MSG_RING.Since(), func() error { return send(0, 1) })
	for range r.Completions() {
	}
	rd, wr := pipe(t)
	buf := make([]byte, 1)
	write(t, wr, "o")
	old := start(t, r, func(s *SQE) { s.Read(rd, buf, -1) })
	all(t, r, 1)
	id := start(t, r, func(s *SQE) { s.Read(rd, buf, -1); s.SetUserData(3) })
	if old.slot() != id.slot() || old == id {
		t.Fatalf("%#x and %#x do not share a slot", old, id)
	}
	for _, data := range []ID{old, id - 2*idGeneration, id + idGeneration, id ^ 1, id | stateMask, ^ID(0), 0, id &^ idMark, id + 1<<8} {
		if err := send(5, uint64(data)); err != nil {
			t.Fatal(err)
		}
		if c := all(t, r, 1)[0]; c.UserData != uint64(data) || c.Res != 5 || c.Op != opNone {
			t.Errorf("%#x was given out as %+v", data, c)
		}
		if s := r.slots.find(id.slot()); s.id != id || s.hold == 0 {
			t.Fatalf("%#x ended a request that is in flight", data)
		}
	}
	write(t, wr, "x")
	if c := all(t, r, 1)[0]; c.UserData != 3 || c.Res != 1 {
		t.Errorf("%+v", c)
	}
	idle(t, r)
}

// A multishot request keeps its slot until its last completion, however often
// the queue's place is used by others meanwhile.
func TestMultishotAndReuse(t *testing.T) {
	watch(t)
	r := newRing(t, 2, &Options{CQEntries: 8})
	needForm(t, "multishot poll", "5.13", r, func(s *SQE) { s.PollMultishot(-1, unix.POLLIN) }, syscall.EINVAL)
	rd, wr := pipe(t)
	const polls, nops = 1, 2
	for range 10 {
		id := start(t, r, func(s *SQE) { s.PollMultishot(rd, unix.POLLIN); s.SetUserData(polls) })
		events := 0
		for i := range 30 {
			if i%10 == 0 {
				write(t, wr, "e")
				c := all(t, r, 1)[0]
				if c.UserData != polls || !c.More() || c.Op != uapi.IORING_OP_POLL_ADD {
					t.Fatalf("%+v", c)
				}
				events++
				_, _ = syscall.Read(rd, make([]byte, 1))
			}
			if c := one(t, r, func(s *SQE) { s.Nop(); s.SetUserData(nops) }); c.UserData != nops || c.Op != uapi.IORING_OP_NOP {
				t.Fatalf("%+v", c)
			}
		}
		s, _ := r.Get()
		s.Cancel(id)
		s.SetUserData(nops)
		for _, c := range all(t, r, 2) {
			if c.UserData == polls && (c.More() || c.Res != -int32(syscall.ECANCELED)) || c.UserData == nops && c.Res != 0 {
				t.Errorf("%+v", c)
			}
		}
		idle(t, r)
	}
}

// Nothing unexported of other packages is linked to: it would not build one
// day.
func TestNoLinkname(t *testing.T) {
	for _, pattern := range []string{"*.go", "../generated/uapi/*.go", "../bpf/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "//go:"+"linkname") {
				t.Error(name, "uses linkname")
			}
		}
	}
}
