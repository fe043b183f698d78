// A single filter: nobody has to say which.
#include <linux/io_uring/bpf_filter.h>

__attribute__((section("io_uring_filter"), used)) int deny(struct io_uring_bpf_ctx *ctx)
{
	return 0;
}
