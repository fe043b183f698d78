package cbpf

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/cbpf/cases"
	"github.com/uringgen/uringgen/tests/kernel"
)

// request is a request, and the context that the kernel should make of it.
type request struct {
	sqe  uapi.IoUringSqe
	ctx  cbpf.Context
	keep any // what sqe points to
}

// newRequest fills in what all operations have.
func newRequest(r *rand.Rand, sqe uapi.IoUringSqe, payload ...byte) *request {
	q := &request{sqe: sqe}
	q.sqe.UserData = uint64(cases.Constant(r))<<32 | uint64(cases.Constant(r))
	if r.IntN(4) == 0 {
		q.sqe.Flags |= uapi.IOSQE_ASYNC
	}
	binary.NativeEndian.PutUint64(q.ctx[0:], q.sqe.UserData)
	q.ctx[8], q.ctx[9], q.ctx[10] = uint8(q.sqe.Opcode), uint8(q.sqe.Flags), uint8(len(payload))
	copy(q.ctx[16:], payload)
	return q
}

func nop(r *rand.Rand) *request {
	var sqe uapi.IoUringSqe
	sqe.PrepNop()
	return newRequest(r, sqe)
}

// socket asks for a socket. Protocols are not those for which the kernel has an
// EACCES of its own, and most families do not exist.
func socket(r *rand.Rand) *request {
	family := []uint32{1, 2, 10, 1 << 20, cases.Constant(r) | 1<<16}[r.IntN(5)]
	typ := uint32(r.IntN(16))
	protocol := []uint32{0, 6, 17, 0xffff, cases.Constant(r) | 1<<16}[r.IntN(5)]
	var sqe uapi.IoUringSqe
	sqe.PrepSocket(int32(family), int32(typ), int32(protocol), 0)
	var payload []byte
	for _, v := range []uint32{family, typ, protocol} {
		payload = binary.NativeEndian.AppendUint32(payload, v)
	}
	return newRequest(r, sqe, payload...)
}

// path does not exist, whatever is asked of it.
var path = []byte("/no/such/folder/file\x00")

// largeFile is O_LARGEFILE of all architectures, one of which the kernel adds.
const largeFile = 0x2000 | 0x8000 | 0x10000 | 0x20000 | 0x40000

// makesFile is what makes the kernel open a file in a thread of its own: the
// filter sees IOSQE_ASYNC then. C: io_openat_force_async (io_uring/openclose.c).
const makesFile = syscall.O_CREAT | syscall.O_TRUNC | 0x400000 // __O_TMPFILE

// openat2 asks for a file with flags that no kernel takes, which it says after
// the filter.
func openat2(r *rand.Rand) *request {
	how := &uapi.OpenHow{}
	words := [3]uint64{}
	for i := range words {
		words[i] = uint64(cases.Constant(r))<<32 | uint64(cases.Constant(r))
	}
	words[0] |= largeFile
	how.Flags, how.Mode, how.Resolve = words[0], words[1], words[2]
	var sqe uapi.IoUringSqe
	sqe.PrepOpenat2(-1, unsafe.Pointer(&path[0]), unsafe.Pointer(how))
	var payload []byte
	for _, v := range words {
		payload = binary.NativeEndian.AppendUint64(payload, v)
	}
	q := newRequest(r, sqe, payload...)
	q.keep = how
	if how.Flags&makesFile != 0 {
		q.ctx[9] |= uint8(uapi.IOSQE_ASYNC)
	}
	return q
}

// requests are the operations that verdicts are compared on.
var requests = map[string]func(*rand.Rand) *request{
	"NOP":     nop,
	"SOCKET":  socket,
	"OPENAT2": openat2,
}

// TestContext wants every word of the context to be as the tests here expect it,
// by filters that accept nothing else.
func TestContext(t *testing.T) {
	kernel.Need(t, filters)
	onThread(t)
	for name, build := range requests {
		r := rand.New(rand.NewPCG(7, 7))
		for range rounds(20) {
			q := build(r)
			for at := uint32(0); at < cbpf.ContextSize; at += 4 {
				want := binary.NativeEndian.Uint32(q.ctx[at:])
				if !ask(t, q, cbpf.Program{cbpf.LoadWord(at), cbpf.JumpEqual(want, 0, 1), cbpf.Return(1), cbpf.Return(0)}) {
					t.Errorf("%s: the word at %d is not %#x", name, at, want)
				}
			}
		}
	}
}

