// Package filters proves translations of filters. Those written in C have many
// judges: the same source compiled for the host, the kernel's own eBPF machine,
// and for some a program that was written by hand; each compiler, optimization
// and instruction set that is installed must agree, in both byte orders. Random
// programs are judged by an interpreter and by the kernel.
package filters
