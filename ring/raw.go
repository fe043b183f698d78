//go:build linux

package ring

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Raw is a ring without the safety of Ring: it hands out the kernel's own
// records, and the caller sees to it that memory stays where it is and alive
// for as long as the kernel uses it, and that user data tells completions
// apart. What a Prep method is given is moved to the heap, but not kept.
//
// A Raw is for one goroutine at a time. Registrations are made with the
// functions of package uapi, on FD.
type Raw struct {
	// Submission queue. Entries are handed out at tail; the kernel knows of
	// those before published and has taken those before head.
	sqes      unsafe.Pointer
	sqStride  uintptr
	sqMask    uint32
	sqSize    uint32
	tail      uint32
	head      uint32 // as last seen: never ahead of the kernel's
	limit     uint32 // of tail: a queue's size beyond head
	published uint32
	ktail     *atomic.Uint32
	khead     *atomic.Uint32
	kflags    *atomic.Uint32

	// Completion queue.
	cqes     unsafe.Pointer
	cqStride uintptr
	cqMask   uint32
	chead    uint32 // next to read
	cgiven   uint32 // what the kernel knows of it
	ctail    uint32 // as last seen: never ahead of the kernel's
	cktail   *atomic.Uint32
	ckhead   *atomic.Uint32

	enterFD int // the descriptor, or a registered index as package uapi has it
	fd      int // likewise; -1 once closed
	sqpoll  bool
	rewind  bool // IORING_SETUP_SQ_REWIND
	detour  bool // sqpoll or rewind: not submitted in the usual way
	mixed   bool // completions of two sizes
	enabled bool // Enable was called
	tell    bool // tell the Go scheduler of submissions
	tid     int  // thread that New locked; 0 if none
	info    Info
	params  uapi.IoUringParams
	memory  mapping
}

// NewRaw makes a ring for at least entries submissions, which the kernel
// rounds up to a power of two. nil options are the default. Errors are those
// of New.
func NewRaw(entries uint32, o *Options) (*Raw, error) {
	q := new(Raw)
	if err := q.open(entries, o); err != nil {
		return nil, err
	}
	return q, nil
}

func (q *Raw) open(entries uint32, o *Options) error {
	if o == nil {
		o = new(Options)
	}
	runtime.LockOSThread() // before setup: the kernel binds the ring to the thread that makes it
	fd, p, err := setup(entries, o)
	if err == nil {
		q.memory, err = mapRing(fd, &p, o.Memory)
		if err != nil {
			_ = closeRing(fd)
		}
	}
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	q.fd, q.enterFD, q.params = fd, fd, p
	q.tell = o.SubmitWithScheduler
	q.sqpoll = p.Flags&uapi.IORING_SETUP_SQPOLL != 0
	q.rewind = p.Flags&uapi.IORING_SETUP_SQ_REWIND != 0
	q.detour = q.sqpoll || q.rewind
	q.mixed = p.Flags&uapi.IORING_SETUP_CQE_MIXED != 0
	q.info = Info{Flags: p.Flags, Features: p.Features, SQEntries: p.SqEntries, CQEntries: p.CqEntries}
	q.point()
	if q.bound() {
		q.bind()
	} else {
		runtime.UnlockOSThread()
	}
	return nil
}

// point finds the queues in the memory that is mapped.
func (q *Raw) point() {
	p, m := &q.params, &q.memory
	sqe, cqe := strides(p.Flags)
	q.sqes, q.sqStride = unsafe.Pointer(&m.sqes[0]), uintptr(sqe)
	q.sqMask, q.sqSize = p.SqEntries-1, p.SqEntries
	q.ktail, q.khead, q.kflags = m.word(p.SqOff.Tail), m.word(p.SqOff.Head), m.word(p.SqOff.Flags)
	q.cqes, q.cqStride = unsafe.Pointer(&m.rings[p.CqOff.Cqes]), uintptr(cqe)
	q.cqMask = p.CqEntries - 1
	q.cktail, q.ckhead = m.word(p.CqOff.Tail), m.word(p.CqOff.Head)
	q.seeHead()
	if p.Flags&uapi.IORING_SETUP_NO_SQARRAY == 0 {
		// Entries are always used in order, so the array never changes.
		for i := range p.SqEntries {
			m.word(p.SqOff.Array + 4*i).Store(i)
		}
	}
}

// FD is the ring's descriptor, -1 once it is closed. A ring without one, made
// with IORING_SETUP_REGISTERED_FD_ONLY, has a number below -1, which the
// functions of package uapi take in its place, on the ring's thread.
func (q *Raw) FD() int { return q.fd }

// Info tells what the kernel made of the ring.
func (q *Raw) Info() Info { return q.info }

// Close gives the ring back. It does not wait for requests: the caller has
// reaped all of them, or keeps their memory for good. Closing again does
// nothing. A ring that is bound to a thread must be closed on it.
func (q *Raw) Close() error {
	if q.fd == -1 {
		return nil
	}
	if err := q.onThread("close"); err != nil {
		return err
	}
	if q.enterFD != q.fd {
		_ = uapi.UnregisterRingFd(q.fd, registeredIndex(q.enterFD))
	}
	err := closeRing(q.fd)
	q.bury()
	if q.tid != 0 {
		q.tid = 0
		runtime.UnlockOSThread()
	}
	if err != nil {
		return &OpError{"close", err, ""}
	}
	return nil
}

// onThread fails where the kernel would refuse the calling thread.
func (q *Raw) onThread(op string) error {
	if q.tid != 0 && syscall.Gettid() != q.tid {
		return &OpError{op, syscall.EEXIST, remedyThread}
	}
	return nil
}

// bury points the queues at memory of their own, full and empty for ever, so
// that late uses of a closed ring find nothing instead of unmapped memory. Head
// and tail are one word, so that Advance leaves it so.
func (q *Raw) bury() {
	q.memory.unmap()
	q.fd, q.enterFD = -1, -1
	grave := new([3]atomic.Uint32)
	q.ktail, q.khead, q.kflags, q.cktail, q.ckhead = &grave[0], &grave[0], &grave[1], &grave[2], &grave[2]
	q.sqes, q.cqes = unsafe.Pointer(new([2]uapi.IoUringSqe)), unsafe.Pointer(new([4]uapi.IoUringCqe))
	q.sqMask, q.sqSize, q.cqMask = 0, 0, 0
	q.tail, q.head, q.limit, q.published, q.chead, q.cgiven, q.ctail = 0, 0, 0, 0, 0, 0, 0
}
