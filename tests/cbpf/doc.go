// Package cbpf compares bpf/cbpf with the kernel that it runs on: which
// programs are taken, and what they say about requests. It has tests only;
// package cases below it has the programs.
package cbpf
