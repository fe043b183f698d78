package sandbox

import (
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// Policy is the filters by their operation.
func Policy() map[uapi.Op]cbpf.Filter {
	out := map[uapi.Op]cbpf.Filter{}
	for _, f := range append(Web(), Streams()...) {
		out[uapi.Op(f.Op)] = f
	}
	return out
}
