// Filters that tests translate, run and explain.
#include <linux/io_uring/bpf_filter.h>

#define FILTER(name) __attribute__((section("io_uring_filter"), used)) int name(struct io_uring_bpf_ctx *ctx)

enum { INET = 2, INET6 = 10, STREAM = 1, TCP = 6 };

FILTER(tcp)
{
	if (ctx->socket.family != INET && ctx->socket.family != INET6)
		return 0;
	if (ctx->socket.type != STREAM)
		return 0;
	return ctx->socket.protocol == 0 || ctx->socket.protocol == TCP;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HTTPS 0xbb01
#define FIRST_BYTE(address) ((address) & 0xff)
#else
#define HTTPS 0x01bb
#define FIRST_BYTE(address) ((address) >> 24)
#endif

FILTER(private_https)
{
	if (ctx->connect.port != HTTPS)
		return 0;
	if (FIRST_BYTE(ctx->connect.v4_addr) != 10)
		return 0;
	return 1;
}

#ifdef LOOPS
FILTER(loops)
{
	int n = 0;

	for (__u64 i = 0; i < ctx->user_data; i++)
		n += i & 3;
	return n;
}
#endif
