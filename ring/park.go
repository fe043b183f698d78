//go:build linux

package ring

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/uringgen/uringgen/generated/uapi"
)

// parker lets the ring's goroutine sleep in the poller of the Go runtime.
//
// The poller watches the ring's own descriptor, or, for IORING_SETUP_DEFER_TASKRUN,
// an eventfd: there the kernel wakes no poller of the ring, since it posts
// completions only when the ring's thread enters it.
//
// No wake-up can be lost:
//
//   - The poller is edge-triggered. An edge since it was last armed ends the
//     next wait, so what look sees counts from the arming on, which the runtime
//     does before it calls look.
//   - look takes the eventfd's count first and looks at the queues after that:
//     whatever comes later counts anew.
//   - The eventfd is silent unless the goroutine is about to park, so that
//     requests that complete at once cost nothing. look first lets it speak and
//     then looks at the queues; the kernel first adds deferred work and then
//     sees whether it may speak. Both have a full barrier between the two, so
//     one of them sees the other.
//   - The kernel speaks only when its list of deferred work was empty, so one
//     unconditional entry follows the registration, and ready leaves none.
type parker struct {
	ring *Ring
	file *os.File
	conn syscall.RawConn
	told chan struct{} // interruptAndTell has run
	look func(fd uintptr) bool

	slept bool // look was called before in this park
}

func newParker(r *Ring) (*parker, error) {
	p := &parker{ring: r, told: make(chan struct{}, 1)}
	fd, err := p.descriptor()
	if err != nil {
		return nil, err
	}
	p.file = os.NewFile(uintptr(fd), "io_uring")
	p.look = p.lookAtRing
	if p.hasEventfd() {
		p.look = p.lookAtEventfd
	}
	if err := p.start(fd); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *parker) hasEventfd() bool {
	return p.ring.raw.info.Flags&uapi.IORING_SETUP_DEFER_TASKRUN != 0
}

// descriptor is a new one for the poller to watch, in non-blocking mode.
func (p *parker) descriptor() (int, error) {
	if p.hasEventfd() {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		if err != nil {
			return -1, &OpError{"eventfd", err, ""}
		}
		return fd, nil
	}
	fd, err := unix.FcntlInt(uintptr(p.ring.raw.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, &OpError{"copy of the ring's descriptor", err, ""}
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return -1, &OpError{"copy of the ring's descriptor", err, ""}
	}
	return fd, nil
}

// start has the descriptor watched, and signaled.
func (p *parker) start(fd int) (err error) {
	if p.conn, err = p.file.SyscallConn(); err != nil {
		return err
	}
	if p.file.SetReadDeadline(time.Time{}) != nil {
		return &OpError{"wait", watchError(fd), "Go's poller does not watch the descriptor; see /proc/sys/fs/epoll/max_user_watches"}
	}
	if !p.hasEventfd() {
		return nil
	}
	q := &p.ring.raw
	p.speak(false)
	if err := p.ring.takeEventfd(eventfdWaits, fd, false); err != nil {
		return err
	}
	q.giveBack()
	_, err = uapi.EnterRaw(q.enterFD, 0, uapi.IORING_ENTER_GETEVENTS)
	if err != nil && !errors.Is(err, syscall.EINTR) && !errors.Is(err, syscall.EBADFD) { // EBADFD: disabled, so nothing can be pending
		return q.enterError(err)
	}
	return nil
}

// watchError is why a descriptor cannot be watched, which package os keeps to
// itself.
func watchError(fd int) error {
	e, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(e)
	if err := unix.EpollCtl(e, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN}); err != nil {
		return err
	}
	return syscall.ENOSPC
}

// park waits until the ring is ready, or until interrupt: os.ErrDeadlineExceeded.
// An interruption stays until rearm.
func (p *parker) park() error {
	p.slept = false
	err := p.conn.Read(p.look)
	if p.hasEventfd() {
		p.speak(false)
	}
	return err
}

func (p *parker) lookAtRing(uintptr) bool { return p.ring.ready() }

func (p *parker) lookAtEventfd(fd uintptr) bool {
	if p.slept {
		var count [8]byte
		_, _ = unix.Read(int(fd), count[:])
	} else {
		p.speak(true)
	}
	p.slept = true
	return p.ring.ready()
}

// speak says whether the kernel is to signal the eventfd. Where the word lies
// may have changed since the last call.
func (p *parker) speak(on bool) {
	flags := uapi.IORING_CQ_EVENTFD_DISABLED
	if on {
		flags = 0
	}
	q := &p.ring.raw
	q.memory.word(q.params.CqOff.Flags).Store(uint32(flags))
}

// longAgo, as a deadline, ends a read at once.
var longAgo = time.Unix(1, 0)

// interrupt ends park, now or when it is next called. Any goroutine may call it.
func (p *parker) interrupt() { _ = p.file.SetReadDeadline(longAgo) }

func (p *parker) interruptAndTell() {
	p.interrupt()
	p.told <- struct{}{}
}

// rearm takes an interruption back.
func (p *parker) rearm() { _ = p.file.SetReadDeadline(time.Time{}) }

// close gives the descriptor back. The ring's own is still open.
func (p *parker) close() {
	if p != nil {
		_ = p.file.Close()
	}
}
