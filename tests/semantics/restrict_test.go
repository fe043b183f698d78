//go:build linux

package semantics

import (
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

func allowOp(op uapi.Op) uapi.IoUringRestriction {
	r := uapi.IoUringRestriction{Opcode: uapi.IORING_RESTRICTION_SQE_OP}
	r.SetSqeOp(op)
	return r
}

func allowFlags(f uapi.SQEFlags) uapi.IoUringRestriction {
	r := uapi.IoUringRestriction{Opcode: uapi.IORING_RESTRICTION_SQE_FLAGS_ALLOWED}
	r.SetSqeFlags(f)
	return r
}

func requireFlags(f uapi.SQEFlags) uapi.IoUringRestriction {
	r := allowFlags(f)
	r.Opcode = uapi.IORING_RESTRICTION_SQE_FLAGS_REQUIRED
	return r
}

func allowRegister(op uapi.RegisterOp) uapi.IoUringRestriction {
	return uapi.IoUringRestriction{Opcode: uapi.IORING_RESTRICTION_REGISTER_OP, RegisterOp: op}
}

// A task's restrictions are for once, and come before its filters.
func TestTaskRestrictions(t *testing.T) {
	inChild(t, func(t *testing.T) {
		nops, none := allowOp(opNop), []uapi.IoUringRestriction{}
		onThread(t, "allow what they list", func(t *testing.T) {
			earlier := newRing(t, 0)
			wants(t, "restrictions", restrict(nops), ok)
			wants(t, "listed", newNop(), ok)
			wants(t, "not listed", askNew(shut), denied)
			wants(t, "on an earlier ring", ask(earlier, shut), "EBADF")
		})
		onThread(t, "once", func(t *testing.T) {
			wants(t, "first", restrict(nops), ok)
			wants(t, "second", restrict(nops), "EPERM")
			wants(t, "in a child", play("restrict"), "EPERM")
		})
		onThread(t, "not after a filter", func(t *testing.T) {
			must(t, filter(task, opNop, allow))
			wants(t, "restrictions", restrict(nops), "EPERM")
			wants(t, "in a child", play("restrict"), "EPERM")
		})
		onThread(t, "a filter after them", func(t *testing.T) {
			wants(t, "restrictions", restrict(nops), ok)
			wants(t, "filter", registered(task, opNop, deny), ok)
			wants(t, "NOP", newNop(), denied)
		})
		onThread(t, "an allowlist denies flags", func(t *testing.T) {
			wants(t, "restrictions", restrict(nops), ok)
			wants(t, "ASYNC", askNew(flagged(nop, uapi.IOSQE_ASYNC)), denied)
			wants(t, "LINK", askNew(flagged(nop, uapi.IOSQE_IO_LINK)), denied)
		})
		onThread(t, "an allowlist allows the flags that it lists", func(t *testing.T) {
			wants(t, "restrictions", restrict(nops, allowFlags(uapi.IOSQE_ASYNC)), ok)
			wants(t, "ASYNC", askNew(flagged(nop, uapi.IOSQE_ASYNC)), ok)
			wants(t, "LINK", askNew(flagged(nop, uapi.IOSQE_IO_LINK)), denied)
		})
		onThread(t, "an allowlist denies what lacks the flags that it requires", func(t *testing.T) {
			wants(t, "restrictions", restrict(nops, requireFlags(uapi.IOSQE_ASYNC)), ok)
			wants(t, "ASYNC", askNew(flagged(nop, uapi.IOSQE_ASYNC)), ok)
			wants(t, "none", newNop(), denied)
		})
		onThread(t, "an empty list denies all", func(t *testing.T) {
			wants(t, "restrictions", restrict(none...), ok)
			wants(t, "NOP", newNop(), denied)
		})
		onThread(t, "one of register operations alone leaves requests", func(t *testing.T) {
			wants(t, "restrictions", restrict(allowRegister(uapi.IORING_REGISTER_FILES)), ok)
			r := newRing(t, 0)
			wants(t, "another register operation", registered(r.FD(), opNop, deny), denied)
			wants(t, "NOP", ask(r, nop), ok)
		})
		onThread(t, "of its own for a ring that took some", func(t *testing.T) {
			wants(t, "restrictions", restrict(nops), ok)
			r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
			wants(t, "the ring's", answer(uapi.RegisterRestrictions(r.FD(), []uapi.IoUringRestriction{nops})), "EBUSY")
			must(t, r.Enable())
			wants(t, "NOP", ask(r, nop), ok)
		})
	})
}

func TestTaskRestrictionErrors(t *testing.T) {
	inChild(t, func(t *testing.T) {
		type argument struct {
			head uapi.IoUringTaskRestriction
			list [2]uapi.IoUringRestriction
		}
		good := argument{list: [2]uapi.IoUringRestriction{allowOp(opClose)}}
		good.head.NrRes = 1
		register := func(a *argument, n uint32) string {
			_, err := uapi.Register(task, uapi.IORING_REGISTER_RESTRICTIONS, unsafe.Pointer(a), n)
			return answer(err)
		}
		changed := func(change func(*argument)) *argument {
			a := good
			change(&a)
			return &a
		}
		onThread(t, "errors", func(t *testing.T) {
			wants(t, "flags", register(changed(func(a *argument) { a.head.Flags = 1 }), 1), invalid)
			wants(t, "reserved", register(changed(func(a *argument) { bytesOf(&a.head)[15] = 1 }), 1), invalid)
			wants(t, "nr_args 0", register(&good, 0), invalid)
			wants(t, "nr_args 2", register(&good, 2), invalid)
			wants(t, "no argument", register(nil, 1), "EFAULT")
			wants(t, "unknown kind", register(changed(func(a *argument) { a.list[0].Opcode = 9 }), 1), invalid)
			wants(t, "unknown operation", register(changed(func(a *argument) { a.list[0].SetSqeOp(200) }), 1), invalid)
			wants(t, "too many", register(changed(func(a *argument) { a.head.NrRes = 60000 }), 1), invalid)
			wants(t, "NOP, after errors", newNop(), ok)
			wants(t, "as it should be", register(&good, 1), ok)
			wants(t, "NOP", newNop(), denied)
		})
	})
}

// A ring's restrictions are made before it is enabled; filters at any time.
func TestRingRestrictions(t *testing.T) {
	disabled := func(t *testing.T) (fd int, enable func(prep) string) {
		r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
		return r.FD(), func(p prep) string {
			must(t, r.Enable())
			return ask(r, p)
		}
	}
	t.Run("an empty list denies all", func(t *testing.T) {
		fd, enable := disabled(t)
		empty := func(list *uapi.IoUringRestriction) string {
			_, err := uapi.Register(fd, uapi.IORING_REGISTER_RESTRICTIONS, unsafe.Pointer(list), 0)
			return answer(err)
		}
		wants(t, "no list", empty(nil), invalid)
		wants(t, "restrictions", empty(new(uapi.IoUringRestriction)), ok)
		wants(t, "a second time", empty(new(uapi.IoUringRestriction)), "EBUSY")
		wants(t, "NOP", enable(nop), denied)
	})
	t.Run("not of a ring that is enabled", func(t *testing.T) {
		r := newRing(t, 0)
		wants(t, "restrictions", answer(uapi.RegisterRestrictions(r.FD(), []uapi.IoUringRestriction{allowOp(opClose)})), "EBADFD")
		wants(t, "NOP", ask(r, nop), ok)
	})
	t.Run("and filters", func(t *testing.T) {
		kernel.Need(t, filters)
		fd, enable := disabled(t)
		must(t, uapi.RegisterRestrictions(fd, []uapi.IoUringRestriction{allowOp(opNop)}))
		wants(t, "filter", registered(fd, opNop, deny), ok)
		wants(t, "NOP", enable(nop), denied)
	})
	t.Run("of register operations hold from when it is enabled", func(t *testing.T) {
		kernel.Need(t, filters)
		r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
		must(t, uapi.RegisterRestrictions(r.FD(), []uapi.IoUringRestriction{allowOp(opNop), allowRegister(uapi.IORING_REGISTER_ENABLE_RINGS)}))
		wants(t, "a filter before", registered(r.FD(), opNop, allow), ok)
		must(t, r.Enable())
		wants(t, "a filter after", registered(r.FD(), opNop, allow), denied)
		wants(t, "NOP", ask(r, nop), ok)
	})
	t.Run("errors", func(t *testing.T) {
		fd, enable := disabled(t)
		unknown := uapi.IoUringRestriction{Opcode: 77}
		wants(t, "unknown kind", answer(uapi.RegisterRestrictions(fd, []uapi.IoUringRestriction{unknown})), invalid)
		wants(t, "unknown operation", answer(uapi.RegisterRestrictions(fd, []uapi.IoUringRestriction{allowOp(200)})), invalid)
		wants(t, "NOP, after errors", enable(nop), ok)
	})
}

// bytesOf is a record as the kernel reads it, reserved members too.
func bytesOf[T any](r *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(r)), unsafe.Sizeof(*r))
}
