//go:build linux

package rules

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// Requests as the kernel shows them, made of its records.

func record(op uapi.Op, flags uapi.SQEFlags, userData uint64) *uapi.IoUringBpfCtx {
	return &uapi.IoUringBpfCtx{Opcode: op, SqeFlags: flags, UserData: userData}
}

func contextOf(r *uapi.IoUringBpfCtx) cbpf.Context { return *(*cbpf.Context)(unsafe.Pointer(r)) }

func socketRequest(family, typ, protocol uint32) cbpf.Context {
	r := record(uapi.IORING_OP_SOCKET, 0, 0)
	*r.Socket() = uapi.IoUringBpfCtxSocket{Family: family, Type: typ, Protocol: protocol}
	return contextOf(r)
}

func openRequest(flags, mode, resolve uint64) cbpf.Context {
	r := record(uapi.IORING_OP_OPENAT2, 0, 0)
	*r.Open() = uapi.IoUringBpfCtxOpen{Flags: flags, Mode: mode, Resolve: resolve}
	return contextOf(r)
}

func connectRequest(addr string, port uint16) cbpf.Context {
	r := record(uapi.IORING_OP_CONNECT, 0, 0)
	c := r.Connect()
	c.Port = uapi.ToBE16(port)
	switch a := netip.MustParseAddr(addr); {
	case a.Is4():
		b := a.As4()
		c.Family = uapi.AF_INET
		c.SetV4Addr(uapi.ToBE32(binary.BigEndian.Uint32(b[:])))
	default:
		c.Family = uapi.AF_INET6
		*c.V6Addr() = a.As16()
	}
	return contextOf(r)
}

func nopRequest(flags uapi.SQEFlags, userData uint64) cbpf.Context {
	return contextOf(record(uapi.IORING_OP_NOP, flags, userData))
}

