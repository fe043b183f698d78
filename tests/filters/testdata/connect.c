#include "filter.h"

FILTER(web_only) { return ctx->connect.family == INET && ctx->connect.port == net16(443); }
FILTER(unprivileged) { return host16(ctx->connect.port) >= 1024; }
FILTER(port_range)
{
	__u16 port = host16(ctx->connect.port);

	return port >= 8000 && port < 9000;
}

FILTER(port_list)
{
	switch (host16(ctx->connect.port)) {
	case 53:
	case 80:
	case 443:
	case 853:
	case 8080:
	case 8443:
		return 1;
	}
	return 0;
}

INLINE int within(__be32 addr, __u32 net, int bits)
{
	return (host32(addr) ^ net) >> (32 - bits) == 0;
}

FILTER(private_net)
{
	__be32 a = ctx->connect.v4_addr;

	return ctx->connect.family == INET && (within(a, 0x0a000000, 8) || within(a, 0xac100000, 12) || within(a, 0xc0a80000, 16));
}

FILTER(address_range)
{
	__u32 a = host32(ctx->connect.v4_addr);

	return a >= 0x0a000010 && a <= 0x0a0000ff;
}

static const __u8 prefix[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2 };

FILTER(prefix_by_loop)
{
	if (ctx->connect.family != INET6)
		return 0;
	for (int i = 0; i < 8; i++)
		if (ctx->connect.v6_addr[i] != prefix[i])
			return 0;
	return 1;
}

static const __u8 loopback[16] = { [15] = 1 };

FILTER(not_loopback) { return __builtin_memcmp(ctx->connect.v6_addr, loopback, 16) != 0; }
FILTER(below_prefix) { return __builtin_memcmp(ctx->connect.v6_addr, prefix, 8) < 0; }

FILTER(mapped_v4)
{
	__u8 zeros[10];

	__builtin_memset(zeros, 0, sizeof(zeros));
	return __builtin_memcmp(ctx->connect.v6_addr, zeros, 10) == 0 && ctx->connect.v6_addr[10] == 0xff && ctx->connect.v6_addr[11] == 0xff;
}

FILTER(checksum)
{
	__u32 sum = 0;

	for (int i = 0; i < 16; i++)
		sum += ctx->connect.v6_addr[i];
	return sum == 0x21 + 0x34;
}
