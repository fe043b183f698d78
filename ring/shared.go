//go:build linux

package ring

import (
	"context"
	"errors"
	"sync"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Shared is a ring that many goroutines use, each for one request at a time.
// It belongs to a goroutine of its own, which submits the requests of all
// together and hands out the results. It must be closed.
type Shared struct {
	owner   owner
	staging Ring // what rings of staged requests start as
	pool    sync.Pool
	info    Info
	ended   chan struct{} // closed behind the owner's end
	err     error         // of Close; from ended on

	mu     sync.Mutex
	inbox  inbox
	parked bool // the owner sleeps, and must be woken
	closed bool // nothing goes into inbox.requests
}

// inbox is what the owner is to do.
type inbox struct {
	requests []*waiter
	canceled []*waiter
	calls    []*call
}

func (b *inbox) empty() bool {
	return len(b.requests)+len(b.canceled)+len(b.calls) == 0
}

// Result is what a request came to.
type Result struct {
	Res   int32         // the result of the operation; a negative errno if it failed
	Flags uapi.CQEFlags // IORING_CQE_F_*
}

// NewShared makes a ring as New does, and starts the goroutine that owns it.
// Requests beyond entries are no error, they take a further system call. Use
// With for what is to be registered.
//
// A ring that is bound to a thread has a thread of its own, which ends with
// Close; a lone request waits for the system to switch to that thread and back.
// With AnyThread it does not, and takes a fraction of the time, but see there
// what becomes of the requests of a thread that ends.
//
// Errors: those of New, and those of Wait.
func NewShared(entries uint32, o *Options) (*Shared, error) {
	s := &Shared{ended: make(chan struct{})}
	s.pool.New = func() any { return newWaiter(&s.staging) }
	started := make(chan error)
	go s.owner.run(s, entries, o, started)
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

// Info tells what the kernel made of the ring.
func (s *Shared) Info() Info { return s.info }

// Do carries out one request: prep prepares it as it would one from Next, and
// must not keep it. Do returns once the kernel is done with its memory.
//
// When ctx ends Do cancels the request, waits until the kernel lets go of it,
// and returns ctx.Err. A request that succeeds nevertheless is a success. One
// that cannot be canceled, such as a read from a disk, is waited for.
//
// A negative result is an OpError besides the Result. A zero-copy send returns
// the result of sending, after the kernel has let go of the memory. prep runs
// on the calling goroutine, and whatever it does, panic included, concerns no
// other. Do does not allocate.
//
// Errors: what SQE.Err has; ArgumentError for a request that is not one of its
// own: linked, drained, with more than one completion, or not prepared;
// ErrClosed. User data, IDs and IOSQE_CQE_SKIP_SUCCESS have no meaning here.
func (s *Shared) Do(ctx context.Context, prep func(*SQE)) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	w := s.pool.Get().(*waiter)
	if err := w.stage(prep); err != nil {
		w.drop()
		s.pool.Put(w)
		return Result{}, err
	}
	if err := s.send(w); err != nil {
		w.drop()
		s.pool.Put(w)
		return Result{}, err
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		s.cancel(w)
		<-w.done
		// Word of the cancellation may still be on its way, so w is not used again.
		return w.outcome(ctx.Err())
	}
	res, err := w.outcome(nil)
	if w.err == nil {
		s.pool.Put(w)
	}
	return res, err
}

// With calls f with the ring, on the goroutine that owns it, and returns what f
// returns: to register files, buffers, restrictions or filters, or to enable
// the ring. f must not take entries or completions, nor use the Shared; all
// requests stand still until it returns. A panic of f is With's. Should f close
// the ring, as a Resize may that fails, the Shared ends, and Close says so.
func (s *Shared) With(f func(*Ring) error) error {
	c := &call{f: f, done: make(chan struct{})}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return s.closedError()
	}
	s.inbox.calls = append(s.inbox.calls, c)
	s.unlockAndWake()
	<-c.done
	return c.outcome()
}

// Close cancels all requests and ends the goroutine that owns the ring, and
// its thread. Do returns ErrClosed from then on, and for requests that did not
// succeed. Closing again waits for the end, too, and returns the same.
//
// BusyError: see Ring.Close. Do returns it with ErrClosed for such a request,
// whose memory must not be used again.
func (s *Shared) Close() error {
	s.mu.Lock()
	s.closed = true
	s.unlockAndWake()
	<-s.ended
	return s.err
}

func (s *Shared) send(w *waiter) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return s.closedError()
	}
	s.inbox.requests = append(s.inbox.requests, w)
	s.unlockAndWake()
	return nil
}

func (s *Shared) cancel(w *waiter) {
	s.mu.Lock()
	s.inbox.canceled = append(s.inbox.canceled, w)
	s.unlockAndWake()
}

// unlockAndWake wakes the owner if it sleeps. One that is about to, and whose
// parked is set, finds the interruption when it does.
func (s *Shared) unlockAndWake() {
	wake := s.parked
	s.parked = false
	s.mu.Unlock()
	if wake {
		s.owner.parker.interrupt()
	}
}

// closedError is ErrClosed, with the reason if there was one besides Close.
func (s *Shared) closedError() error {
	select {
	case <-s.ended:
		if s.owner.broken != nil {
			return errors.Join(ErrClosed, s.owner.broken)
		}
	default:
	}
	return ErrClosed
}
