//go:build linux

package semantics

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
)

// What a request that is denied leaves: a completion, and nothing else.
func TestDenied(t *testing.T) {
	kernel.Need(t, filters)
	r := newRing(t, 0)
	must(t, filter(r.FD(), uapi.IORING_OP_WRITE, deny))
	from, to := pipe(t)
	text := []byte("x")
	c, err := complete(r, func(s *uapi.IoUringSqe) { s.PrepWrite(int32(to), unsafe.Pointer(&text[0]), 1, 0) })
	must(t, err)
	wants(t, "result", result(c.Res), denied)
	wants(t, "flags", fmt.Sprint(uint32(c.Flags)), "0")
	_, err = syscall.Read(from, make([]byte, 1))
	wants(t, "the pipe", answer(err), "EAGAIN")
}

// Preparation, restrictions and filters come in an order.
func TestDeniedOrder(t *testing.T) {
	kernel.Need(t, filters)
	path, addr := []byte("/no/such/folder/file\x00"), address(syscall.AF_INET)
	var (
		badNop     prep = func(s *uapi.IoUringSqe) { s.PrepNop(); s.RwFlags = 1 << 31 }
		badOpen    prep = func(s *uapi.IoUringSqe) { s.PrepOpenat(-1, nil, 0, 0); s.Addr = 1 }
		badConnect prep = func(s *uapi.IoUringSqe) { s.PrepConnect(-1, nil, 16); s.Addr = 1 }
		openAt     prep = func(s *uapi.IoUringSqe) { s.PrepOpenat(-1, unsafe.Pointer(&path[0]), 0, 0) }
		connectTo  prep = func(s *uapi.IoUringSqe) { s.PrepConnect(-1, unsafe.Pointer(addr), 16) }
		unknown    prep = func(s *uapi.IoUringSqe) { s.PrepNop(); s.Opcode = 200 }
	)
	for _, c := range []struct {
		name string
		op   uapi.Op
		bad  prep
		free string
		good prep
	}{
		{"unknown flag", opNop, badNop, invalid, nop},
		{"bad path", uapi.IORING_OP_OPENAT, badOpen, "EFAULT", openAt},
		{"bad address", uapi.IORING_OP_CONNECT, badConnect, "EFAULT", connectTo},
		{"unknown operation", opNop, unknown, invalid, nop},
	} {
		t.Run(c.name, func(t *testing.T) {
			wants(t, "without a filter", askNew(c.bad), c.free)
			r := newRing(t, 0)
			must(t, filter(r.FD(), c.op, deny))
			wants(t, "with a filter", ask(r, c.bad), c.free)
			wants(t, "with a filter, as it should be", ask(r, c.good), denied)
		})
	}
	t.Run("restrictions first", func(t *testing.T) {
		r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
		must(t, uapi.RegisterRestrictions(r.FD(), []uapi.IoUringRestriction{allowOp(opClose)}))
		must(t, r.Enable())
		wants(t, "unknown flag", ask(r, badNop), denied)
	})
}

// D in user data has a request denied.
const D = 0x80

// denyMarked is for requests marked so.
var denyMarked = cbpf.Program{cbpf.LoadWord(lowWord), cbpf.JumpSet(D, 0, 1), cbpf.Return(0), cbpf.Return(1)}

// entry is a NOP of a batch.
type entry struct {
	data  uint64
	flags uapi.SQEFlags
}

