package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/generated/uapi"
)

// check finds the first part that means nothing, or nothing for the operation,
// and tells whether the rule reads the payload.
func (r Rule) check(op uapi.Op) (reads *payload, err error) {
	p := r.get()
	for _, sub := range p.subs {
		of, err := sub.check(op)
		if err != nil {
			return nil, err
		}
		if of != nil {
			reads = of
		}
	}
	reason, remedy := p.fault()
	if reason == "" && p.field != noField {
		reads = p.field.get().of
		reason, remedy = reads.fault(op, p.field.get().name)
	}
	if reason != "" {
		return nil, &Error{op, r.short(), reason, remedy}
	}
	return reads, nil
}

// fault is what is wrong with reading the field of a payload for an operation.
func (of *payload) fault(op uapi.Op, name string) (reason, remedy string) {
	if of == nil || slices.Contains(of.ops, op) {
		return "", ""
	}
	var names []string
	for _, o := range of.ops {
		names = append(names, o.String())
	}
	return "the operation has no " + name, "use it in rules for " + strings.Join(names, " or ")
}

// fault is what is wrong with the part by itself; "" if nothing is.
func (p *part) fault() (reason, remedy string) {
	switch p.kind {
	case nothing:
		return "is the zero Rule", "use Accept or Deny"
	case tooLarge:
		return fmt.Sprintf("has more than %d parts and values", maxSize), "use ranges and prefixes, or give an operation several filters, which must all accept"
	case all, anyOf:
		if len(p.subs) == 0 {
			return "has no rules", "use Accept or Deny, if that is what an empty list is to mean"
		}
	case oneOf, between, hasAll, hasAny, hasNone, hasOnly, maskedOneOf:
		return p.faultOfTest()
	case addressIn:
		return p.faultOfAddress()
	}
	return "", ""
}

func (p *part) faultOfTest() (reason, remedy string) {
	f := p.field.get()
	if f.name == "" || f.isAddress() {
		return "is about no field", "use the package's constants"
	}
	switch p.kind {
	case oneOf:
		return faultOfValues(p.values, f.mask)
	case between:
		switch {
		case p.values[0] > p.values[1]:
			return "has its bounds the wrong way round", "give the lower one first"
		case p.values[0] > f.mask:
			return "can never hold", fmt.Sprintf("use a lower bound of at most %#x", f.mask)
		}
	case hasAll, hasAny, hasNone, maskedOneOf:
		switch {
		case p.mask == 0:
			return "names no bits", "use Is or MaskIn, if it is a constant that is 0 here, such as O_RDONLY"
		case p.mask&^f.mask != 0:
			return "names bits that the field does not have", fmt.Sprintf("use those of %#x", f.mask)
		case p.kind == maskedOneOf:
			return faultOfValues(p.values, p.mask)
		}
	}
	return "", ""
}

// faultOfValues is what is wrong with values of which one is to be equal to
// something that has bits of mask only.
func faultOfValues(values []uint64, mask uint64) (reason, remedy string) {
	if len(values) == 0 {
		return "has no values", "use Accept or Deny, if that is what an empty list is to mean"
	}
	for _, v := range values {
		if v&^mask != 0 {
			return fmt.Sprintf("can never hold for %#x", v), fmt.Sprintf("use values that have no bits but those of %#x", mask)
		}
	}
	return "", ""
}

// mapped is the addresses ::ffff:a.b.c.d.
var mapped = netip.PrefixFrom(netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff}), 96)

func (p *part) faultOfAddress() (reason, remedy string) {
	switch f := p.field.get(); {
	case !f.isAddress():
		return "is about no field", "use the package's constants"
	case len(p.prefixes) == 0:
		return "has no prefixes", "use Accept or Deny, if that is what an empty list is to mean"
	}
	for _, x := range p.prefixes {
		if !x.IsValid() {
			return "has a prefix that is not valid, or an address that is not or has a zone", "use netip.ParsePrefix and netip.ParseAddr, without zone: a filter does not see it"
		}
		if p.field == connectAddrUnmapped && x.Bits() >= mapped.Bits() && mapped.Contains(x.Addr()) {
			return fmt.Sprintf("no address is in %v once it is unmapped", x), "write it as an IPv4 prefix"
		}
	}
	return "", ""
}
