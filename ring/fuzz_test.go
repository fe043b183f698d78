//go:build linux

package ring

import (
	"context"
	"errors"
	"maps"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// FuzzCalls makes any sequence of calls, wrong ones too, and holds the ring to
// this: each request that was prepared completes, once, under its own user
// data; what it held is let go of; no slot is lost.
func FuzzCalls(f *testing.F) {
	every := make([]byte, 1+3*len(calls))
	for i := range every {
		every[i] = byte(i)
	}
	for kind := range len(kinds) {
		every[0] = byte(kind)
		f.Add(slices.Clone(every))
	}
	f.Add([]byte{0, 1, 1, 1, 7, 1, 0, 7, 8, 9, 2, 15})
	f.Add([]byte{1, 0, 5, 0, 5, 0, 5, 7, 9, 0, 3, 3, 7, 6, 7, 7, 8})
	f.Add([]byte{2, 12, 7, 13, 9, 13, 9, 16, 9, 10, 7, 9, 0, 7, 9})
	f.Add([]byte{40, 49, 42, 104, 0, 7, 8, 9, 2, 15}) // a chain that ends with its batch
	f.Add([]byte{0, 23, 5, 90, 20, 20, 1, 20, 9})     // what cancels all, hidden
	f.Add([]byte{3, 1, 66, 67, 68, 7})                // a wait behind a drain
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 || len(program) > 500 {
			return
		}
		watch(t)
		m := newModel(t, int(program[0]))
		for i, b := range program[1:] {
			calls[int(b)%len(calls)](m, int(b)/len(calls)+i)
		}
		m.finish()
	})
}

// model is what is known about the requests of a ring.
type model struct {
	t        *testing.T
	o        *Options
	r        *Ring
	other    *Raw // sends what no request of r has caused
	rd, wr   int
	last     uint64              // user data
	pending  map[uint64]*promise // without a last completion so far
	open     []*promise          // not submitted
	misused  bool
	messages map[uint64]int // completions that others have sent
}

// promise is a request that has to complete.
type promise struct {
	s      *SQE
	id     ID
	hidden bool
}

func newModel(t *testing.T, n int) *model {
	m := &model{t: t}
	names := slices.Sorted(maps.Keys(kinds))
	if o := kinds[names[n%len(names)]]; o != nil {
		c := *o
		m.o = &c
	} else {
		m.o = new(Options)
	}
	m.o.CQEntries = 8
	var err error
	if m.other, err = NewRaw(2, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.other.Close() })
	m.rd, m.wr = pipe(t)
	m.begin()
	return m
}

func (m *model) begin() {
	r, err := New(4, m.o)
	if err != nil {
		m.t.Fatal(err)
	}
	m.r, m.pending, m.open, m.messages, m.misused = r, map[uint64]*promise{}, nil, map[uint64]int{}, false
}

