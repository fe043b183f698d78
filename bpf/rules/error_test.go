//go:build linux

package rules

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

var errorTests = []struct {
	op   uapi.Op
	rule Rule
	want string
}{
	{uapi.IORING_OP_NOP, Rule{}, "IORING_OP_NOP: zero rule: is the zero Rule; use Accept or Deny"},
	{uapi.IORING_OP_NOP, Not(Rule{}), "zero rule: is the zero Rule"},
	{uapi.IORING_OP_NOP, Any(Accept(), Rule{}), "zero rule: is the zero Rule"},
	{uapi.IORING_OP_NOP, All(), "all of nothing: has no rules; use Accept or Deny, if that is what an empty list is to mean"},
	{uapi.IORING_OP_NOP, Not(Any()), "any of nothing: has no rules"},
	{uapi.IORING_OP_NOP, UserData.In(), "user_data in {}: has no values"},
	{uapi.IORING_OP_CONNECT, ConnectAddr.In(), "connect.addr in {}: has no prefixes"},

	{uapi.IORING_OP_OPENAT, SocketFamily.Is(2), "IORING_OP_OPENAT: socket.family == 2: the operation has no socket.family; use it in rules for IORING_OP_SOCKET"},
	{uapi.IORING_OP_SOCKET, All(SocketFamily.Is(2), OpenFlags.HasNone(1)), "IORING_OP_SOCKET: open.flags & 0x1 == 0: the operation has no open.flags; use it in rules for IORING_OP_OPENAT or IORING_OP_OPENAT2"},
	{uapi.IORING_OP_BIND, ConnectAddr.Is(netip.IPv6Loopback()), "IORING_OP_BIND: connect.addr == ::1: the operation has no connect.addr; use it in rules for IORING_OP_CONNECT"},

	{uapi.IORING_OP_SOCKET, SocketType.Is(uapi.SOCK_STREAM | uapi.SOCK_CLOEXEC), "can never hold for 0x8000"},
	{uapi.IORING_OP_SOCKET, SocketType.AtLeast(16), "socket.type >= 16: can never hold; use a lower bound of at most 0xf"},
	{uapi.IORING_OP_SOCKET, SocketType.HasAny(uapi.SOCK_CLOEXEC), "names bits that the field does not have; use those of 0xf"},
	{uapi.IORING_OP_OPENAT, OpenFlags.HasAll(uapi.O_RDONLY), "open.flags & 0x0 == 0x0: names no bits; use Is or MaskIn"},
	{uapi.IORING_OP_OPENAT, OpenFlags.HasAny(0), "names no bits"},
	{uapi.IORING_OP_OPENAT, OpenFlags.HasNone(0), "names no bits"},
	{uapi.IORING_OP_OPENAT, OpenFlags.MaskIn(0, 0), "names no bits"},
	{uapi.IORING_OP_OPENAT, OpenFlags.MaskIn(3), "has no values"},
	{uapi.IORING_OP_OPENAT, OpenFlags.MaskIn(3, 1, 4), "open.flags & 0x3 in {0x1, 0x4}: can never hold for 0x4; use values that have no bits but those of 0x3"},
	{uapi.IORING_OP_CONNECT, ConnectPort.Between(2, 1), "2 <= connect.port <= 1: has its bounds the wrong way round; give the lower one first"},

	{uapi.IORING_OP_CONNECT, ConnectAddr.In(netip.Prefix{}), "has a prefix that is not valid"},
	{uapi.IORING_OP_CONNECT, ConnectAddr.Is(netip.Addr{}), "has a prefix that is not valid"},
	{uapi.IORING_OP_CONNECT, ConnectAddr.Is(netip.MustParseAddr("fe80::1%eth0")), "or has a zone; use netip.ParsePrefix and netip.ParseAddr, without zone: a filter does not see it"},
	{uapi.IORING_OP_CONNECT, ConnectAddrUnmapped.In(prefix("::ffff:10.0.0.0/104")), "no address is in ::ffff:10.0.0.0/104 once it is unmapped; write it as an IPv4 prefix"},
	{uapi.IORING_OP_CONNECT, Field[uint64](0).Is(1), "is about no field; use the package's constants"},
	{uapi.IORING_OP_CONNECT, Field[uint64](99).Is(1), "is about no field"},
	{uapi.IORING_OP_CONNECT, Field[uint64](connectAddr).Is(1), "is about no field"},
	{uapi.IORING_OP_CONNECT, AddressField(0).In(prefix("::/0")), "is about no field"},
	{uapi.IORING_OP_CONNECT, AddressField(connectPort).In(prefix("::/0")), "is about no field"},

	{uapi.IORING_OP_NOP, doubled(UserData.Is(1), 100), "has more than 131072 parts and values"},
	{uapi.IORING_OP_CONNECT, ConnectPort.In(ports(65535, 3)...), "more than 4096 classic BPF instructions, by far; use ranges and prefixes, or compile the parts of an All one by one"},
	{uapi.IORING_OP_NOP, UserData.In(scattered(130000)...), "more than 4096 classic BPF instructions"},
	{uapi.IORING_OP_NOP, Any(tests(20000)...), "the rule has too many parts"},
	{uapi.IORING_OP_NOP, nested(10000, UserData.In(scattered(40000)...)), "the rule has too many parts"},
}

