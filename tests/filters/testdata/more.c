// Shapes that the other files lack.
#include "filter.h"

FILTER(copied)
{
	__u8 copy[16];

	__builtin_memcpy(copy, ctx->connect.v6_addr, sizeof(copy));
	copy[3] ^= copy[12];
	asm volatile("" : : "r"(copy) : "memory");
	return copy[3] == copy[0];
}

FILTER(filled)
{
	__u8 bytes[12];

	__builtin_memset(bytes, ctx->sqe_flags, sizeof(bytes));
	asm volatile("" : : "r"(bytes) : "memory");
	return bytes[7] == 1 && (bytes[0] | bytes[11]) == 1;
}

FILTER(swapped64) { return __builtin_bswap64(ctx->open.flags) == ctx->open.mode || __builtin_bswap64(ctx->open.resolve) < 100; }
FILTER(rounded) { return ctx->open.mode / 8 % 64 == 4 && ctx->open.flags / 1024 == 0; }
FILTER(remainder_of_7) { return ctx->socket.protocol % 7 == 3; }
FILTER(signed_range) { return (int)ctx->socket.family >= -2 && (int)ctx->socket.family <= 2; }
FILTER(signed_halves) { return (short)(ctx->socket.family >> 16) < (short)ctx->socket.family; }
FILTER(arithmetic_shift) { return (int)ctx->socket.family >> 3 == -1 || (long long)ctx->user_data >> 40 == -1; }
FILTER(selected) { return (ctx->socket.family == INET ? ctx->socket.type : ctx->socket.protocol) == (ctx->sqe_flags & 1 ? 1 : 6); }

static const __u16 ports[8] = { 22, 53, 80, 123, 443, 853, 8080, 8443 };

FILTER(table_of_halves) { return ports[ctx->sqe_flags & 7] == host16(ctx->connect.port); }
FILTER(first_that_matches)
{
	for (unsigned i = 0; i < 8; i++) {
		if (ports[i] == host16(ctx->connect.port))
			return i & 1;
		if (ports[i] > 1000 && ctx->connect.family == INET6)
			break;
	}
	return ctx->connect.family == INET;
}

static const __u64 wide[3] = { 5, 0x100000001, 0xffffffff00000000 };

FILTER(table_of_words) { return ctx->opcode < 3 && wide[ctx->opcode] == ctx->user_data; }

struct point { __u32 x, y; };

NOINLINE __u32 distance(struct point *p) { return p->x > p->y ? p->x - p->y : p->y - p->x; }
NOINLINE int near(__u32 a, __u32 b, __u32 most)
{
	struct point p = { a, b };

	return distance(&p) <= most;
}

FILTER(pointers_to_locals) { return near(ctx->socket.family, ctx->socket.type, 2) && !near(ctx->socket.type, ctx->socket.protocol, 1); }

const volatile __u8 allow_inet6 = 1;
const volatile __u32 allowed_types = 1 << STREAM | 1 << DGRAM;
const volatile __u32 nets_to_deny[4][2] = { { 0x0a000000, 0xff000000 }, { 0xac100000, 0xfff00000 } };

FILTER(set_by_loader)
{
	__u32 a = host32(ctx->connect.v4_addr);

	if (ctx->connect.family == INET6)
		return allow_inet6;
	if (ctx->connect.family != INET)
		return 0;
	for (int i = 0; i < 4; i++)
		if (nets_to_deny[i][1] && (a & nets_to_deny[i][1]) == nets_to_deny[i][0])
			return 0;
	return 1;
}

FILTER(types_set_by_loader) { return ctx->socket.type < 32 && allowed_types >> ctx->socket.type & 1; }
