// SPDX-License-Identifier: MIT
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

FILTER_DOC("admits TCP over IPv4 and IPv6: AF_INET and AF_INET6, SOCK_STREAM, protocol 0 or IPPROTO_TCP. "
	   "All other sockets are denied, MPTCP and SCTP too.")
SEC("io_uring_filter/socket")
int tcp_sockets(struct io_uring_bpf_ctx *ctx)
{
	if (ctx->socket.family != AF_INET && ctx->socket.family != AF_INET6)
		return 0;
	if (filter_socket_type(ctx) != SOCK_STREAM)
		return 0;
	if (ctx->socket.protocol != 0 && ctx->socket.protocol != IPPROTO_TCP)
		return 0;
	return 1;
}

FILTER_DOC("admits TCP and UDP over IPv4 and IPv6, and Unix sockets of any type. Raw sockets are denied.")
SEC("io_uring_filter/socket")
int usual_sockets(struct io_uring_bpf_ctx *ctx)
{
	__u32 protocol = ctx->socket.protocol;

	switch (ctx->socket.family) {
	case AF_UNIX:
		return 1;
	case AF_INET:
	case AF_INET6:
		switch (filter_socket_type(ctx)) {
		case SOCK_STREAM:
			return protocol == 0 || protocol == IPPROTO_TCP;
		case SOCK_DGRAM:
			return protocol == 0 || protocol == IPPROTO_UDP;
		}
	}
	return 0;
}
