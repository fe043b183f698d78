//go:build ignore

#include "uringgen.h"

FILTER_DOC("admits connections over IPv4 to port 443 of 10.0.0.0/8.")
SEC("io_uring_filter/connect")
int web(struct io_uring_bpf_ctx *ctx)
{
	return filter_connect_in4(ctx, IP4(10, 0, 0, 0), 8) && filter_connect_port(ctx) == 443;
}

FILTER_DOC("admits streams of TCP.")
SEC("io_uring_filter/socket")
int streams(struct io_uring_bpf_ctx *ctx)
{
	return ctx->socket.family == AF_INET && filter_socket_type(ctx) == SOCK_STREAM && ctx->socket.protocol == 0;
}
