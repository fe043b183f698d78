//go:build linux

package semantics

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// A payload of 255 bytes, with no program at all, tells whether there are
// filters and how large an operation's payload is. It leaves no trace.
func TestProbe(t *testing.T) {
	unread := func(b *uapi.IoUringBpf) { b.Filter().FilterPtr = 1 }
	inChild(t, func(t *testing.T) {
		t.Run("ring", func(t *testing.T) {
			r := newRing(t, 0)
			for op, want := range map[uapi.Op]uint8{opNop: 0, opSocket: 12, uapi.IORING_OP_OPENAT: 24} {
				q := registration(op, deny, size(255), unread, denyRest)
				wants(t, op.String(), answer(q.register(r.FD())), "EMSGSIZE")
				wants(t, op.String(), fmt.Sprint(q.bpf.Filter().PduSize), fmt.Sprint(want))
			}
			wants(t, "NOP", ask(r, nop), ok)
			wants(t, "SOCKET", ask(r, socket), "EAFNOSUPPORT")
			wants(t, "CLOSE", ask(r, shut), "EBADF")
		})
		onThread(t, "task", func(t *testing.T) {
			q := registration(opSocket, deny, size(255), unread, denyRest)
			wants(t, "probe", answer(q.register(task)), "EMSGSIZE")
			wants(t, "size", fmt.Sprint(q.bpf.Filter().PduSize), "12")
			_, err := uapi.Register(task, uapi.IORING_REGISTER_BPF_FILTER, unsafe.Pointer(registration(opNop, deny).bpf), 0)
			wants(t, "nr_args 0", answer(err), invalid)
			wants(t, "restrictions, which no filter may precede", restrict(allowOp(opNop)), ok)
		})
		t.Run("task, without a privilege", func(t *testing.T) {
			runtime.LockOSThread()
			becomeNobody(t)
			q := registration(opSocket, deny, size(255), unread)
			wants(t, "probe", answer(q.register(task)), denied)
			wants(t, "size", fmt.Sprint(q.bpf.Filter().PduSize), "255")
			_, err := uapi.Register(task, uapi.IORING_REGISTER_BPF_FILTER, nil, 1)
			wants(t, "no argument", answer(err), denied)
			must(t, noNewPrivs())
			_, err = uapi.Register(task, uapi.IORING_REGISTER_BPF_FILTER, nil, 1)
			wants(t, "no argument, with no_new_privs", answer(err), "EFAULT")
		})
		t.Run("no argument", func(t *testing.T) {
			r := newRing(t, 0)
			for n, want := range []string{invalid, "EFAULT"} {
				_, err := uapi.Register(r.FD(), uapi.IORING_REGISTER_BPF_FILTER, nil, uint32(n))
				wants(t, fmt.Sprint("nr_args ", n), answer(err), want)
			}
		})
	})
}

// What looks like a way to see filters, and is none.
func TestNothingTells(t *testing.T) {
	inChild(t, func(t *testing.T) {
		onThread(t, "IORING_REGISTER_PROBE", func(t *testing.T) {
			must(t, filter(task, opNop, deny, denyRest))
			r := newRing(t, 0)
			ops := make([]uapi.IoUringProbeOp, opSocket+1)
			_, err := uapi.RegisterProbe(r.FD(), ops)
			must(t, err)
			for _, o := range ops {
				if o.Flags&uapi.IO_URING_OP_SUPPORTED == 0 {
					t.Errorf("%v is reported as not supported", o.Op)
				}
			}
			wants(t, "NOP", ask(r, nop), denied)
		})
		onThread(t, "fdinfo", func(t *testing.T) {
			r := newRing(t, 0)
			text := func() string { return read(t, fmt.Sprintf("/proc/self/fdinfo/%d", r.FD())) }
			before := text()
			must(t, filter(r.FD(), opNop, deny, denyRest))
			wants(t, "after", text(), before)
		})
		onThread(t, "status", func(t *testing.T) {
			text := func() string { // without what moves by itself
				return regexp.MustCompile(`(?m)^(Vm|Rss|.*ctxt|State|Threads|Cpus|Mems).*\n`).ReplaceAllString(read(t, "/proc/thread-self/status"), "")
			}
			before := text()
			must(t, filter(task, opNop, deny, denyRest))
			if !strings.Contains(before, "NoNewPrivs:\t1") {
				t.Errorf("unexpected text:\n%s", before)
			}
			wants(t, "after", text(), before)
		})
	})
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// A kernel without filters says so in one way.
func TestAbsent(t *testing.T) {
	r := newRing(t, 0)
	if err := filters.Probe(); err == nil {
		t.Logf("kernel %s has filters", kernel.Release())
		return
	}
	wants(t, "ring", registered(r.FD(), opSocket, deny, size(12)), invalid)
	wants(t, "NOP", ask(r, nop), ok)
	wants(t, "task", elsewhere(func() string { return answer(noNewPrivs()) + " " + registered(task, opSocket, deny, size(12)) }), "0 EINVAL")
	_, err := uapi.Register(task, uapi.IORING_REGISTER_BPF_FILTER, nil, 1)
	wants(t, "no argument", answer(err), invalid)
	if running, err := kernel.Parse(kernel.Release()); err == nil && running.Less(kernel.Version{Major: 6, Minor: 18}) {
		wants(t, "query", answer(uapi.RegisterQueryOpcodes(new(uapi.IoUringQueryOpcode))), invalid)
	}
}
