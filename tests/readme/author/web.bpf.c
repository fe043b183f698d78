//go:build ignore
#include "uringgen.h"

FILTER_DOC("admits connections to port 443 over IPv4, and to any port of 10.0.0.0/8.")
SEC("io_uring_filter/connect")
int web(struct io_uring_bpf_ctx *ctx)
{
	if (filter_connect_in4(ctx, IP4(10, 0, 0, 0), 8))
		return 1;
	return ctx->connect.family == AF_INET && filter_connect_port(ctx) == 443;
}
