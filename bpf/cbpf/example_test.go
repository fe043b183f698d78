package cbpf_test

import (
	"encoding/binary"
	"fmt"

	"github.com/uringgen/uringgen/bpf/cbpf"
)

// A filter that accepts TCP over IPv4 and IPv6 and no other socket.
var onlyTCP = cbpf.Filter{
	Op:      45, // IORING_OP_SOCKET
	PDUSize: 12, // family, type, protocol
	Program: cbpf.Program{
		cbpf.LoadWord(16),        // family
		cbpf.JumpEqual(2, 1, 0),  // AF_INET: go on
		cbpf.JumpEqual(10, 0, 6), // AF_INET6: go on, else deny
		cbpf.LoadWord(20),        // type
		cbpf.And(0xf),            // without SOCK_CLOEXEC and SOCK_NONBLOCK, which Linux 7.0 shows
		cbpf.JumpEqual(1, 0, 3),  // SOCK_STREAM, except on mips: go on, else deny
		cbpf.LoadWord(24),        // protocol
		cbpf.JumpEqual(0, 2, 0),  // the default: accept
		cbpf.JumpEqual(6, 1, 0),  // IPPROTO_TCP: accept
		cbpf.Return(0),           // deny
		cbpf.Return(1),           // accept
	},
}

// request is a socket request as the filter would see it.
func request(family, typ, protocol uint32) (ctx cbpf.Context) {
	binary.NativeEndian.PutUint32(ctx[16:], family)
	binary.NativeEndian.PutUint32(ctx[20:], typ)
	binary.NativeEndian.PutUint32(ctx[24:], protocol)
	return ctx
}

func Example_socketAllowList() {
	for _, r := range [][3]uint32{{2, 1, 6}, {2, 2, 17}} {
		verdict, err := cbpf.Run(onlyTCP.Program, request(r[0], r[1], r[2]), nil)
		fmt.Println(verdict, err)
	}
	// Output:
	// 1 <nil>
	// 0 <nil>
}

func ExampleExplain() {
	why, err := cbpf.Explain(onlyTCP.Program, request(2, 2, 17), binary.NativeEndian)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(why)
	// Output:
	// denied by l5: jeq #0x1, l6, l9 is false, for [20] & 0xf = 0x2
	// path: l0-l1 l3-l5 l9
}

func ExampleValidate() {
	fmt.Println(cbpf.Validate(cbpf.Program{
		{Op: cbpf.BPF_LD | cbpf.BPF_B | cbpf.BPF_ABS, K: 9}, // sqe_flags
		cbpf.JumpSet(0x10, 0, 1),
		cbpf.Return(0),
		cbpf.Return(1),
	}))
	// Output:
	// l0: ldb [9]: a filter loads words of 32 bits only; ld [8], then rsh and and, which depends on the byte order
}

func ExampleProgram_String() {
	fmt.Print(cbpf.Program{cbpf.LoadWord(16), cbpf.JumpEqual(2, 0, 1), cbpf.Return(1), cbpf.Return(0)})
	// Output:
	// l0:	ld [16]
	// l1:	jeq #0x2, l2, l3
	// l2:	ret #0x1
	// l3:	ret #0x0
}
