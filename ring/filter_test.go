//go:build linux

package ring

import (
	"encoding/binary"
	"errors"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

func TestAttachFilters(t *testing.T) {
	kernel.Need(t, filtersFeature)
	r, other := newRing(t, 8, nil), newRing(t, 8, nil)
	wants(t, "before", r, inetSocket, 0)
	if err := r.AttachFilters(filters(onlyUnix)); err != nil {
		t.Fatal(err)
	}
	wants(t, "AF_UNIX", r, askUnixSocket, 0)
	wants(t, "AF_INET", r, inetSocket, denied)
	wants(t, "another operation", r, nop, 0)
	wants(t, "another ring", other, inetSocket, 0)
}

func TestAttachFiltersBeforeEnable(t *testing.T) {
	kernel.Need(t, filtersFeature)
	r := newRing(t, 8, disabled["one thread"])
	for _, err := range []error{r.AttachFilters(filters(denyNop)), r.Restrict(Restrictions{Ops: []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_FSYNC}}), r.Enable()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wants(t, "allowed, and denied by a filter", r, nop, denied)
	wants(t, "allowed", r, fsync, fsynced)
	wants(t, "not allowed", r, inetSocket, denied)
	if err := r.AttachFilters(filters(denyFsync)); err != nil {
		t.Errorf("a filter on a restricted ring: %v", err)
	}
	wants(t, "denied since", r, fsync, denied)
}

func TestFiltersStack(t *testing.T) {
	kernel.Need(t, filtersFeature)
	noInet := onlyUnix
	noUnix := cbpf.Filter{Op: onlyUnix.Op, PDUSize: 12, Program: cbpf.Program{
		cbpf.LoadWord(16), cbpf.JumpEqual(syscall.AF_UNIX, 0, 1), cbpf.Return(0), cbpf.Return(1),
	}}
	r := newRing(t, 8, nil)
	if err := r.AttachFilters(filters(noInet, noUnix)); err != nil {
		t.Fatal(err)
	}
	wants(t, "what one of two denies", r, inetSocket, denied)
	wants(t, "what the other denies", r, askUnixSocket, denied)
	for range 2 {
		if err := r.AttachFilters(filters(allowNop)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.AttachFilters(filters(allowNop, denyNop, allowNop)); err != nil {
		t.Fatal(err)
	}
	wants(t, "what one of five denies", r, nop, denied)
}

// With DENY_REST on any but the last registration the later filters' operations
// would be denied for good.
func TestDenyRest(t *testing.T) {
	kernel.Need(t, filtersFeature)
	r := newRing(t, 8, nil)
	allowFsync := cbpf.Filter{Op: uint8(uapi.IORING_OP_FSYNC), Program: allowAll}
	if err := r.AttachFilters(FilterSet{Filters: []cbpf.Filter{allowNop, allowFsync, onlyUnix}, DenyRest: true}); err != nil {
		t.Fatal(err)
	}
	wants(t, "the first", r, nop, 0)
	wants(t, "the second", r, fsync, fsynced)
	wants(t, "the last, allowed", r, askUnixSocket, 0)
	wants(t, "the last, denied", r, inetSocket, denied)
	wants(t, "the rest", r, func(e *uapi.IoUringSqe) { e.PrepClose(-1) }, denied)
}

func TestFilterArguments(t *testing.T) {
	r := newRing(t, 1, nil)
	wrongArgument(t, r.AttachFilters(FilterSet{}), "Filters")
	wrongArgument(t, r.AttachFilters(FilterSet{DenyRest: true}), "Filters")
	short := onlyUnix
	short.PDUSize = 3
	wrongArgument(t, r.AttachFilters(filters(denyNop, short)), "Filters[1].PDUSize")
	short.PDUSize = 0
	wrongArgument(t, AttachThread(Confinement{Filters: filters(short)}), "Filters[0].PDUSize")
	for _, p := range []cbpf.Program{nil, {cbpf.LoadWord(16)}, {cbpf.LoadWord(17), cbpf.Return(1)}} {
		var program *ProgramError
		var why *cbpf.Error
		err := r.AttachFilters(filters(allowNop, cbpf.Filter{Op: uint8(uapi.IORING_OP_SOCKET), PDUSize: 12, Program: p}))
		if !errors.As(err, &program) || program.Index != 1 || program.Filter != uapi.IORING_OP_SOCKET || !errors.As(err, &why) {
			t.Errorf("%v: error %v; want a ProgramError about filter 1", p, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.AttachFilters(filters(denyNop)); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed ring: %v", err)
	}
}

// Nothing of a set is in force if the kernel does not take all of it: it was
// tried elsewhere.
func TestFiltersRefused(t *testing.T) {
	kernel.Need(t, filtersFeature)
	r := newRing(t, 4, nil)
	wrongArgument(t, r.AttachFilters(filters(denyNop, cbpf.Filter{Op: 200, Program: allowAll})), "Op(200)")
	wants(t, "after a filter for no operation", r, nop, 0)

	big := onlyUnix
	big.PDUSize = 13
	exact := cbpf.Filter{Op: onlyUnix.Op, PDUSize: 4, Program: onlyUnix.Program}
	for name, c := range map[string]struct {
		set    FilterSet
		have   uint8
		kernel uint8
	}{
		"more than the kernel has":           {filters(denyNop, big), 13, 12},
		"less than the kernel has, exact":    {FilterSet{Filters: []cbpf.Filter{denyNop, exact}, ExactPDUSize: true}, 4, 12},
		"an operation without any arguments": {filters(denyNop, cbpf.Filter{Op: denyNop.Op, PDUSize: 1, Program: allowAll}), 1, 0},
	} {
		var size *PDUSizeError
		err := r.AttachFilters(c.set)
		if !errors.As(err, &size) || size.Have != c.have || size.Kernel != c.kernel || !errors.Is(err, syscall.EMSGSIZE) {
			t.Errorf("%s: error %v", name, err)
		}
		wants(t, name+": afterwards", r, nop, 0)
	}
	if err := r.AttachFilters(filters(exact)); err != nil {
		t.Errorf("less than the kernel has: %v", err)
	}
	if err := r.AttachFilters(FilterSet{Filters: []cbpf.Filter{onlyUnix}, ExactPDUSize: true}); err != nil {
		t.Errorf("just what the kernel has: %v", err)
	}
}

// A filter that must see an address is refused where the kernel shows none: it
// would deny nothing, or everything.
func TestConnectFilter(t *testing.T) {
	kernel.Need(t, filtersFeature)
	r := newRing(t, 4, nil)
	port := func(p uint16) func(*uapi.IoUringSqe) {
		a := &syscall.RawSockaddrInet4{Family: syscall.AF_INET, Addr: [4]byte{127, 0, 0, 1}}
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], p)
		kept = append(kept, a)
		return func(e *uapi.IoUringSqe) { e.PrepConnect(-1, unsafe.Pointer(a), uint32(unsafe.Sizeof(*a))) }
	}
	noUnix := cbpf.Filter{Op: uint8(uapi.IORING_OP_CONNECT), PDUSize: 24, Program: cbpf.Program{
		cbpf.LoadWord(16), cbpf.JumpEqual(syscall.AF_INET, 0, 1), cbpf.Return(0), cbpf.Return(1),
	}}
	size, err := PayloadSize(uapi.IORING_OP_CONNECT)
	if err != nil {
		t.Fatal(err)
	}
	err = r.AttachFilters(filters(noUnix))
	if size == 0 {
		var pdu *PDUSizeError
		unsupported(t, err, "7.2")
		if !errors.As(err, &pdu) || pdu.Kernel != 0 || pdu.Have != 24 {
			t.Errorf("error %v; want a PDUSizeError inside", err)
		}
		if err := r.AttachFilters(filters(cbpf.Filter{Op: noUnix.Op, Program: denyAll})); err != nil {
			t.Errorf("a filter that looks at no address: %v", err)
		}
		wants(t, "all denied", r, port(1), denied)
		kernel.Need(t, connectFeature)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "AF_INET", r, port(1), denied)
	wants(t, "what is none", r, func(e *uapi.IoUringSqe) { port(1)(e); e.SetAddr2(2) }, denied)
}

// kept is memory that requests name.
var kept []any

// The programs of a set may lie on the caller's stack, and that may move.
func TestFilterProgramsOnTheStack(t *testing.T) {
	kernel.Need(t, filtersFeature)
	for range 50 {
		r := newRing(t, 1, &Options{AnyThread: true})
		done := make(chan error)
		go func() {
			program := [3]cbpf.Instruction{cbpf.LoadWord(8), cbpf.Jump(0), cbpf.Return(0)}
			calls := (&FilterSet{Filters: []cbpf.Filter{{Op: denyNop.Op, Program: program[:]}}}).calls()
			grow(100)
			runtime.GC()
			done <- calls[0].do(onRing(r.FD()))
		}()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		wants(t, "NOP", r, nop, denied)
	}
}

func grow(n int) byte {
	var pad [1024]byte
	if n == 0 {
		return pad[0]
	}
	pad[n] = grow(n - 1)
	return pad[n]
}

func TestPayloadSize(t *testing.T) {
	kernel.Need(t, filtersFeature)
	for op, want := range map[uapi.Op]uint8{
		uapi.IORING_OP_NOP: 0, uapi.IORING_OP_BIND: 0, uapi.IORING_OP_SOCKET: 12,
		uapi.IORING_OP_OPENAT: 24, uapi.IORING_OP_OPENAT2: 24,
	} {
		if size, err := PayloadSize(op); err != nil || size != want {
			t.Errorf("%v: %d, %v; want %d", op, size, err, want)
		}
	}
	_, err := PayloadSize(200)
	wrongArgument(t, err, "Op(200)")
}

// The probe's registration must never become a filter.
func TestProbeLeavesNothing(t *testing.T) {
	kernel.Need(t, filtersFeature)
	r := newRing(t, 4, nil)
	if _, err := payloadSize(r.FD(), uapi.IORING_OP_NOP); err != nil {
		t.Fatal(err)
	}
	wants(t, "the probed operation", r, nop, 0)
	if is, err := ThreadConfined(); is || err != nil {
		t.Errorf("the thread: %v, %v", is, err)
	}
}

func TestFiltersUnsupported(t *testing.T) {
	lackFilters(t)
	r := newRing(t, 4, nil)
	_, size := PayloadSize(uapi.IORING_OP_SOCKET)
	_, confined := ThreadConfined()
	for _, err := range []error{
		FiltersSupported(), size, confined, r.AttachFilters(filters(denyNop)),
		AttachThread(Confinement{Filters: filters(denyNop), NoNewPrivs: true}),
		AttachThread(Confinement{Restrictions: onlyNop, NoNewPrivs: true}),
		AttachThread(Confinement{Restrictions: onlyNop, Filters: filters(denyNop), NoNewPrivs: true}),
		ReexecFiltered(Confinement{Restrictions: onlyNop, NoNewPrivs: true}),
		StartFiltered(another(t), Confinement{Filters: filters(denyNop), NoNewPrivs: true}),
	} {
		unsupported(t, err, "7.0")
	}
	wants(t, "the ring", r, nop, 0)
	if noNewPrivs(t) {
		t.Error("no_new_privs was set for nothing")
	}
}
