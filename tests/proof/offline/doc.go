// Package offline is the part of the proof that needs compilers and sources, and
// asks about all architectures: what a filter's documentation says, its C
// compiled for this machine, its eBPF run by the kernel, and the classic BPF
// that ships for each architecture and that is translated now. It has tests
// only.
package offline
