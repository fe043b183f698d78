// Policies as they are wanted in practice.
#include "filter.h"

FILTER(families_by_mask)
{
	__u32 family = ctx->socket.family, type = ctx->socket.type & 0xf;

	if (family >= 64 || !((1ULL << family) & (1ULL << AF_UNIX_ | 1ULL << INET | 1ULL << INET6 | 1ULL << VSOCK)))
		return 0;
	return (1U << type) & (1U << STREAM | 1U << DGRAM | 1U << SEQPACKET);
}

// no access mode but O_RDONLY, no O_CREAT, no O_TRUNC, no O_TMPFILE
FILTER(open_strict)
{
	if (ctx->open.flags & (3 | 0100 | 01000 | 020000000))
		return 0;
	if (ctx->open.mode)
		return 0;
	return (ctx->open.resolve & ~0x6ULL) == 0x8;
}

FILTER(ports_of_inet)
{
	if (ctx->connect.family != INET && ctx->connect.family != INET6)
		return 0;
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

FILTER(internal_unprivileged)
{
	__u32 a = host32(ctx->connect.v4_addr);

	if (ctx->connect.family != INET || host16(ctx->connect.port) < 1024)
		return 0;
	return a >> 24 == 10 || a >> 24 == 127 || a >> 20 == 0xac1;
}

FILTER(prefix_or_loopback)
{
	__u64 high = 0, low = 0;

	if (ctx->connect.family != INET6)
		return 0;
	for (int i = 0; i < 8; i++) {
		high = high << 8 | ctx->connect.v6_addr[i];
		low = low << 8 | ctx->connect.v6_addr[8 + i];
	}
	return high >> 20 == 0x20010db8004ULL || (high == 0 && low == 1);
}

// no drained or skipped requests; fixed files only with a personality's flag off
FILTER(flags_of_requests)
{
	__u8 flags = ctx->sqe_flags;

	if (flags & (0x02 | 0x20))
		return 0;
	if ((flags & 0x04) && !(flags & 0x01))
		return 0;
	if (ctx->opcode == 45)
		return !(flags & 0x01) && ctx->pdu_size >= 12;
	return 1;
}

struct cidr { __u32 net; int bits; };
static const struct cidr nets[] = {
	{ 0x0a000000, 8 }, { 0x7f000000, 8 }, { 0xac100000, 12 }, { 0xc0a80000, 16 }, { 0xa9fe0000, 16 }, { 0x64400000, 10 }, { 0xc0000200, 24 }, { 0xcb007100, 24 },
};

FILTER(eight_nets)
{
	__u32 a = host32(ctx->connect.v4_addr);

	if (ctx->connect.family != INET)
		return 0;
	for (unsigned i = 0; i < sizeof(nets) / sizeof(*nets); i++)
		if ((a ^ nets[i].net) >> (32 - nets[i].bits) == 0)
			return 1;
	return 0;
}

const volatile __u32 family = INET;
const volatile __u16 lowest_port = 1024;
const volatile __u32 net = 0x0a000000, net_bits = 8;

FILTER(configured)
{
	if (ctx->connect.family != family || host16(ctx->connect.port) < lowest_port)
		return 0;
	return (host32(ctx->connect.v4_addr) ^ net) >> (32 - net_bits) == 0;
}

FILTER(harmless_operations)
{
	switch (ctx->opcode) {
	case 0:
	case 1:
	case 2:
	case 22:
	case 23:
	case 26:
	case 27:
		return 1;
	}
	return 0;
}

FILTER(web_of_both_families)
{
	if (ctx->connect.port != net16(443))
		return 0;
	if (ctx->connect.family == INET)
		return host32(ctx->connect.v4_addr) >> 24 == 10;
	if (ctx->connect.family == INET6)
		return ctx->connect.v6_addr[0] == 0x20 && ctx->connect.v6_addr[1] == 0x01 && ctx->connect.v6_addr[2] == 0x0d && ctx->connect.v6_addr[3] == 0xb8;
	return 0;
}

FILTER(open_below)
{
	if (!(ctx->open.resolve & 0x08))
		return 0;
	if ((ctx->open.flags & 3) == 0)
		return 1;
	return (ctx->open.flags & 3) == 1 && (ctx->open.flags & 02000) && ctx->open.mode <= 0644;
}

FILTER(by_user_data) { return ctx->user_data >> 48 == 0x7a || ctx->user_data < 1000; }

FILTER(ports_and_ranges)
{
	__u16 port = host16(ctx->connect.port);

	return port == 443 || (port >= 8000 && port <= 8099) || port >= 49152;
}