// What a denied request does to those around it.
func TestDeniedInBatch(t *testing.T) {
	kernel.Need(t, filters)
	const (
		all = uapi.IORING_SETUP_SUBMIT_ALL
		L   = uapi.IOSQE_IO_LINK
		H   = uapi.IOSQE_IO_HARDLINK
		S   = uapi.IOSQE_CQE_SKIP_SUCCESS
		W   = uapi.IOSQE_IO_DRAIN
		A   = uapi.IOSQE_ASYNC
	)
	for _, c := range []struct {
		name    string
		setup   uapi.SetupFlags
		batch   []entry
		taken   int
		results string
	}{
		{"stops the batch", 0, []entry{{1, 0}, {2 | D, 0}, {3, 0}}, 2, "1=0 2D=EACCES"},
		{"SUBMIT_ALL", all, []entry{{1, 0}, {2 | D, 0}, {3, 0}}, 3, "1=0 2D=EACCES 3=0"},
		{"in the middle of a link", 0, []entry{{1, L}, {2 | D, L}, {3, 0}, {4, 0}}, 4, "1=ECANCELED 2D=EACCES 3=ECANCELED 4=0"},
		{"first of a link", 0, []entry{{1 | D, L}, {2, L}, {3, 0}, {4, 0}}, 4, "1D=EACCES 2=ECANCELED 3=ECANCELED 4=0"},
		{"last of a link", 0, []entry{{1, L}, {2, L}, {3 | D, 0}, {4, 0}}, 3, "1=ECANCELED 2=ECANCELED 3D=EACCES"},
		{"last of a link, SUBMIT_ALL", all, []entry{{1, L}, {2, L}, {3 | D, 0}, {4, 0}}, 4, "1=ECANCELED 2=ECANCELED 3D=EACCES 4=0"},
		{"in a hard link", 0, []entry{{1, H}, {2 | D, H}, {3, 0}, {4, 0}}, 4, "1=ECANCELED 2D=EACCES 3=ECANCELED 4=0"},
		{"skipping success", all, []entry{{1, S}, {2 | D, S}, {3, 0}}, 3, "2D=EACCES 3=0"},
		{"a link that skips success hides it", all, []entry{{1, L | S}, {2 | D, L | S}, {3, S}, {4, 0}}, 4, "1=ECANCELED 4=0"},
		{"draining", all, []entry{{1, 0}, {2 | D, W}, {3, 0}}, 3, "1=0 2D=EACCES 3=0"},
		{"behind one that drains", all, []entry{{1, W}, {2 | D, 0}, {3, 0}}, 3, "1=0 2D=EACCES 3=0"},
		{"asynchronous", all, []entry{{1 | D, A}, {2, A}}, 2, "1D=EACCES 2=0"},
		{"alone", 0, []entry{{1 | D, 0}}, 1, "1D=EACCES"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRing(t, c.setup|uapi.IORING_SETUP_R_DISABLED)
			must(t, filter(r.FD(), opNop, denyMarked))
			taken := submitOnce(t, r, c.batch)
			if taken != c.taken {
				t.Errorf("the kernel took %d entries, want %d", taken, c.taken)
			}
			wants(t, "completions", results(r, strings.Count(c.results, "=")), c.results)
			if left := len(c.batch) - taken; left > 0 { // is as it was
				n, err := uapi.Enter(r.FD(), uint32(left), 0, 0, nil)
				wants(t, "what stayed queued", fmt.Sprint(n, err), fmt.Sprint(left, nil))
				wants(t, "completions of it", results(r, left), fmt.Sprintf("%d=0", c.batch[taken].data))
			}
		})
	}
	t.Run("SQPOLL", func(t *testing.T) {
		r := newRing(t, uapi.IORING_SETUP_SQPOLL)
		must(t, filter(r.FD(), opNop, denyMarked))
		for _, e := range []entry{{1, 0}, {2 | D, 0}, {3, 0}} {
			put(r, e.data, nop)
		}
		_, err := r.Submit()
		must(t, err)
		wants(t, "completions", results(r, 3), "1=0 2D=EACCES 3=0")
	})
}

// submitOnce hands a batch to the kernel with one call, where Submit would call
// again for what is left, and returns how much was taken.
func submitOnce(t *testing.T, r *ring.Raw, batch []entry) int {
	t.Helper()
	queue(t, r, batch)
	n, err := uapi.Enter(r.FD(), uint32(len(batch)), 0, 0, nil)
	must(t, err)
	return n
}

// queue shows the kernel a batch, without a call that takes it. The ring is
// disabled before: that refuses a call, which shows the entries all the same.
func queue(t *testing.T, r *ring.Raw, batch []entry) {
	t.Helper()
	for _, e := range batch {
		put(r, e.data, flagged(nop, e.flags))
	}
	if _, err := r.Submit(); err == nil {
		t.Fatal("a disabled ring took requests")
	}
	must(t, r.Enable())
}

// results waits for n completions and lists them, and what else is there, in
// the order of user data.
func results(r *ring.Raw, n int) string {
	var list []string
	for limit := patience; ; {
		if len(list) >= n {
			limit = 10 * time.Millisecond // long enough for what is there by mistake: no NOP waits
		}
		c, err := next(r, limit)
		if err != nil {
			slices.Sort(list)
			return strings.Join(list, " ")
		}
		mark := ""
		if c.UserData&D != 0 {
			mark = "D"
		}
		list = append(list, fmt.Sprintf("%d%s=%s", c.UserData&^D, mark, result(c.Res)))
	}
}

// pipe makes a pipe that does not block, to read from and to write to.
func pipe(t *testing.T) (from, to int) {
	t.Helper()
	var p [2]int
	must(t, syscall.Pipe2(p[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK))
	t.Cleanup(func() { syscall.Close(p[0]); syscall.Close(p[1]) })
	return p[0], p[1]
}
