// Package sandbox is a user's: it has a filter of its own, written in C.
package sandbox

//go:generate go tool uringgen cheader -o include
//go:generate go tool uringgen filter --cc clang-14 web.bpf.c
