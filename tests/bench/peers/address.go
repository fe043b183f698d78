//go:build linux

package main

import "unsafe"

// address is of memory that the garbage collector does not move or free.
func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
