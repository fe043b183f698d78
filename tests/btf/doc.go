// Package btf compares what our headers state with what the running kernel
// says of itself in /sys/kernel/btf/vmlinux: made by another compiler, from
// another copy of the headers, and read by another library.
//
// The running kernel may be older than the headers. What it lacks is listed;
// what both know must agree, but for reserved members that were put to use.
package btf
