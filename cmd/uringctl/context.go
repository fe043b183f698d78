//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/generated/uapi"
)

// contextOf is what a filter sees of a request whose members have the values
// that words of the form member=value give; the others are zero.
func contextOf(op uapi.Op, words []string, order binary.ByteOrder) (ctx cbpf.Context, err error) {
	p := payloads[op]
	ctx[8], ctx[10] = uint8(op), p.size
	members := slices.Concat(p.members, always)
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return ctx, cli.Usagef("%q: want member=value", w)
		}
		m, err := memberNamed(members, name)
		if err != nil {
			return ctx, fmt.Errorf("%w of %v", err, op)
		}
		if err := m.put(ctx[m.offset:m.offset+m.size], value, order); err != nil {
			return ctx, cli.Usagef("%s: %w", w, err)
		}
	}
	return ctx, nil
}

func memberNamed(members []member, name string) (member, error) {
	var names []string
	for _, m := range members {
		if m.name == name {
			return m, nil
		}
		names = append(names, m.name)
	}
	return member{}, cli.Usagef("%q is none of %s, which filters see", name, strings.Join(names, ", "))
}

// put writes a value to the bytes of the member.
func (m member) put(dst []byte, value string, order binary.ByteOrder) error {
	if m.kind == address {
		a, err := netip.ParseAddr(value)
		if err != nil || a.BitLen() != 8*m.size {
			return fmt.Errorf("want an IP address of %d bytes", m.size)
		}
		copy(dst, a.AsSlice())
		return nil
	}
	if m.kind == port {
		order = binary.BigEndian
	}
	v, err := parse(value)
	switch {
	case err != nil:
		return err
	case m.size < 8 && v>>(8*m.size) != 0:
		return fmt.Errorf("%#x does not fit into %d bytes", v, m.size)
	}
	store(dst, v, order)
	return nil
}

// parse reads numbers and names of constants, joined by |.
func parse(value string) (v uint64, err error) {
	for term := range strings.SplitSeq(value, "|") {
		n, ok := constants()[term]
		if !ok {
			if n, err = strconv.ParseUint(term, 0, 64); err != nil {
				return 0, fmt.Errorf("%q is neither a number nor a constant such as AF_INET, O_CREAT or IOSQE_ASYNC", term)
			}
		}
		v |= n
	}
	return v, nil
}

// store writes all bytes of dst.
func store(dst []byte, v uint64, order binary.ByteOrder) {
	var wide [8]byte
	order.PutUint64(wide[:], v)
	if orderName(order) == big {
		copy(dst, wide[8-len(dst):])
	} else {
		copy(dst, wide[:])
	}
}