// calls are what a byte of the program stands for. n varies it.
var calls = []func(m *model, n int){
	func(m *model, n int) { m.request(func(s *SQE) { s.Nop() }) },
	func(m *model, n int) { m.request(func(s *SQE) { s.Read(m.rd, make([]byte, 1+n%8), -1) }) },
	func(m *model, n int) { m.request(func(s *SQE) { s.Write(m.wr, make([]byte, 1+n%8), -1) }) },
	func(m *model, n int) { m.request(func(s *SQE) {}) },
	func(m *model, n int) {
		m.request(func(s *SQE) { s.Prepare(func(e *uapi.IoUringSqe) { e.Opcode = uapi.Op(n) }, make([]byte, 9)) })
	},
	func(m *model, n int) { m.modify(n, uapi.IOSQE_CQE_SKIP_SUCCESS) },
	(*model).misuse,
	func(m *model, n int) { m.submitted(m.r.Submit()) },
	(*model).wait,
	func(m *model, n int) { m.reap(n % 8) },
	func(m *model, n int) { m.request(func(s *SQE) { s.Cancel(m.anyID(n)) }) },
	func(m *model, n int) {
		m.request(func(s *SQE) { s.Timeout(time.Duration(n%3)*time.Millisecond, 0, 0) })
	},
	func(m *model, n int) { m.request(func(s *SQE) { s.PollMultishot(m.rd, unix.POLLIN) }) },
	func(m *model, n int) { _, _ = syscall.Write(m.wr, []byte("w")) },
	func(m *model, n int) { m.reap(1000) },
	func(m *model, n int) {
		if n%4 == 0 {
			m.close()
			m.begin()
		}
	},
	(*model).message,
	func(m *model, n int) { m.request(func(s *SQE) { s.Timeout(-1, 0, 0) }) },
	func(m *model, n int) {
		f := []uapi.SQEFlags{uapi.IOSQE_IO_LINK, uapi.IOSQE_ASYNC, uapi.IOSQE_IO_HARDLINK, uapi.IOSQE_IO_DRAIN}[n%4]
		if f == uapi.IOSQE_IO_DRAIN && m.r.raw.sqpoll {
			return // what a thread's worker has can be canceled by a request alone, which would wait behind it
		}
		m.modify(n, f)
	},
	func(m *model, n int) {
		m.request(func(s *SQE) { s.Writev(m.wr, [][]byte{make([]byte, n%3), {1}}, -1) })
	},
	(*model).park,
	func(m *model, n int) {
		some := make([]CQE, n%5)
		for _, c := range some[:m.r.Reap(some)] {
			m.completed(c)
		}
	},
	(*model).resize,
	func(m *model, n int) { m.request(func(s *SQE) { s.CancelAny(uapi.IORING_ASYNC_CANCEL_ALL) }) },
}

func (m *model) request(prepare func(*SQE)) {
	s := m.r.Next()
	if s == nil {
		m.submitted(m.r.Submit())
		if s = m.r.Next(); s == nil {
			return // the polling thread, or the kernel, has not made room
		}
	}
	m.last++
	prepare(s)
	s.SetUserData(m.last)
	p := &promise{s: s, id: s.ID()}
	m.pending[m.last] = p
	m.open = append(m.open, p)
}

// modify changes a request that was not submitted, prepared or not.
func (m *model) modify(n int, f uapi.SQEFlags) {
	if len(m.open) > 0 {
		p := m.open[n%len(m.open)]
		p.s.SetFlags(f)
		p.id = p.s.ID()
		p.hidden = p.hidden || f&uapi.IOSQE_CQE_SKIP_SUCCESS != 0
	}
}

// misuse prepares a request in an SQE that has one already.
func (m *model) misuse(n int) {
	for _, p := range m.pending {
		if p.s.id == p.id && p.id&stateMask < stateVoid {
			p.s.Read(m.rd, make([]byte, 1), -1)
			m.misused = true
			return
		}
	}
}

// submitted looks at what a submission has returned.
func (m *model) submitted(_ int, err error) {
	var argument *ArgumentError
	switch {
	case errors.As(err, &argument) != m.misused:
		m.t.Errorf("Submit: %v, misused: %v", err, m.misused)
	case m.misused:
		m.misused = false
		return // the requests are where they were
	case err != nil && !errors.Is(err, ErrTimeout) && !errors.Is(err, syscall.EBUSY):
		m.t.Errorf("Submit: %v", err)
	}
	m.open = nil
}

func (m *model) wait(n int) {
	want := uint32(n % 4)
	_, err := m.r.SubmitAndWaitLimits(want, Limits{Timeout: time.Millisecond})
	m.submitted(0, err)
	for _, p := range m.pending {
		if p.hidden {
			return // the queue may be full of them
		}
	}
	if ready := m.r.raw.Ready(); err == nil && ready < want {
		m.t.Errorf("a wait for %d ended with %d", want, ready)
	}
}

