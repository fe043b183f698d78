//go:build linux

package ring

import (
	"errors"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// closeSoon makes Close give up sooner.
func closeSoon(t testing.TB) {
	was := closeLimit
	closeLimit = 300 * time.Millisecond
	t.Cleanup(func() { closeLimit = was })
}

// kinds are rings that are closed in different ways.
var kinds = map[string]*Options{
	"default":       nil,
	"plain":         {Exact: true},
	"any thread":    {AnyThread: true},
	"SQPOLL":        {Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: time.Millisecond},
	"SQPOLL, awake": {Flags: uapi.IORING_SETUP_SQPOLL, SQThreadIdle: 20 * time.Second},
}

// Close drops what was not submitted, cancels what was, and holds nothing, at
// whatever stage each request is.
func TestCloseAtEachStage(t *testing.T) {
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			watch(t)
			r := newRing(t, 4, o)
			rd, _ := pipe(t)
			buf := make([]byte, 8)
			for range 6 { // more than the queue holds: slots are reused, and spare ones used
				s, err := r.Get()
				if err != nil {
					t.Fatal(err)
				}
				s.Read(rd, buf, -1)
				s.SetFlags(uapi.IOSQE_CQE_SKIP_SUCCESS)
			}
			if _, err := r.Submit(); err != nil {
				t.Fatal(err)
			}
			s, err := r.Get()
			if err != nil {
				t.Fatal(err)
			}
			s.Read(rd, buf, -1) // prepared
			if s, err = r.Get(); err != nil {
				t.Fatal(err)
			}
			quickClose(t, r)
			s.Nop() // now and later: nothing happens
			s.SetUserData(1)
			s.SetFlags(uapi.IOSQE_IO_LINK)
		})
	}
}

// A chain of links that ends with the batch is a worker's, not the poller's: of
// a polling thread's workers only the thread itself can cancel something.
func TestCloseOpenChain(t *testing.T) {
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			watch(t)
			closeSoon(t)
			r := newRing(t, 4, o)
			rd, _ := pipe(t)
			start(t, r, func(s *SQE) { s.Read(rd, make([]byte, 1), -1); s.SetFlags(uapi.IOSQE_IO_LINK) })
			quickClose(t, r)
		})
	}
}

// An entry that was handed out, but not used, may show a request of before
// that is still in flight: Close must not take one for the other.
func TestCloseWithStaleEntry(t *testing.T) {
	watch(t)
	closeSoon(t)
	r := newRing(t, 2, &Options{CQEntries: 4})
	rd, wr := pipe(t)
	buf := make([]byte, 1)
	id := start(t, r, func(s *SQE) { s.Read(rd, buf, -1) })
	one(t, r, func(s *SQE) { s.Nop() })
	if r.Next() == nil { // at the read's place in the queue, with another slot
		t.Fatal("full")
	}
	r.dropQueued()
	if s := r.slots.find(id.slot()); s.id != id || s.hold == 0 {
		t.Fatal("the slot of a read in flight was freed")
	}
	write(t, wr, "x")
	if c := all(t, r, 1)[0]; c.Res != 1 || buf[0] != 'x' {
		t.Errorf("%+v", c)
	}
	idle(t, r)
}

// A ring that was never enabled closes at once.
func TestCloseDisabled(t *testing.T) {
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			watch(t)
			disabled := Options{}
			if o != nil {
				disabled = *o
			}
			disabled.Flags |= uapi.IORING_SETUP_R_DISABLED
			r := newRing(t, 4, &disabled)
			r.Next().Read(0, make([]byte, 1), 0)
			if _, err := r.Submit(); err != nil {
				wantErr(t, "Submit", err, syscall.EBADFD)
			}
			r.Next().Nop()
			quickClose(t, r)
		})
	}
}

