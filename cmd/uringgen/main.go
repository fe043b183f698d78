// Uringgen turns kernel uapi headers into a Go package, and tells whether a
// package is up to date and what a newer header changes.
//
// Run "uringgen -h" for what it can do. It needs nothing but itself: the
// headers and rules of io_uring are built in.
package main

import (
	"os"
	"runtime/debug"

	"github.com/uringgen/uringgen/cmd/internal/cli"
)

// memoryLimit is what the process may use before garbage is collected.
const memoryLimit = 512 << 20

func main() {
	// A run takes less time than collecting garbage on the way would add to
	// it, and uses a fraction of the limit.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(memoryLimit)
	os.Exit(cli.Run(newRoot, os.Args[1:], os.Stdout, os.Stderr))
}