// park waits as goroutines do. It submits, unless there is something ready.
func (m *model) park(n int) {
	ctx, stop := context.WithTimeout(m.t.Context(), time.Duration(n%3)*500*time.Microsecond)
	defer stop()
	err := m.r.Wait(ctx)
	m.open = nil
	var argument *ArgumentError
	switch {
	case errors.As(err, &argument) && m.misused:
		m.misused = false
	case err == nil:
		if m.r.raw.Ready() == 0 {
			m.t.Error("a wait ended with nothing")
		}
	case !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, syscall.EBUSY):
		m.t.Errorf("Wait: %v", err)
	}
}

// resize changes the sizes of the queues where the ring and the kernel can.
func (m *model) resize(n int) {
	err := m.r.Resize(1<<(n%4), 8<<(n%3))
	var argument *ArgumentError
	if err != nil && !errors.As(err, &argument) && !errors.Is(err, ErrNotSupported) && !errors.Is(err, syscall.EOVERFLOW) {
		m.t.Errorf("Resize: %v", err)
	}
}

// reap takes up to n completions.
func (m *model) reap(n int) {
	if n == 0 {
		return
	}
	for c := range m.r.Completions() {
		m.completed(c)
		if n--; n == 0 {
			return
		}
	}
}

func (m *model) completed(c CQE) {
	if m.messages[c.UserData] > 0 {
		if m.messages[c.UserData]--; c.Op != opNone || c.Res != 5 {
			m.t.Errorf("a message came as %+v", c)
		}
		return
	}
	p := m.pending[c.UserData]
	switch {
	case p == nil:
		m.t.Errorf("%+v is nobody's, or comes twice", c)
	case p.id&stateMask < stateVoid && c.Op != p.id.Op():
		m.t.Errorf("%+v of %v", c, p.id.Op())
	case !c.More():
		if delete(m.pending, c.UserData); p.hidden && c.Res >= 0 {
			m.t.Errorf("%+v is told", c)
		}
	}
}

// anyID is the ID of a request, over or not.
func (m *model) anyID(n int) ID {
	if m.last == 0 {
		return ID(n)
	}
	if p := m.pending[uint64(n)%m.last+1]; p != nil {
		return p.id
	}
	return m.r.slots.base[n%len(m.r.slots.base)].id - idGeneration
}

// message sends the ring a completion with the user data of a request that is
// over.
func (m *model) message(n int) {
	id := m.r.slots.base[n%len(m.r.slots.base)].id - idGeneration
	m.other.Next().PrepMsgRing(int32(m.r.FD()), 5, uint64(id), 0)
	if _, err := m.other.SubmitAndWait(1); err != nil {
		m.t.Fatal(err)
	}
	if m.other.CQE(0).Res == 0 {
		m.messages[uint64(id)]++
	}
	m.other.Advance(1)
}

// finish lets everything end, and looks for what is missing.
func (m *model) finish() {
	if m.misused {
		m.submitted(m.r.Submit())
	}
	told := func() (n int) {
		for _, p := range m.pending {
			if !p.hidden {
				n++
			}
		}
		return n
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, err := m.r.SubmitAndWaitLimits(1, Limits{Timeout: time.Millisecond})
		m.submitted(0, err)
		m.reap(1 << 20)
		busy := 0
		m.r.slots.busy(func(*SQE) { busy++ })
		if busy == 0 {
			break
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("%d slots are busy, %d completions missing", busy, told())
		}
		reg := uapi.IoUringSyncCancelReg{Flags: uapi.IORING_ASYNC_CANCEL_ANY | uapi.IORING_ASYNC_CANCEL_ALL}
		_, _ = uapi.RegisterSyncCancel(m.r.FD(), &reg)
		if m.r.raw.sqpoll { // that does not reach the thread's workers
			m.request(func(s *SQE) { s.CancelAny(uapi.IORING_ASYNC_CANCEL_ALL) })
		}
	}
	if n := told(); n != 0 {
		m.t.Errorf("%d completions are missing", n)
	}
	for data, n := range m.messages {
		if n != 0 {
			m.t.Errorf("message %#x is missing %d times", data, n)
		}
	}
	idle(m.t, m.r)
	m.close()
}

func (m *model) close() {
	quickClose(m.t, m.r)
	m.r.Next()
}