func TestClosed(t *testing.T) {
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			watch(t)
			r := newRing(t, 4, o)
			s := r.Next()
			quickClose(t, r)
			quickClose(t, r)
			s.Read(0, make([]byte, 1), 0)
			if r.Next() != nil || r.FD() != -1 {
				t.Error("a closed ring hands out entries")
			}
			_, err := r.Get()
			wantErr(t, "Get", err, ErrClosed)
			_, err = r.Submit()
			wantErr(t, "Submit", err, ErrClosed)
			_, err = r.SubmitAndWait(1)
			wantErr(t, "SubmitAndWait", err, ErrClosed)
			_, err = r.SubmitAndWaitLimits(1, Limits{Timeout: time.Hour})
			wantErr(t, "SubmitAndWaitLimits", err, ErrClosed)
			wantErr(t, "Enable", r.Enable(), ErrClosed)
			for c := range r.Completions() {
				t.Errorf("completion %+v", c)
			}
			_, err = New(4, &Options{ShareWorkers: r})
			wantArgument(t, "New with ShareWorkers", err)
			if len(r.slots.chunks) != 0 {
				t.Error("a closed ring grows")
			}
		})
	}
}

func TestRawClosed(t *testing.T) {
	watch(t)
	q, err := NewRaw(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		q.Next().PrepNop()
	}
	if _, err := q.SubmitAndWait(3); err != nil {
		t.Fatal(err)
	}
	if len(q.CQEs()) == 0 {
		t.Fatal("no completions")
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if q.Advance(3); q.Ready() != 0 || len(q.CQEs()) != 0 || q.Next() != nil {
			t.Error("a closed ring has something")
		}
		_, err = q.Submit()
		wantErr(t, "Submit", err, ErrClosed)
		_, err = q.SubmitAndWait(1)
		wantErr(t, "SubmitAndWait", err, ErrClosed)
		wantErr(t, "Enable", q.Enable(), ErrClosed)
		if err := q.Flush(); err != nil {
			wantErr(t, "Flush", err, ErrClosed)
		}
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

// Close within the loop over completions ends it.
func TestCloseInLoop(t *testing.T) {
	watch(t)
	r := newRing(t, 4, nil)
	for range 4 {
		r.Next().Nop()
	}
	if _, err := r.SubmitAndWait(4); err != nil {
		t.Fatal(err)
	}
	n := 0
	for range r.Completions() {
		n++
		quickClose(t, r)
	}
	if n != 1 {
		t.Errorf("%d completions", n)
	}
}

// A panic in the loop over completions loses none of those that follow.
func TestPanicInLoop(t *testing.T) {
	watch(t)
	r := newRing(t, 8, nil)
	for i := range uint64(8) {
		s := r.Next()
		s.Nop()
		s.SetUserData(i)
	}
	if _, err := r.SubmitAndWait(8); err != nil {
		t.Fatal(err)
	}
	want := uint64(0)
	for range 8 {
		func() {
			defer func() { _ = recover() }()
			for c := range r.Completions() {
				if c.UserData != want {
					t.Errorf("%d, want %d", c.UserData, want)
				}
				want++
				panic("in the loop")
			}
		}()
	}
	if want != 8 {
		t.Errorf("%d completions", want)
	}
	idle(t, r)
}

// Loops within loops give out each completion once.
func TestLoopInLoop(t *testing.T) {
	watch(t)
	r := newRing(t, 8, nil)
	seen := map[uint64]int{}
	for round := range uint64(50) {
		for i := range uint64(8) {
			s := r.Next()
			s.Nop()
			s.SetUserData(round*8 + i)
		}
		if _, err := r.SubmitAndWait(8); err != nil {
			t.Fatal(err)
		}
		for a := range r.Completions() {
			seen[a.UserData]++
			for b := range r.Completions() {
				if seen[b.UserData]++; b.UserData%3 == 0 {
					break
				}
			}
		}
	}
	for data, n := range seen {
		if n != 1 {
			t.Errorf("%d was given out %d times", data, n)
		}
	}
	if len(seen) != 400 {
		t.Errorf("%d completions", len(seen))
	}
	idle(t, r)
}

// What cannot be canceled is reported, and its memory kept.
func TestCloseBusy(t *testing.T) {
	watch(t)
	closeSoon(t)
	r, err := New(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	// A request that the kernel knows under another name, as the ring sees it.
	rd, wr := pipe(t)
	freed := make(chan bool, 1)
	buf := new([8]byte)
	runtime.AddCleanup(buf, func(c chan bool) { c <- true }, freed)
	start(t, r, func(s *SQE) {
		s.Read(rd, buf[:], -1)
		s.entry.UserData = 1
	})
	buf = nil
	slots := r.slots
	var busy *BusyError
	if err := r.Close(); !errors.As(err, &busy) || busy.Requests != 1 {
		t.Fatalf("Close: %v", err)
	}
	for range 3 {
		runtime.GC()
	}
	select {
	case <-freed:
		t.Error("the memory was freed")
	default:
	}
	alive.Lock()
	defer alive.Unlock()
	if n := len(alive.orphans); n != 1 || alive.orphans[0].first != slots.first {
		t.Errorf("%d orphans", n)
	}
	alive.orphans = nil
	write(t, wr, "x")
}

// The goroutine that made the ring closes it, no other.
func TestCloseElsewhere(t *testing.T) {
	watch(t)
	r := newRing(t, 4, nil)
	if r.Info().Flags&uapi.IORING_SETUP_SINGLE_ISSUER == 0 {
		t.Skip("the kernel has no rings for one thread")
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		own := newRing(t, 4, nil) // has the registered index that r has on its thread
		defer own.Close()
		wantErr(t, "Close", r.Close(), syscall.EEXIST)
		r.Next().Nop()
		_, err := r.Submit()
		wantErr(t, "Submit", err, syscall.EEXIST)
	}()
	<-done
	if c := next(t, r); c.Res != 0 {
		t.Errorf("%+v", c)
	}
}

// A ring that the program has lost still has its requests' memory.
func TestLostRing(t *testing.T) {
	watch(t)
	rd, wr := pipe(t)
	freed := make(chan bool, 1)
	r, err := New(4, &Options{AnyThread: true})
	if err != nil {
		t.Fatal(err)
	}
	name := r.FD()
	buf := new([8]byte)
	runtime.AddCleanup(buf, func(c chan bool) { c <- true }, freed)
	start(t, r, func(s *SQE) { s.Read(rd, buf[:], -1) })
	r, buf = nil, nil
	for range 3 {
		runtime.GC()
	}
	select {
	case <-freed:
		t.Error("the memory was freed while the kernel may write to it")
	default:
	}
	write(t, wr, "x")
	for found := range alive.rings { // clean up
		if found.FD() == name {
			if err := found.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// IDs cannot name more slots than there are.
func TestTooManySlots(t *testing.T) {
	r := newRing(t, 2, &Options{CQEntries: 2})
	rd, _ := pipe(t)
	chunks := r.slots.chunks
	r.slots.chunks = make([][]SQE, maxSlots/chunkSize)
	for range 2 {
		s := r.Next()
		s.Read(rd, make([]byte, 1), -1)
	}
	_, err := r.Get()
	wantErr(t, "Get", err, syscall.EAGAIN)
	r.slots.chunks = chunks
	if _, err := r.Get(); err != nil {
		t.Error(err)
	}
}

// What is sent without a copy is the kernel's until the other end has it: no
// cancel ends it, and Close says so.
func TestCloseZeroCopy(t *testing.T) {
	watch(t)
	closeSoon(t)
	r := newRing(t, 4, nil)
	needOps(t, r, uapi.IORING_OP_SEND_ZC)
	a, _ := tcpPair(t)
	buf := make([]byte, 1<<16)
	for full := false; !full; { // until neither socket takes more
		start(t, r, func(s *SQE) { s.SendZC(a, buf, syscall.MSG_DONTWAIT) })
		for c := range r.Completions() {
			full = full || errors.Is(c.Err(), syscall.EAGAIN)
		}
	}
	var busy *BusyError
	if err := r.Close(); !errors.As(err, &busy) {
		t.Errorf("Close: %v, want a BusyError", err)
	}
	alive.Lock()
	if len(alive.orphans) != 1 {
		t.Errorf("%d orphans", len(alive.orphans))
	}
	alive.orphans = nil
	alive.Unlock()
}
