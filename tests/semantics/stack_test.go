//go:build linux

package semantics

import (
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// All filters of an operation must accept.
func TestStack(t *testing.T) {
	kernel.Need(t, filters)
	for _, c := range []struct {
		name    string
		filters []cbpf.Program
		want    string
	}{
		{"allow, allow", []cbpf.Program{allow, allow}, ok},
		{"allow, deny", []cbpf.Program{allow, deny}, denied},
		{"deny, allow", []cbpf.Program{deny, allow}, denied},
		{"allow, deny, allow", []cbpf.Program{allow, deny, allow}, denied},
		{"any verdict but 0 accepts", []cbpf.Program{{cbpf.Return(2)}, {cbpf.Return(1 << 31)}, {cbpf.Return(0xffffffff)}}, ok},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRing(t, 0)
			for _, p := range c.filters {
				wants(t, "registration", registered(r.FD(), opNop, p), ok)
			}
			wants(t, "NOP", ask(r, nop), c.want)
		})
	}
	t.Run("each adds a condition", func(t *testing.T) {
		r := newRing(t, 0)
		for bit := range 8 {
			must(t, filter(r.FD(), opNop, cbpf.Program{cbpf.LoadWord(lowWord), cbpf.JumpSet(1<<bit, 0, 1), cbpf.Return(0), cbpf.Return(1)}))
		}
		for data := range uint64(256) {
			want := denied
			if data == 0 {
				want = ok
			}
			c, err := completeAs(r, data, nop)
			must(t, err)
			if got := result(c.Res); got != want {
				t.Fatalf("user data %#x: %s, want %s", data, got, want)
			}
		}
	})
	t.Run("there may be many", func(t *testing.T) {
		r := newRing(t, 0)
		for range 500 {
			must(t, filter(r.FD(), opNop, allow))
		}
		wants(t, "NOP", ask(r, nop), ok)
		must(t, filter(r.FD(), opNop, deny))
		wants(t, "NOP", ask(r, nop), denied)
	})
}

// call is one registration of several.
type call struct {
	op      uapi.Op
	program cbpf.Program
	rest    bool // DENY_REST
}

func (c call) register(t *testing.T, fd int) {
	t.Helper()
	var options []option
	if c.rest {
		options = append(options, denyRest)
	}
	wants(t, "registration", registered(fd, c.op, c.program, options...), ok)
}

// Operations that DENY_REST closes stay closed.
func TestDenyRest(t *testing.T) {
	inChild(t, func(t *testing.T) {
		for _, c := range []struct {
			name                 string
			calls                []call
			nops, closes, socket string
		}{
			{"closes all others", []call{{opNop, allow, true}}, ok, denied, denied},
			{"spares what has a filter", []call{{opClose, allow, false}, {opNop, allow, true}}, ok, "EBADF", denied},
			{"is for good", []call{{opNop, allow, true}, {opClose, allow, false}}, ok, denied, denied},
			{"is for good, if repeated", []call{{opNop, allow, true}, {opClose, allow, true}}, ok, denied, denied},
			{"leaves room to tighten", []call{{opNop, allow, true}, {opNop, deny, false}}, denied, denied, denied},
			{"on a filter that denies", []call{{opNop, deny, true}}, denied, denied, denied},
		} {
			t.Run(c.name+", ring", func(t *testing.T) {
				r := newRing(t, 0)
				for _, call := range c.calls {
					call.register(t, r.FD())
				}
				wants(t, "NOP", ask(r, nop), c.nops)
				wants(t, "CLOSE", ask(r, shut), c.closes)
				wants(t, "SOCKET", ask(r, socket), c.socket)
			})
			onThread(t, c.name+", task", func(t *testing.T) {
				for _, call := range c.calls {
					call.register(t, task)
				}
				wants(t, "NOP", askNew(nop), c.nops)
				wants(t, "CLOSE", askNew(shut), c.closes)
				wants(t, "SOCKET", askNew(socket), c.socket)
			})
		}
		onThread(t, "holds in a ring that took it", func(t *testing.T) {
			call{opNop, allow, true}.register(t, task)
			r := newRing(t, 0)
			call{opClose, allow, false}.register(t, r.FD())
			wants(t, "CLOSE", ask(r, shut), denied)
		})
		onThread(t, "holds in a child", func(t *testing.T) {
			call{opNop, allow, true}.register(t, task)
			wants(t, "child", play("allow close"), "0 0 EACCES")
		})
	})
}

// Filters are registered one by one: what was registered before an error stays.
func TestNotAtomic(t *testing.T) {
	kernel.Need(t, filters)
	r := newRing(t, 0)
	must(t, filter(r.FD(), opNop, deny))
	wants(t, "the second", registered(r.FD(), opClose, cbpf.Program{cbpf.LoadWord(40), cbpf.Return(1)}, denyRest), invalid)
	wants(t, "the third", registered(r.FD(), opClose, allow, size(255), denyRest), "EMSGSIZE")
	wants(t, "NOP", ask(r, nop), denied)
	wants(t, "CLOSE", ask(r, shut), "EBADF")
	wants(t, "SOCKET", ask(r, socket), "EAFNOSUPPORT")
}
