// Package params has a filter whose parameter is set when the program runs,
// which needs the translator, and with it cilium/ebpf.
package params

import (
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

//go:generate go tool bpf2go -cc clang-14 -cflags "-Wall -Werror -I../include" -no-global-types Port ../c/port.bpf.c

// Only admits connections to one port.
func Only(port uint16) (*cbpf.Filter, error) {
	spec, err := LoadPort()
	if err != nil {
		return nil, err
	}
	if err := spec.Variables["port"].Set(port); err != nil {
		return nil, err
	}
	r, err := bpf.Translate(spec, "only", int(uapi.IORING_OP_CONNECT))
	if err != nil {
		return nil, err
	}
	return &cbpf.Filter{Op: uint8(uapi.IORING_OP_CONNECT), PDUSize: 24, Program: r.Program}, nil
}
