package register

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/need"
)

// ring is as much of a ring as these tests need: one request at a time.
type ring struct {
	t      *testing.T // nil in a child process
	fd     int
	params uapi.IoUringParams
	maps   [][]byte
	sq, cq []byte
	sqes   []byte
}

// newRing makes a ring on a locked thread, since much of what is registered
// belongs to the thread.
func newRing(t *testing.T, flags uapi.SetupFlags) *ring {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	r, err := openRing(flags)
	switch {
	case errors.Is(err, syscall.ENOSYS):
		need.Missing(t, "io_uring, which the running kernel (%s) does not have", kernel.Release())
	case errors.Is(err, syscall.EPERM):
		need.Missing(t, "io_uring, which is forbidden here: see /proc/sys/kernel/io_uring_disabled")
	case err != nil:
		t.Fatalf("a ring with %v: %v", flags, err)
	}
	r.t = t
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// openRing makes a ring and maps it.
func openRing(flags uapi.SetupFlags) (*ring, error) {
	r := &ring{params: uapi.IoUringParams{Flags: flags}}
	var err error
	if r.fd, err = uapi.Setup(8, &r.params); err != nil {
		return nil, err
	}
	p := &r.params
	for _, m := range []struct {
		to     *[]byte
		offset int64
		size   uint32
	}{
		{&r.sq, uapi.IORING_OFF_SQ_RING, p.SqOff.Array + 4*p.SqEntries},
		{&r.cq, uapi.IORING_OFF_CQ_RING, p.CqOff.Cqes + 16*p.CqEntries},
		{&r.sqes, uapi.IORING_OFF_SQES, 64 * p.SqEntries},
	} {
		if *m.to, err = r.mmap(m.offset, m.size); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	return r, nil
}

func (r *ring) close() error {
	var errs []error
	for _, m := range r.maps {
		errs = append(errs, syscall.Munmap(m))
	}
	return errors.Join(append(errs, syscall.Close(r.fd))...)
}

func (r *ring) mmap(offset int64, size uint32) ([]byte, error) {
	m, err := syscall.Mmap(r.fd, offset, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("mmap of the ring: %w", err)
	}
	r.maps = append(r.maps, m)
	return m, nil
}

func word(ring []byte, offset uint32) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&ring[offset]))
}

// push puts a request into the ring without submitting it.
func (r *ring) push(prep func(*uapi.IoUringSqe)) {
	tail := word(r.sq, r.params.SqOff.Tail)
	i := tail.Load() & (r.params.SqEntries - 1)
	prep((*uapi.IoUringSqe)(unsafe.Pointer(&r.sqes[64*i])))
	word(r.sq, r.params.SqOff.Array+4*i).Store(i)
	tail.Add(1)
}

// completion is a CQE.
type completion struct {
	UserData uint64
	Res      int32
}

// reap takes the completions that are there.
func (r *ring) reap() []completion {
	var out []completion
	head := word(r.cq, r.params.CqOff.Head)
	for head.Load() != word(r.cq, r.params.CqOff.Tail).Load() {
		i := head.Load() & (r.params.CqEntries - 1)
		c := (*uapi.IoUringCqe)(unsafe.Pointer(&r.cq[r.params.CqOff.Cqes+16*i]))
		out = append(out, completion{c.UserData, c.Res})
		head.Add(1)
	}
	return out
}

// do submits one request and returns its result.
func (r *ring) do(prep func(*uapi.IoUringSqe)) int32 {
	r.t.Helper()
	return r.doOn(r.fd, prep)
}

