//go:build linux

// Uringctl tries filters of io_uring requests on the running kernel, tells what
// they cost, and shows what they are and why they decide as they do.
//
// Run "uringctl -h" for what it can do. It needs no privilege.
package main

import (
	"os"

	"github.com/uringgen/uringgen/cmd/internal/cli"
)

func main() { os.Exit(cli.Run(newRoot, os.Args[1:], os.Stdout, os.Stderr)) }
