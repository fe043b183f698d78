// Package rules makes filters of io_uring requests from rules in Go, for those
// who do not want to write them in C:
//
//	web := rules.All(
//		rules.ConnectPort.In(80, 443),
//		rules.Not(rules.ConnectAddrUnmapped.In(netip.MustParsePrefix("169.254.0.0/16"))),
//	)
//	filters, err := rules.Set{
//		uapi.IORING_OP_SOCKET: rules.All(
//			rules.SocketFamily.In(uapi.AF_INET, uapi.AF_INET6),
//			rules.SocketType.Is(uapi.SOCK_STREAM),
//		),
//		uapi.IORING_OP_CONNECT: rules.All(rules.ConnectFamily.In(uapi.AF_INET, uapi.AF_INET6), web),
//	}.Compile()
//	if err == nil {
//		err = r.AttachFilters(ring.FilterSet{Filters: filters, DenyRest: true})
//	}
//
// A rule is a test of a [Field] or of an [AddressField], or is made of others by
// [All], [Any] and [Not]. It is compiled to classic BPF when it is known for
// which operation: a field that the operation does not have is an error then, as
// are an empty list, a value that the field cannot have, and a rule that was
// never set. Nothing of the kind accepts or denies in silence.
//
// Small sets become a test for each value, large ones a search by halves: 1,000
// ports are about 1,250 instructions, of which at most 20 run for a request.
// Neighbours, prefixes and bits are put together first.
//
// Constants that differ by architecture, such as SOCK_STREAM and O_CREAT, are
// those of package uapi for the machine that the program is built for.
//
// A filter holds requests to what the kernel shows of them: not the path of a
// file, and the address of IORING_OP_CONNECT only since Linux 7.2. Filters of
// rules that read it say so by their PDUSize, so that older kernels refuse them
// instead of showing zeros.
package rules