func (r *ring) doOn(fd int, prep func(*uapi.IoUringSqe)) int32 {
	r.t.Helper()
	n, err := r.try(fd, prep)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// try submits one request through a descriptor or index of the ring.
func (r *ring) try(fd int, prep func(*uapi.IoUringSqe)) (int32, error) {
	const mark = 0xfeed
	r.push(func(s *uapi.IoUringSqe) { prep(s); s.UserData = mark })
	if n, err := uapi.Enter(fd, 1, 0, 0, nil); err != nil || n != 1 {
		return 0, fmt.Errorf("enter: %d, %w", n, err)
	}
	for range 100 {
		for _, c := range r.reap() {
			if c.UserData == mark {
				return c.Res, nil
			}
		}
		if err := r.waitErr(1); err != nil {
			return 0, err
		}
	}
	return 0, errors.New("no completion")
}

// wait waits for n completions, a second at most.
func (r *ring) wait(n uint32) {
	r.t.Helper()
	if err := r.waitErr(n); err != nil {
		r.t.Fatal(err)
	}
}

func (r *ring) waitErr(n uint32) error {
	_, err := uapi.EnterTimeout(r.fd, 0, n, uapi.IORING_ENTER_GETEVENTS, &uapi.KernelTimespec{TvSec: 1}, 0, nil)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return fmt.Errorf("enter with a timeout: %w", err)
	}
	return nil
}

// tags waits for completions with these user data, in any order.
func (r *ring) tags(want ...uint64) {
	r.t.Helper()
	missing := map[uint64]bool{}
	for _, w := range want {
		missing[w] = true
	}
	for range 100 {
		for _, c := range r.reap() {
			if !missing[c.UserData] {
				r.t.Errorf("a completion with user data %d, want one of %v", c.UserData, want)
			}
			delete(missing, c.UserData)
		}
		if len(missing) == 0 {
			return
		}
		r.wait(1)
	}
	r.t.Errorf("no completion with user data %v", missing)
}

// lastTags is tags for a table that was given up as a whole. Before Linux 6.13
// only an update made them come.
func (r *ring) lastTags(want ...uint64) {
	r.t.Helper()
	if older("6.13") {
		return
	}
	r.tags(want...)
}

// asked is what a query of the running kernel says; nil before Linux 6.18.
var asked = sync.OnceValue(func() *uapi.IoUringQueryOpcode {
	var q uapi.IoUringQueryOpcode
	if uapi.RegisterQueryOpcodes(&q) != nil {
		return nil
	}
	return &q
})

// lacks tells that the running kernel does not have an operation, by asking
// it or, where it cannot be asked, by its version.
func lacks(op uapi.RegisterOp) bool {
	if q := asked(); q != nil {
		return uint32(op) >= q.NrRegisterOpcodes
	}
	return older(op.Since())
}

// older tells that the running kernel is older than a version such as "6.3".
func older(since string) bool {
	if i := strings.LastIndex(since, ".."); i >= 0 {
		since = since[i+2:]
	}
	running, errR := kernel.Parse(kernel.Release())
	asked, errA := kernel.Parse(since)
	if err := errors.Join(errR, errA); err != nil {
		panic(err)
	}
	return running.Less(asked)
}

// ok wants success, or EINVAL where the kernel has no such operation; it tells
// whether the call worked.
func ok(t *testing.T, op uapi.RegisterOp, err error) bool {
	t.Helper()
	if lacks(op) {
		fails(t, err, syscall.EINVAL)
		t.Logf("%v: not in Linux %s, which says EINVAL as it should", op, kernel.Release())
		return false
	}
	if err != nil {
		t.Errorf("%v: %v", op, err)
		return false
	}
	return true
}

// fails wants one of these errors.
func fails(t *testing.T, err error, want ...syscall.Errno) {
	t.Helper()
	for _, w := range want {
		if errors.Is(err, w) {
			return
		}
	}
	t.Errorf("error %v, want %v", err, want)
}

// pipe is both ends of a pipe.
func pipe(t *testing.T) (r, w int32) {
	t.Helper()
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(p[0]); syscall.Close(p[1]) })
	return int32(p[0]), int32(p[1])
}

// memory is pages outside of Go's heap.
func memory(t *testing.T, pages int) []byte {
	t.Helper()
	m, err := syscall.Mmap(-1, 0, pages*syscall.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(m) })
	return m
}

func iovec(b []byte) syscall.Iovec {
	v := syscall.Iovec{Base: &b[0]}
	v.SetLen(len(b))
	return v
}
