#include "uringgen.h"

const volatile __u16 port = 1;

SEC("io_uring_filter/connect")
int only(struct io_uring_bpf_ctx *ctx)
{
	return filter_connect_port(ctx) == port;
}
