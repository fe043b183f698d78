//go:build linux

package main

import (
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/filters"
)

// shipped is the filter that demo tries if it is given none.
func shipped() []cbpf.Filter { return filters.TcpSockets() }