var evalTests = []struct {
	rule Rule
	ctx  cbpf.Context
	want bool
}{
	{Accept(), nopRequest(0, 0), true},
	{Deny(), nopRequest(0, 0), false},
	{Not(Deny()), nopRequest(0, 0), true},
	{All(Accept(), Deny()), nopRequest(0, 0), false},
	{Any(Accept(), Deny()), nopRequest(0, 0), true},

	{UserData.Is(0x123456789a), nopRequest(0, 0x123456789a), true},
	{UserData.Is(0x123456789a), nopRequest(0, 0x3456789a), false},
	{UserData.Between(5, 1<<40), nopRequest(0, 1<<40), true},
	{UserData.Between(5, 1<<40), nopRequest(0, 1<<40+1), false},
	{UserData.Between(5, 1<<40), nopRequest(0, 4), false},
	{UserData.AtLeast(1 << 40), nopRequest(0, 1<<40-1), false},
	{UserData.AtLeast(1 << 40), nopRequest(0, ^uint64(0)), true},
	{UserData.AtMost(1 << 40), nopRequest(0, 0), true},
	{SQEFlags.HasNone(uapi.IOSQE_ASYNC), nopRequest(uapi.IOSQE_IO_LINK, 0), true},
	{SQEFlags.HasNone(uapi.IOSQE_ASYNC), nopRequest(uapi.IOSQE_IO_LINK|uapi.IOSQE_ASYNC, 0), false},
	{SQEFlags.HasOnly(uapi.IOSQE_ASYNC), nopRequest(0, 0), true},
	{SQEFlags.HasOnly(uapi.IOSQE_ASYNC), nopRequest(uapi.IOSQE_ASYNC|uapi.IOSQE_IO_LINK, 0), false},

	{SocketFamily.In(uapi.AF_INET, uapi.AF_INET6), socketRequest(uapi.AF_INET6, 0, 0), true},
	{SocketFamily.In(uapi.AF_INET, uapi.AF_INET6), socketRequest(uapi.AF_UNIX, uapi.AF_INET, uapi.AF_INET), false},
	{SocketType.Is(uapi.SOCK_STREAM), socketRequest(0, uapi.SOCK_STREAM, 0), true},
	{SocketType.Is(uapi.SOCK_STREAM), socketRequest(0, uapi.SOCK_STREAM|uapi.SOCK_CLOEXEC|uapi.SOCK_NONBLOCK, 0), true},
	{SocketType.Is(uapi.SOCK_STREAM), socketRequest(uapi.SOCK_STREAM, uapi.SOCK_DGRAM, 0), false},
	{SocketProtocol.Is(uapi.IPPROTO_TCP), socketRequest(0, 0, uapi.IPPROTO_TCP), true},

	{OpenFlags.MaskIn(uapi.O_ACCMODE, uapi.O_RDONLY, uapi.O_WRONLY), openRequest(uapi.O_CREAT|uapi.O_WRONLY, 0, 0), true},
	{OpenFlags.MaskIn(uapi.O_ACCMODE, uapi.O_RDONLY, uapi.O_WRONLY), openRequest(uapi.O_CREAT|uapi.O_RDWR, 0, 0), false},
	{OpenFlags.HasAll(uapi.O_CREAT | uapi.O_EXCL), openRequest(uapi.O_CREAT|uapi.O_EXCL|uapi.O_RDWR, 0, 0), true},
	{OpenFlags.HasAll(uapi.O_CREAT | uapi.O_EXCL), openRequest(uapi.O_CREAT, 0, 0), false},
	{OpenFlags.HasAny(1<<40 | 1), openRequest(1<<40, 0, 0), true},
	{OpenFlags.HasAny(1<<40 | 1), openRequest(1<<8, 1, 1), false},
	{OpenMode.AtMost(0o700), openRequest(0, 0o700, 0), true},
	{OpenMode.AtMost(0o700), openRequest(0, 0o701, 0), false},
	{OpenResolve.HasAll(uapi.RESOLVE_BENEATH), openRequest(0, 0, uapi.RESOLVE_BENEATH|uapi.RESOLVE_NO_XDEV), true},
	{OpenResolve.HasAll(uapi.RESOLVE_BENEATH), openRequest(uapi.RESOLVE_BENEATH, uapi.RESOLVE_BENEATH, 0), false},

	{ConnectFamily.Is(uapi.AF_INET), connectRequest("10.0.0.1", 443), true},
	{ConnectPort.Is(443), connectRequest("10.0.0.1", 443), true},
	{ConnectPort.Between(8000, 8080), connectRequest("10.0.0.1", 8080), true},
	{ConnectPort.Between(8000, 8080), connectRequest("10.0.0.1", 8081), false},
	{ConnectPort.Between(8000, 8080), connectRequest("10.0.0.1", 0x401f), false},
	{ConnectAddr.In(prefix("10.0.0.0/8")), connectRequest("10.255.0.1", 0), true},
	{ConnectAddr.In(prefix("10.1.2.3/8")), connectRequest("10.255.0.1", 0), true},
	{ConnectAddr.In(prefix("10.0.0.0/8")), connectRequest("11.0.0.1", 0), false},
	{ConnectAddr.In(prefix("10.0.0.0/8")), connectRequest("::ffff:10.0.0.1", 0), false},
	{ConnectAddr.In(prefix("0.0.0.0/0")), connectRequest("::1", 0), false},
	{ConnectAddr.In(prefix("::/0")), connectRequest("127.0.0.1", 0), false},
	{ConnectAddr.In(prefix("::/0")), connectRequest("::ffff:127.0.0.1", 0), true},
	{ConnectAddr.In(prefix("::ffff:10.0.0.0/104")), connectRequest("::ffff:10.0.0.1", 0), true},
	{ConnectAddr.Is(netip.MustParseAddr("2001:db8::1")), connectRequest("2001:db8::1", 0), true},
	{ConnectAddr.Is(netip.MustParseAddr("2001:db8::1")), connectRequest("2001:db8::2", 0), false},
	{ConnectAddrUnmapped.In(prefix("10.0.0.0/8")), connectRequest("10.0.0.1", 0), true},
	{ConnectAddrUnmapped.In(prefix("10.0.0.0/8")), connectRequest("::ffff:10.0.0.1", 0), true},
	{ConnectAddrUnmapped.In(prefix("10.0.0.0/8")), connectRequest("::10.0.0.1", 0), false},
	{ConnectAddrUnmapped.In(prefix("::/0")), connectRequest("::ffff:10.0.0.1", 0), false},
	{ConnectAddrUnmapped.In(prefix("::/0")), connectRequest("::10.0.0.1", 0), true},
	{Not(ConnectAddr.In(prefix("10.0.0.0/8"))), socketOfUnix(), true},
	{ConnectAddr.In(prefix("0.0.0.0/0"), prefix("::/0")), socketOfUnix(), false},
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// socketOfUnix is a connect request of a family that has no address here.
func socketOfUnix() cbpf.Context {
	r := record(uapi.IORING_OP_CONNECT, 0, 0)
	r.Connect().Family = uapi.AF_UNIX
	return contextOf(r)
}

// TestEval has the reference, and the compiler, say what is plain to see.
func TestEval(t *testing.T) {
	for _, tt := range evalTests {
		got, err := tt.rule.Eval(tt.ctx, nil)
		if err != nil || got != tt.want {
			t.Errorf("%v of %x: %v, %v; want %v", tt.rule, tt.ctx, got, err, tt.want)
		}
		f, err := Compile(uapi.Op(tt.ctx[8]), tt.rule)
		if err != nil {
			t.Errorf("%v: %v", tt.rule, err)
			continue
		}
		if got, err := cbpf.Run(f.Program, tt.ctx, nil); err != nil || (got != 0) != tt.want {
			t.Errorf("%v compiled, of %x: %v, %v; want %v\n%v", tt.rule, tt.ctx, got, err, tt.want, f.Program)
		}
	}
}

// TestLayout has the reference read each field of a record whose bytes all
// differ, as another machine would.
func TestLayout(t *testing.T) {
	var ctx cbpf.Context
	for i := range ctx {
		ctx[i] = byte(0x80 + i)
	}
	for _, tt := range []struct {
		op          uapi.Op
		little, big Rule
	}{
		{uapi.IORING_OP_NOP, UserData.Is(0x8786858483828180), UserData.Is(0x8081828384858687)},
		{uapi.IORING_OP_NOP, SQEFlags.Is(0x89), SQEFlags.Is(0x89)},
		{uapi.IORING_OP_SOCKET, SocketFamily.Is(0x93929190), SocketFamily.Is(0x90919293)},
		{uapi.IORING_OP_SOCKET, SocketType.Is(4), SocketType.Is(7)},
		{uapi.IORING_OP_SOCKET, SocketProtocol.Is(0x9b9a9998), SocketProtocol.Is(0x98999a9b)},
		{uapi.IORING_OP_OPENAT, OpenFlags.Is(0x9796959493929190), OpenFlags.Is(0x9091929394959697)},
		{uapi.IORING_OP_OPENAT, OpenMode.Is(0x9f9e9d9c9b9a9998), OpenMode.Is(0x98999a9b9c9d9e9f)},
		{uapi.IORING_OP_OPENAT2, OpenResolve.Is(0xa7a6a5a4a3a2a1a0), OpenResolve.Is(0xa0a1a2a3a4a5a6a7)},
		{uapi.IORING_OP_CONNECT, ConnectFamily.Is(0x93929190), ConnectFamily.Is(0x90919293)},
		{uapi.IORING_OP_CONNECT, ConnectPort.Is(0x9495), ConnectPort.Is(0x9495)},
	} {
		ctx[8] = byte(tt.op)
		for i, r := range []Rule{tt.little, tt.big} {
			if ok, err := r.Eval(ctx, orders[i]); err != nil || !ok {
				t.Errorf("%v, %v: %v, %v; want true", r, orders[i], ok, err)
			}
			f, err := CompileFor(tt.op, r, orders[i])
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, r, f, ctx, orders[i])
		}
	}
}
