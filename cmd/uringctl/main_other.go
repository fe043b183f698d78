//go:build !linux

// Uringctl is for Linux: no other system has io_uring.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "uringctl: only Linux has io_uring")
	os.Exit(1)
}
