//go:build linux

package ring

import (
	"errors"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
)

// sleeper is a parker that sleeps in io_uring_enter(2), on the thread that the
// ring is bound to. It is for rings whose completions are posted only when that
// thread enters the kernel: no poller of the ring is woken there, and a
// registered eventfd is no way out. Its signals come after a grace period of
// RCU, that is milliseconds, on some kernels (7.3.4), or not at all after the
// first one (6.12.117).
//
// An eventfd of the sleeper's own, which a request of its own polls, ends the
// sleep from outside. No interruption can be lost: the eventfd is readable until
// rearm, the request is in flight whenever the thread sleeps, and it completes
// at once if it is submitted later than the eventfd was written.
type sleeper struct {
	ring  *Ring
	armed bool // the request is queued or in flight, and among the ring's hidden ones
	fired bool // it has completed since rearm
	deaf  bool // a restriction or a filter denies the request, or a drain may hold it up

	mu sync.Mutex // of fd against close
	fd int        // the eventfd; -1 once closed
}

// deafSleep is after how much time a sleeper without its request looks for
// interruptions.
const deafSleep = 10 * time.Millisecond

// wakeID is the user data of the sleeper's request. It names no slot: there is
// no memory to keep.
const wakeID = idMark | 0xfffffe<<8 | stateVoid

func newSleeper(r *Ring) (parker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, &OpError{"eventfd", err, ""}
	}
	return &sleeper{ring: r, fd: fd}, nil
}

func (p *sleeper) park(interruptible bool) error {
	for {
		enabled, err := p.prepare(interruptible)
		switch {
		case err != nil:
			return err
		case p.ring.ready():
			return nil
		case interruptible && (p.fired || p.deaf && p.called(0)):
			return errInterrupted
		case enabled && interruptible && !p.armed && !p.deaf:
			continue // the request was canceled, together with others
		case enabled && interruptible && p.deaf:
			soon := time.Now().Add(deafSleep)
			err = p.ring.raw.enterUntil(1, &soon, 0)
		case enabled:
			_, err = uapi.Enter(p.ring.raw.enterFD, 0, 1, uapi.IORING_ENTER_GETEVENTS, nil)
		case interruptible: // nothing else can come
			if p.called(-1) {
				return errInterrupted
			}
		default:
			err = syscall.EBADFD
		}
		if err != nil && !errors.Is(err, syscall.EINTR) && !errors.Is(err, syscall.ETIME) {
			return p.ring.raw.enterError(err)
		}
	}
}

// called waits at most so many milliseconds, -1 for ever, for an interruption.
func (p *sleeper) called(limit int) bool {
	n, _ := unix.Poll([]unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}, limit)
	return n == 1
}

// prepare submits what is queued, and behind that the sleeper's own request if
// it is not in flight: it must not become part of a chain of links. It tells
// whether the ring is enabled.
func (p *sleeper) prepare(interruptible bool) (enabled bool, err error) {
	q := &p.ring.raw
	if q.tail != q.head {
		_, err = p.ring.Submit()
	}
	p.deaf = p.deaf || p.ring.drains
	if err == nil && interruptible && !p.armed && !p.fired && !p.deaf {
		if err = p.arm(); err == nil {
			_, err = p.ring.Submit()
		}
	}
	if errors.Is(err, syscall.EBADFD) {
		return false, nil
	}
	return true, err
}

// arm queues the request. All others are submitted, but a polling thread takes
// them when it comes to it.
func (p *sleeper) arm() error {
	e := p.ring.raw.Next()
	for e == nil {
		if err := p.ring.raw.waitForRoom(); err != nil {
			return err
		}
		e = p.ring.raw.Next()
	}
	e.PrepPollAdd(int32(p.fd), unix.POLLIN)
	e.UserData = uint64(wakeID)
	p.ring.prepared++
	p.ring.hidden++ // it may complete without being waited for
	p.armed = true
	return nil
}

// fire takes the request's completion.
func (p *sleeper) fire(res int32) {
	if p.armed {
		p.armed = false
		p.ring.hidden--
	}
	switch {
	case res >= 0:
		p.fired = true
	case res != -int32(syscall.ECANCELED): // together with others: then it is made again
		p.deaf = true
	}
}

func (p *sleeper) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fd >= 0 {
		_, _ = unix.Write(p.fd, []byte{1, 1, 1, 1, 1, 1, 1, 0}) // not 0 in either byte order
	}
}

func (p *sleeper) rearm() {
	var count [8]byte
	_, _ = unix.Read(p.fd, count[:])
	p.fired = false
}

func (p *sleeper) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = unix.Close(p.fd)
	p.fd = -1
}
