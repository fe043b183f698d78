// Package proof compares judges of the shipped filters, and of programs made at
// random: what a filter's documentation says, the filter's C compiled to eBPF
// and run by the kernel, its translation run by package cbpf, and what the
// kernel does with real requests. All are asked about one list of requests, that
// of package cases.
//
// Here are the judges that need a kernel, for the architecture that it is on;
// the tests run inside any kernel of tests/vm. Package offline below has those
// that need compilers and the sources, for all architectures. `make proof` asks
// fifty times as much as go test does.
package proof
