//go:build linux

package main

import (
	"runtime"
	"sync"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/headers"
)

// constants are those that requests are made of, by name, as they are on this
// architecture: AF_*, SOCK_*, IPPROTO_*, O_*, RESOLVE_*, IOSQE_*.
var constants = sync.OnceValue(func() map[string]uint64 {
	all := map[string]uint64{}
	known, err := gen.ArchConstants(headers.Arch, runtime.GOARCH)
	if err != nil {
		panic(err) // the table is a part of the program
	}
	for name, v := range known {
		if v >= 0 { // else it is no argument that filters see
			all[name] = uint64(v)
		}
	}
	for bit := uapi.SQEFlags(1); bit != 0; bit <<= 1 {
		all[bit.String()] = uint64(bit)
	}
	return all
})
