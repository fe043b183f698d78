//go:build linux

package proof

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/proof/cases"
	"github.com/uringgen/uringgen/tests/proof/ebpfrun"
)

// perRing is how many NOPs are made under a random program.
const perRing = 10

// TestRandomProgramsOnNops registers the translations of programs made at random,
// and compares what the kernel does with NOPs with what it says of the programs
// themselves. User data is 64 bits at random.
func TestRandomProgramsOnNops(t *testing.T) {
	kernel.Need(t, filtersFeature)
	ebpfrun.Need(t)
	m := newMaker(t, 5)
	programs := max(cases.Requests(t)/(4*perRing), 5)
	made, accepted := 0, 0
	for range programs {
		spec, loaded := m.load(t)
		if translated := translate(t, spec, int(uapi.IORING_OP_NOP)); translated != nil {
			made += perRing
			accepted += compareNops(t, m, spec, loaded, translated)
		}
		loaded.Close()
	}
	t.Logf("%d programs, %d requests made, %d accepted", programs, made, accepted)
	if least := made / 10; min(accepted, made-accepted) < least || made < programs*perRing*9/10 {
		t.Error("lopsided, or too few")
	}
}

// compareNops counts the NOPs that are accepted.
func compareNops(t *testing.T, m *maker, spec *ebpf.CollectionSpec, loaded *ebpfrun.Program, translated cbpf.Program) (accepted int) {
	t.Helper()
	r := filtered(t, translated)
	for range perRing {
		c, got := nop(t, m.Rand, r)
		want, err := loaded.Accepts(&c)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("accepted %v, eBPF in the kernel: %v, context %x\n%v%v", got, want, c, spec.Programs[random].Instructions, translated)
		}
		if got {
			accepted++
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return accepted
}

// filtered is a ring with a program for NOPs. Package ring's safe rings have user
// data of their own, so this is a raw one.
func filtered(t *testing.T, p cbpf.Program) *ring.Raw {
	t.Helper()
	r, err := ring.NewRaw(8, nil)
	if err != nil {
		t.Fatal(err)
	}
	program := unsafe.Slice((*syscall.SockFilter)(unsafe.Pointer(unsafe.SliceData(p))), len(p))
	b := &uapi.IoUringBpf{CmdType: uapi.IO_URING_BPF_CMD_FILTER} // of opcode 0, a NOP
	if err := uapi.RegisterBpfFilterProgram(r.FD(), b, program); err != nil {
		t.Fatalf("%v\n%v", err, p)
	}
	return r
}

// nopFlags leave a completion each: a NOP that fails has one even if it is to
// skip success.
var nopFlags = []uapi.SQEFlags{
	0, 0, uapi.IOSQE_ASYNC, uapi.IOSQE_IO_LINK, uapi.IOSQE_IO_HARDLINK, uapi.IOSQE_IO_LINK | uapi.IOSQE_ASYNC,
	uapi.IOSQE_CQE_SKIP_SUCCESS, uapi.IOSQE_CQE_SKIP_SUCCESS | uapi.IOSQE_ASYNC,
}

// nop makes one, and tells what filters saw of it and whether it was accepted.
func nop(t *testing.T, rnd *rand.Rand, r *ring.Raw) (cbpf.Context, bool) {
	t.Helper()
	seen := cases.Request{UserData: rnd.Uint64() >> rnd.IntN(64), Op: uapi.IORING_OP_NOP, Flags: nopFlags[rnd.IntN(len(nopFlags))]}
	s := r.Next()
	s.PrepNop()
	s.RwFlags, s.Len = uint32(uapi.IORING_NOP_INJECT_RESULT), ^uint32(syscall.EIO)+1
	s.UserData, s.Flags = seen.UserData, seen.Flags
	if _, err := r.SubmitAndWait(1); err != nil {
		t.Fatal(err)
	}
	c := r.Pop()
	if c == nil || c.UserData != seen.UserData || c.Res != denied && c.Res != -int32(syscall.EIO) {
		t.Fatalf("completion %+v, want one of %+v", c, seen)
	}
	return seen.Context(here.Order), c.Res != denied
}
