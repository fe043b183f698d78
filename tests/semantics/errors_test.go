//go:build linux

package semantics

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// What the kernel says of bad registrations. Package tests/cbpf has programs.
func TestRegistrationErrors(t *testing.T) {
	kernel.Need(t, filters)
	long := func(n int) cbpf.Program {
		return append(slices.Repeat(cbpf.Program{cbpf.LoadWord(0)}, n-1), cbpf.Return(1))
	}
	reserved := func(at int) option { return func(b *uapi.IoUringBpf) { bytesOf(b)[at] = 1 } }
	pointer := func(p uint64) option { return func(b *uapi.IoUringBpf) { b.Filter().FilterPtr = p } }
	length := func(n uint32) option { return func(b *uapi.IoUringBpf) { b.Filter().FilterLen = n } }
	command := func(c uapi.BPFCmd) option { return func(b *uapi.IoUringBpf) { b.CmdType = c } }
	operation := func(op uint32) option { return func(b *uapi.IoUringBpf) { b.Filter().Opcode = op } }
	for _, c := range []struct {
		name    string
		program cbpf.Program
		change  option
		want    string
	}{
		{"as it should be", allow, size(0), ok},
		{"command 0", allow, command(0), invalid},
		{"command 2", allow, command(2), invalid},
		{"command flags", allow, func(b *uapi.IoUringBpf) { b.CmdFlags = 1 }, invalid},
		{"reserved, at 4", allow, reserved(4), invalid},
		{"reserved, at 21", allow, reserved(21), invalid},
		{"reserved, at 71", allow, reserved(71), invalid},
		{"unknown flag 4", allow, with(4), invalid},
		{"unknown flag 0x80000000", allow, with(1 << 31), invalid},
		{"last operation", allow, operation(operations(t) - 1), ok},
		{"operation behind the last", allow, operation(operations(t)), invalid},
		{"operation 256", allow, operation(256), invalid},
		{"operation 0x80000000", allow, operation(1 << 31), invalid},
		{"length 0", allow, length(0), invalid},
		{"length 4096", long(4096), size(0), ok},
		{"length 4097", long(4097), size(0), invalid},
		{"length 65537", allow, length(65537), invalid},
		{"no program", allow, pointer(0), invalid},
		{"bad pointer", allow, pointer(1), "EFAULT"},
		{"an instruction that is refused", cbpf.Program{cbpf.LoadWord(40), cbpf.Return(1)}, size(0), invalid},
		{"a payload larger than the kernel's", allow, size(1), "EMSGSIZE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wants(t, "registration", registered(newRing(t, 0).FD(), opNop, c.program, c.change), c.want)
		})
	}
	t.Run("call", func(t *testing.T) {
		r := newRing(t, 0)
		q := registration(opNop, deny)
		register := func(fd int, arg *uapi.IoUringBpf, n uint32) string {
			_, err := uapi.Register(fd, uapi.IORING_REGISTER_BPF_FILTER, unsafe.Pointer(arg), n)
			return answer(err)
		}
		wants(t, "no argument", register(r.FD(), nil, 1), "EFAULT")
		wants(t, "nr_args 0", register(r.FD(), q.bpf, 0), invalid)
		wants(t, "nr_args 2", register(r.FD(), q.bpf, 2), invalid)
		wants(t, "a descriptor that is not open", register(1<<20, q.bpf, 1), "EBADF")
		from, _ := pipe(t)
		wants(t, "a descriptor of no ring", register(from, q.bpf, 1), errno(syscall.EOPNOTSUPP))
		wants(t, "NOP, after errors", ask(r, nop), ok)
	})
}

// operations is the kernel's number of operations, by its own account.
func operations(t *testing.T) uint32 {
	t.Helper()
	var q uapi.IoUringQueryOpcode
	must(t, uapi.RegisterQueryOpcodes(&q))
	return q.NrRequestOpcodes
}

// The size of a payload may be smaller than the kernel's, unless SZ_STRICT; the
// kernel writes its own back in any case.
func TestPayloadSize(t *testing.T) {
	kernel.Need(t, filters)
	sizes := []uint8{0, 4, 12, 24, 25, 255}
	for op, want := range map[uapi.Op]uint8{
		opNop: 0, uapi.IORING_OP_BIND: 0, opSocket: 12, uapi.IORING_OP_OPENAT: 24, uapi.IORING_OP_OPENAT2: 24,
		uapi.IORING_OP_CONNECT: payloadOf(t, uapi.IORING_OP_CONNECT), // 0 or 24, see differences
	} {
		for _, strict := range []uapi.BPFFilterFlags{0, uapi.IO_URING_BPF_FILTER_SZ_STRICT} {
			t.Run(fmt.Sprint(op, strict), func(t *testing.T) {
				r := newRing(t, 0)
				for _, s := range sizes {
					says := ok
					if s > want || strict != 0 && s != want {
						says = "EMSGSIZE"
					}
					q := registration(op, allow, size(s), with(strict))
					wants(t, fmt.Sprint(s), answer(q.register(r.FD())), says)
					wants(t, fmt.Sprint(s, ", written back"), fmt.Sprint(q.bpf.Filter().PduSize), fmt.Sprint(want))
				}
			})
		}
	}
	t.Run("no other operation has one", func(t *testing.T) {
		r := newRing(t, 0)
		for op := range operations(t) {
			switch uapi.Op(op) {
			case opSocket, uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2, uapi.IORING_OP_CONNECT:
				continue
			}
			q := registration(uapi.Op(op), allow, size(255))
			wants(t, fmt.Sprint(uapi.Op(op)), answer(q.register(r.FD())), "EMSGSIZE")
			wants(t, fmt.Sprint(uapi.Op(op)), fmt.Sprint(q.bpf.Filter().PduSize), "0")
		}
	})
}

// The argument must be writable, since the kernel writes the size back.
func TestReadOnlyArgument(t *testing.T) {
	kernel.Need(t, filters)
	page, err := syscall.Mmap(-1, 0, syscall.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	must(t, err)
	defer syscall.Munmap(page)
	q := registration(opNop, deny)
	b := (*uapi.IoUringBpf)(unsafe.Pointer(&page[0]))
	*b = *q.bpf
	must(t, syscall.Mprotect(page, syscall.PROT_READ))
	r := newRing(t, 0)
	wants(t, "registration", answer(request{b, q.program}.register(r.FD())), "EFAULT")
	wants(t, "NOP", ask(r, nop), ok)
	wants(t, "registration of a copy", answer(q.register(r.FD())), ok)
	wants(t, "NOP", ask(r, nop), denied)
}
