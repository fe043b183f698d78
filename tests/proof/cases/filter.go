package cases

import (
	"slices"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/filters"
	"github.com/uringgen/uringgen/generated/filters/obj"
	"github.com/uringgen/uringgen/generated/uapi"
)

// Filter is a shipped filter.
type Filter struct {
	Name      string // of the Go function in package filters
	Source    string // bpf/src/<Source>.bpf.c
	C         string // of the C function
	Ops       []uapi.Op
	Any       bool      // it is for any operation; Ops are some
	Never     []uapi.Op // those of Ops of which it admits nothing
	Predicate func(*Arch) Predicate
	Literals  func() []cbpf.Filter // what ships for the running architecture
}

var (
	socketOp   = []uapi.Op{uapi.IORING_OP_SOCKET}
	connectOp  = []uapi.Op{uapi.IORING_OP_CONNECT}
	openOps    = []uapi.Op{uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2}
	commandOps = []uapi.Op{uapi.IORING_OP_URING_CMD, uapi.IORING_OP_URING_CMD128}
	nopOps     = []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_NOP128}
	someOps    = []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_SOCKET, uapi.IORING_OP_READ}
)

// Filters is all that ships.
var Filters = []Filter{
	{Name: "TcpSockets", Source: "socket", C: "tcp_sockets", Ops: socketOp, Predicate: tcpSockets, Literals: filters.TcpSockets},
	{Name: "UsualSockets", Source: "socket", C: "usual_sockets", Ops: socketOp, Predicate: usualSockets, Literals: filters.UsualSockets},
	{Name: "DenyKernelFamilies", Source: "families", C: "deny_kernel_families", Ops: socketOp, Predicate: denyKernelFamilies, Literals: filters.DenyKernelFamilies},
	{Name: "OpenBeneath", Source: "open", C: "open_beneath", Ops: openOps, Never: openOps[:1], Predicate: openBeneath, Literals: filters.OpenBeneath},
	{Name: "OpenReadOnly", Source: "open", C: "open_read_only", Ops: openOps, Predicate: openReadOnly, Literals: filters.OpenReadOnly},
	{Name: "ConnectPort", Source: "connect", C: "connect_port", Ops: connectOp, Predicate: PortsFrom(ShippedPorts[0], ShippedPorts[1]), Literals: filters.ConnectPort},
	{Name: "ConnectNet4", Source: "connect", C: "connect_net4", Ops: connectOp, Predicate: Net4(ShippedNet4), Literals: filters.ConnectNet4},
	{Name: "ConnectNet6", Source: "connect", C: "connect_net6", Ops: connectOp, Predicate: Net6(ShippedNet6), Literals: filters.ConnectNet6},
	{Name: "ConnectPrivate", Source: "connect", C: "connect_private", Ops: connectOp, Predicate: connectPrivate, Literals: filters.ConnectPrivate},
	{Name: "Unlinked", Source: "requests", C: "unlinked", Ops: someOps, Any: true, Predicate: unlinked, Literals: func() []cbpf.Filter { return filters.Unlinked(someOps...) }},
	{Name: "DenyCommands", Source: "requests", C: "deny_commands", Ops: commandOps, Never: commandOps, Predicate: never, Literals: filters.DenyCommands},
	{Name: "DenyNops", Source: "requests", C: "deny_nops", Ops: nopOps, Never: nopOps, Predicate: never, Literals: filters.DenyNops},
}

// Sources are the files of bpf/src, with what loads their objects for the
// running architecture.
var Sources = map[string]func() (*ebpf.CollectionSpec, error){
	"socket": obj.LoadSocket, "families": obj.LoadFamilies, "open": obj.LoadOpen, "connect": obj.LoadConnect, "requests": obj.LoadRequests,
}

// ByName is the filter of that name.
func ByName(name string) Filter {
	for _, f := range Filters {
		if f.Name == name {
			return f
		}
	}
	panic("no filter " + name)
}

// Translate makes classic BPF of the filter for one operation.
func (f *Filter) Translate(spec *ebpf.CollectionSpec, op uapi.Op) (cbpf.Program, error) {
	of := int(op)
	if f.Any {
		of = bpf.AnyOp
	}
	res, err := bpf.Translate(spec, f.C, of)
	if err != nil {
		return nil, err
	}
	return res.Program, nil
}

// Literal is what ships for the running architecture and an operation.
func (f *Filter) Literal(op uapi.Op) cbpf.Program {
	for _, l := range f.Literals() {
		if l.Op == uint8(op) {
			return l.Program
		}
	}
	panic("package filters has no " + f.Name + " for " + op.String())
}

// Decides tells that the filter admits some requests of the operation and denies
// others.
func (f *Filter) Decides(op uapi.Op) bool { return !slices.Contains(f.Never, op) }

// Share is the filter's part, for one operation, of a total that all filters
// share. Where there is nothing to decide, there is little to ask.
func (f *Filter) Share(op uapi.Op, total int) int {
	const least = 100
	if !f.Decides(op) {
		return least
	}
	n := 0
	for _, f := range Filters {
		n += len(f.Ops) - len(f.Never)
	}
	return max(total/n, least)
}
