//go:build ignore
#include "uringgen.h"

SEC("io_uring_filter/connect")
int web(struct io_uring_bpf_ctx *ctx)
{
	__u32 sum = 0;

	for (__u32 i = 0; i < ctx->connect.family; i++)
		sum ^= sum << 1 ^ i;
	return sum == 5;
}