// doubled is a rule that is n levels of two equal ones.
func doubled(r Rule, n int) Rule {
	for range n {
		r = All(r, r)
	}
	return r
}

// ports is every so-manyth port below end.
func ports(end, step int) (out []uint16) {
	for p := 0; p < end; p += step {
		out = append(out, uint16(p))
	}
	return out
}

// scattered is n numbers far from each other.
func scattered(n uint64) (out []uint64) {
	for i := range n {
		out = append(out, i*0x9e3779b97f4a7c15)
	}
	return out
}

// tests is n tests that cannot be put together.
func tests(n uint64) (out []Rule) {
	for i := range n {
		out = append(out, All(UserData.MaskIn(i+1, i+1), SQEFlags.MaskIn(0xff, uapi.SQEFlags(i))))
	}
	return out
}

// nested is n levels around a rule, each of which changes all of it.
func nested(n int, r Rule) Rule {
	for i := range n {
		r = All(UserData.AtMost(^uint64(i)), Any(UserData.Is(uint64(i)), r))
	}
	return r
}

func TestErrors(t *testing.T) {
	for _, tt := range errorTests {
		f, err := Compile(tt.op, tt.rule)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
			continue
		}
		if e.Op != tt.op || e.Reason == "" || e.Remedy == "" || len(err.Error()) > 300 {
			t.Errorf("error %#v", e)
		}
		if f.Program != nil {
			t.Errorf("%v: a program beside the error", err)
		}
	}
}

// TestEvalErrors has Eval refuse what Compile refuses, but for what is only too
// long for a program.
func TestEvalErrors(t *testing.T) {
	for _, tt := range errorTests {
		if strings.Contains(tt.want, "classic BPF instructions") || strings.Contains(tt.want, "too many parts") {
			continue
		}
		ctx := cbpf.Context{8: byte(tt.op)}
		if ok, err := tt.rule.Eval(ctx, nil); ok || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, %v; want an error with %q", ok, err, tt.want)
		}
	}
}

func TestSetErrors(t *testing.T) {
	if _, err := (Set{}).Compile(); err == nil || !strings.Contains(err.Error(), "no operations") {
		t.Errorf("an empty set: %v", err)
	}
	filters, err := Set{uapi.IORING_OP_NOP: {}, uapi.IORING_OP_SOCKET: Accept(), uapi.IORING_OP_OPENAT: SocketFamily.Is(2)}.Compile()
	want := "IORING_OP_NOP: zero rule: is the zero Rule; use Accept or Deny\n" +
		"IORING_OP_OPENAT: socket.family == 2: the operation has no socket.family; use it in rules for IORING_OP_SOCKET"
	if err == nil || err.Error() != want || filters != nil {
		t.Errorf("got %v, %v; want %s", filters, err, want)
	}
}
