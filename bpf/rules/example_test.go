//go:build linux

package rules_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/bpf/rules"
	"github.com/uringgen/uringgen/generated/uapi"
)

func ExampleCompile() {
	local := rules.All(
		rules.SocketFamily.In(uapi.AF_UNIX, uapi.AF_NETLINK),
		rules.SocketType.Is(uapi.SOCK_RAW), // with SOCK_CLOEXEC or without
		rules.SocketProtocol.Is(0),
	)
	f, err := rules.CompileFor(uapi.IORING_OP_SOCKET, local, binary.LittleEndian)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("payload:", f.PDUSize, "bytes")
	fmt.Print(f.Program)
	// Output:
	// payload: 12 bytes
	// l0:	ld [16]
	// l1:	jeq #0x1, l3, l2
	// l2:	jeq #0x10, l3, l9
	// l3:	ld [20]
	// l4:	and #0xf
	// l5:	jeq #0x3, l6, l9
	// l6:	ld [24]
	// l7:	jeq #0x0, l8, l9
	// l8:	ret #0x1
	// l9:	ret #0x0
}

// connection is a request to connect, as a filter sees it.
func connection(addr netip.AddrPort) (ctx cbpf.Context) {
	ctx[8] = byte(uapi.IORING_OP_CONNECT)
	family := uint32(uapi.AF_INET6)
	if addr.Addr().Is4() {
		family = uapi.AF_INET
	}
	binary.NativeEndian.PutUint32(ctx[16:], family)
	binary.BigEndian.PutUint16(ctx[20:], addr.Port())
	copy(ctx[24:], addr.Addr().AsSlice())
	return ctx
}

// Web servers may be reached, but not the host itself, nor the cloud's service
// for its machines, in whatever way their addresses are written.
func Example_connect() {
	web := rules.All(
		rules.ConnectFamily.In(uapi.AF_INET, uapi.AF_INET6),
		rules.Any(rules.ConnectPort.In(80, 443), rules.ConnectPort.Between(8000, 8999)),
		rules.Not(rules.ConnectAddrUnmapped.In(
			netip.MustParsePrefix("0.0.0.0/8"), // 0.0.0.0 is loopback, too
			netip.MustParsePrefix("127.0.0.0/8"),
			netip.MustParsePrefix("169.254.0.0/16"),
			netip.MustParsePrefix("::/127"), // :: and ::1
		)),
	)
	f, err := rules.Compile(uapi.IORING_OP_CONNECT, web)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, addr := range []string{"93.184.216.34:443", "[2606:2800:21f::1]:8080", "93.184.216.34:22", "169.254.169.254:80", "[::ffff:169.254.169.254]:80", "[::1]:80"} {
		verdict, err := cbpf.Run(f.Program, connection(netip.MustParseAddrPort(addr)), nil)
		fmt.Println(verdict, err, addr)
	}
	// Output:
	// 1 <nil> 93.184.216.34:443
	// 1 <nil> [2606:2800:21f::1]:8080
	// 0 <nil> 93.184.216.34:22
	// 0 <nil> 169.254.169.254:80
	// 0 <nil> [::ffff:169.254.169.254]:80
	// 0 <nil> [::1]:80
}

func ExampleSet_Compile() {
	filters, err := rules.Set{
		uapi.IORING_OP_OPENAT2: rules.All(
			rules.OpenResolve.HasAll(uapi.RESOLVE_BENEATH),
			rules.OpenFlags.HasNone(uapi.O_WRONLY|uapi.O_RDWR|uapi.O_CREAT|uapi.O_TRUNC),
		),
		uapi.IORING_OP_READ:  rules.Accept(),
		uapi.IORING_OP_CLOSE: rules.SQEFlags.HasNone(uapi.IOSQE_ASYNC),
	}.Compile()
	for _, f := range filters {
		fmt.Println(uapi.Op(f.Op), f.PDUSize, len(f.Program))
	}
	fmt.Println(err)

	_, err = rules.Compile(uapi.IORING_OP_OPENAT, rules.SocketFamily.Is(uapi.AF_INET))
	fmt.Println(err)
	// Output:
	// IORING_OP_CLOSE 0 4
	// IORING_OP_READ 0 1
	// IORING_OP_OPENAT2 24 6
	// <nil>
	// IORING_OP_OPENAT: socket.family == 2: the operation has no socket.family; use it in rules for IORING_OP_SOCKET
}

func ExampleRule_Eval() {
	rule := rules.Any(
		rules.ConnectAddr.In(netip.MustParsePrefix("10.0.0.0/8")),
		rules.ConnectPort.Is(53),
	)
	fmt.Println(rule)
	for _, addr := range []string{"10.1.2.3:80", "192.0.2.1:53", "192.0.2.1:80"} {
		fmt.Println(rule.Eval(connection(netip.MustParseAddrPort(addr)), nil))
	}
	// Output:
	// (connect.addr in 10.0.0.0/8) || (connect.port == 53)
	// true <nil>
	// true <nil>
	// false <nil>
}
