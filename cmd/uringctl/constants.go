//go:build linux

package main

import (
	"bytes"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/headers"
)

// constants are those that requests are made of, by name, as they are on this
// architecture: AF_*, SOCK_*, IPPROTO_*, O_*, RESOLVE_*, IOSQE_*.
var constants = sync.OnceValue(func() map[string]uint64 {
	all := constantsOf(headers.Arch, runtime.GOARCH)
	for bit := uapi.SQEFlags(1); bit != 0; bit <<= 1 {
		all[bit.String()] = uint64(bit)
	}
	return all
})

// constantsOf reads a table of rows "name | from | value | exceptions", where
// exceptions are "arch,arch=value" with spaces between, or "-".
func constantsOf(table []byte, arch string) map[string]uint64 {
	all := map[string]uint64{}
	for line := range bytes.Lines(table) {
		cells := strings.Split(strings.TrimSpace(string(line)), " | ")
		if len(cells) != 4 {
			continue // a comment
		}
		value := cells[2]
		for e := range strings.FieldsSeq(cells[3]) {
			if arches, other, ok := strings.Cut(e, "="); ok && slices.Contains(strings.Split(arches, ","), arch) {
				value = other
			}
		}
		// What is no number is not there, or negative: no argument that filters see.
		if n, err := strconv.ParseUint(value, 0, 64); err == nil {
			all[cells[0]] = n
		}
	}
	return all
}
