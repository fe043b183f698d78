// Package ebpfrun asks the running kernel what a program in eBPF says: an
// interpreter, or compiler, that nobody here has written. No ring is needed.
package ebpfrun
