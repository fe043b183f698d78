// Package bpf translates filters that were written in C, and compiled to eBPF,
// to the classic BPF that Linux takes as filters of io_uring requests.
//
// A filter is a function in a section of its own, which gets the request and
// returns 0 to deny it:
//
//	SEC("io_uring_filter")
//	int tcp_only(struct io_uring_bpf_ctx *ctx)
//	{
//		return ctx->socket.family == AF_INET && ctx->socket.protocol == IPPROTO_TCP;
//	}
//
// Programs may call functions, loop as often as a constant says, keep values
// in local variables, and read constant tables. What classic BPF cannot do is
// refused with the line of C where it stands, and what to write instead: maps,
// helpers, variables that keep their value, loops that the request ends. What
// is probably a mistake is translated, with a warning: results other than 0 and
// 1, shifts by counts that are too large, and with [Options] that describe the
// context, members that a request does not have, or that kernels differ in.
package bpf
