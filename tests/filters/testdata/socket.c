#include "filter.h"

FILTER(tcp_only)
{
	if (ctx->socket.family != INET && ctx->socket.family != INET6)
		return 0;
	if (ctx->socket.type != STREAM)
		return 0;
	if (ctx->socket.protocol != 6 && ctx->socket.protocol != 0)
		return 0;
	return 1;
}

FILTER(tcp_masked)
{
	__u32 type = ctx->socket.type & 0xf;

	return (ctx->socket.family == INET || ctx->socket.family == INET6) && type == STREAM;
}

FILTER(family_set)
{
	__u32 family = ctx->socket.family;

	return family < 64 && ((1ULL << family) & (1ULL << INET | 1ULL << INET6 | 1ULL << AF_UNIX_ | 1ULL << VSOCK));
}

FILTER(family_switch)
{
	switch (ctx->socket.family) {
	case ALG:
	case PACKET:
	case NETLINK:
	case VSOCK:
		return 0;
	}
	return 1;
}

FILTER(type_by_family)
{
	switch (ctx->socket.family) {
	case INET:
	case INET6:
		return ctx->socket.type == STREAM || ctx->socket.type == DGRAM;
	case AF_UNIX_:
		return ctx->socket.type == STREAM && ctx->socket.protocol == 0;
	case NETLINK:
		return ctx->socket.protocol == 0;
	default:
		return 0;
	}
}

FILTER(negative_protocol) { return (int)ctx->socket.protocol >= -1; }
FILTER(sum_of_fields) { return ctx->socket.family + ctx->socket.type + ctx->socket.protocol == 8; }
FILTER(product_of_fields) { return ctx->socket.family * ctx->socket.type == 6; }
FILTER(type_divided) { return ctx->socket.type / 3 == 1 || ctx->socket.protocol % 10 == 7; }
FILTER(family_divides) { return ctx->socket.family && ctx->socket.protocol / ctx->socket.family > 2; }