// TestVerdicts compares Run's verdict with the kernel's on real requests.
func TestVerdicts(t *testing.T) {
	kernel.Need(t, filters)
	onThread(t)
	for name, build := range requests {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(8, 8))
			verdicts := map[bool]int{}
			for range rounds(200) {
				list := make([]*request, 8)
				for i := range list {
					list[i] = build(r)
				}
				compare(t, cases.Valid(r), verdicts, list...)
			}
			if n := rounds(400); min(verdicts[true], verdicts[false]) < n {
				t.Errorf("lopsided: %v", verdicts)
			}
			t.Logf("%d accepted, %d denied", verdicts[true], verdicts[false])
		})
	}
}

// TestAllowList has the socket filter that package cbpf shows.
func TestAllowList(t *testing.T) {
	kernel.Need(t, filters)
	onThread(t)
	r := rand.New(rand.NewPCG(9, 9))
	verdicts := map[bool]int{}
	list := make([]*request, rounds(1000))
	for i := range list {
		list[i] = socket(r)
	}
	compare(t, cases.SocketAllowList, verdicts, list...)
	if verdicts[true] == 0 || verdicts[false] == 0 {
		t.Errorf("lopsided: %v", verdicts)
	}
}

// TestDivision has what divides by X, whose end is the kernel's doing.
func TestDivision(t *testing.T) {
	kernel.Need(t, filters)
	onThread(t)
	r := rand.New(rand.NewPCG(10, 10))
	verdicts := map[bool]int{}
	for x := range uint32(4) {
		for a := range uint32(4) {
			compare(t, cbpf.Program{
				{Op: cbpf.BPF_LDX | cbpf.BPF_IMM, K: x}, {Op: cbpf.BPF_LD | cbpf.BPF_IMM, K: a},
				{Op: cbpf.BPF_ALU | cbpf.BPF_DIV | cbpf.BPF_X}, cbpf.Return(1),
			}, verdicts, nop(r))
			compare(t, cbpf.Program{
				{Op: cbpf.BPF_LDX | cbpf.BPF_IMM, K: x}, {Op: cbpf.BPF_LD | cbpf.BPF_IMM, K: a},
				{Op: cbpf.BPF_ALU | cbpf.BPF_DIV | cbpf.BPF_X}, {Op: cbpf.BPF_RET | cbpf.BPF_A},
			}, verdicts, nop(r))
		}
	}
	// A jump over the longest that the kernel makes of 4096 instructions.
	for _, p := range cases.Probes {
		if p.Rule == 0 && len(p.Program) > 4000 {
			compare(t, p.Program, verdicts, nop(r))
		}
	}
	if verdicts[true] == 0 || verdicts[false] == 0 {
		t.Errorf("lopsided: %v", verdicts)
	}
}

// compare runs requests under a program and counts verdicts.
func compare(t *testing.T, p cbpf.Program, verdicts map[bool]int, list ...*request) {
	t.Helper()
	ring, err := openRing()
	if err != nil {
		t.Fatal(err)
	}
	defer ring.close()
	if err := register(ring.fd, cbpf.Filter{Op: uint8(list[0].sqe.Opcode), Program: p}); err != nil {
		t.Fatalf("%v for\n%v", err, p)
	}
	for _, q := range list {
		want, err := cbpf.Run(p, q.ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := q.on(t, ring)
		verdicts[got]++
		if got != (want != 0) {
			e, err := cbpf.Explain(p, q.ctx, nil)
			t.Errorf("kernel: accepted %v; Run: %#x, for %x\n%v%v, %v", got, want, q.ctx, p, e, err)
		}
	}
}

// ask is compare for one request, without Run.
func ask(t *testing.T, q *request, p cbpf.Program) (accepted bool) {
	t.Helper()
	ring, err := openRing()
	if err != nil {
		t.Fatal(err)
	}
	defer ring.close()
	if err := register(ring.fd, cbpf.Filter{Op: uint8(q.sqe.Opcode), Program: p}); err != nil {
		t.Fatal(err)
	}
	return q.on(t, ring)
}

// on tells whether the ring's filters accept the request.
func (q *request) on(t *testing.T, ring *ring) bool {
	t.Helper()
	res, err := ring.do(q.sqe)
	runtime.KeepAlive(q)
	if err != nil {
		t.Fatal(err)
	}
	if q.sqe.Opcode != uapi.IORING_OP_NOP && res >= 0 { // a descriptor
		syscall.Close(int(res))
	}
	return res != -int32(syscall.EACCES)
}
