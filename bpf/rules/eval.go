package rules

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// Eval is what the rule says of a request: whether a filter made of it accepts
// one with this context. It is for tests of a policy, and shares nothing with
// Compile that a fault could hide in. order is the byte order of the machine
// whose context it is; nil is the order of this one. Where Compile would refuse
// the rule for the context's operation, so does Eval, by an *[Error].
func (r Rule) Eval(ctx cbpf.Context, order binary.ByteOrder) (bool, error) {
	if _, err := r.check(uapi.Op(ctx[at(&sample.Opcode)])); err != nil {
		return false, err
	}
	if order == nil {
		order = binary.NativeEndian
	}
	return r.get().eval(&request{ctx, order}), nil
}

// request is a context that can be read.
type request struct {
	ctx   cbpf.Context
	order binary.ByteOrder
}

func (p *part) eval(q *request) bool {
	holds := func(r Rule) bool { return r.get().eval(q) }
	switch p.kind {
	case always:
		return true
	case all:
		return !slices.ContainsFunc(p.subs, func(r Rule) bool { return !holds(r) })
	case anyOf:
		return slices.ContainsFunc(p.subs, holds)
	case not:
		return !holds(p.subs[0])
	case addressIn:
		return p.evalAddress(q)
	case nothing, tooLarge, never:
		return false
	}
	v := q.number(p.field.get())
	switch p.kind {
	case oneOf:
		return slices.Contains(p.values, v)
	case between:
		return p.values[0] <= v && v <= p.values[1]
	case hasAll:
		return v&p.mask == p.mask
	case hasAny:
		return v&p.mask != 0
	case hasNone:
		return v&p.mask == 0
	case hasOnly:
		return v|p.mask == p.mask
	default: // maskedOneOf
		return slices.Contains(p.values, v&p.mask)
	}
}

// number is the value of a field, as rules see it.
func (q *request) number(f field) uint64 {
	order := q.order
	if f.network {
		order = binary.BigEndian
	}
	switch b := q.ctx[f.offset:]; f.bits {
	case 8:
		return uint64(b[0]) & f.mask
	case 16:
		return uint64(order.Uint16(b)) & f.mask
	case 32:
		return uint64(order.Uint32(b)) & f.mask
	default:
		return order.Uint64(b) & f.mask
	}
}

func (p *part) evalAddress(q *request) bool {
	f := p.field.get()
	var addr netip.Addr
	switch q.number(connectFamily.get()) {
	case inet:
		addr = netip.AddrFrom4([4]byte(q.ctx[f.offset:]))
	case inet6:
		addr = netip.AddrFrom16([16]byte(q.ctx[f.offset:]))
	}
	if p.field == connectAddrUnmapped {
		addr = addr.Unmap()
	}
	return slices.ContainsFunc(p.prefixes, func(x netip.Prefix) bool { return x.Contains(addr) })
}
