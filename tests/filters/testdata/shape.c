// Shapes of code, rather than policies.
#include "filter.h"

NOINLINE int is_inet(__u32 family) { return family == INET || family == INET6; }
NOINLINE __u32 low_bits(__u64 x, __u32 n) { return x & ((1U << n) - 1); }

FILTER(calls) { return is_inet(ctx->socket.family) && !is_inet(ctx->socket.type); }
FILTER(calls_with_values) { return low_bits(ctx->user_data, 12) == 0x123 && low_bits(ctx->user_data >> 32, 4) == 5; }

struct rule { __u32 family, type, protocol; };
static const struct rule rules[] = { { INET, STREAM, 6 }, { INET, DGRAM, 17 }, { INET6, STREAM, 6 }, { AF_UNIX_, STREAM, 0 } };

FILTER(table_of_rules)
{
	for (unsigned i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].family == ctx->socket.family && rules[i].type == ctx->socket.type && rules[i].protocol == ctx->socket.protocol)
			return 1;
	return 0;
}

static const __u8 allowed[16] = { 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1 };

FILTER(table_by_index) { return ctx->socket.family < 16 && allowed[ctx->socket.family]; }

static const __u32 masks[4] = { 0x3, 0x5, 0x9, 0x11 };

FILTER(table_of_masks) { return ctx->socket.family < 4 && (masks[ctx->socket.family] >> (ctx->socket.type & 31)) & 1; }

const volatile __u32 wanted_family = INET;
const volatile __u16 wanted_port = 443;

FILTER(parameters) { return ctx->connect.family == wanted_family && host16(ctx->connect.port) == wanted_port; }

FILTER(local_array)
{
	__u32 seen[4] = { 0 };

	seen[0] = ctx->socket.family;
	seen[1] = ctx->socket.type;
	seen[2] = seen[0] + seen[1];
	return seen[2] == 3 && seen[3] == 0;
}

FILTER(counted)
{
	int n = 0;

	n += ctx->socket.family == INET;
	n += ctx->socket.type == STREAM;
	n += ctx->socket.protocol == 6;
	n += ctx->sqe_flags == 0;
	return n >= 3;
}

FILTER(maximum)
{
	__u32 a = ctx->socket.family, b = ctx->socket.type;
	__u32 most = a > b ? a : b;

	return most == ctx->socket.protocol;
}

FILTER(popcount)
{
	__u32 x = ctx->socket.family, n = 0;

	for (int i = 0; i < 32; i++)
		n += (x >> i) & 1;
	return n == 3;
}

FILTER(bytes_of_word) { return ctx->opcode == 45 && ctx->pdu_size == 12 && !(ctx->sqe_flags & 0x7); }
FILTER(no_links) { return (ctx->sqe_flags & 0x0c) == 0; }
FILTER(signed_byte) { return (signed char)ctx->sqe_flags < 0; }
FILTER(signed_half) { return (short)ctx->socket.family < -3; }
FILTER(narrowed) { return (__u16)(ctx->socket.family + 0xfff0) == 5; }
FILTER(returns_a_field) { return ctx->socket.protocol; }
FILTER(returns_a_mask) { return ctx->socket.family & ctx->socket.type; }
FILTER(xor_of_words) { return (ctx->socket.family ^ ctx->socket.type ^ 3) == ctx->socket.protocol; }
FILTER(negated) { return -ctx->socket.family == ctx->socket.type && !(~ctx->socket.protocol & 0xff00); }

FILTER(nested)
{
	if (ctx->socket.family > 5) {
		if (ctx->socket.type < 3)
			return ctx->socket.protocol != 1;
		return ctx->socket.protocol > 100 || ctx->socket.family == 9;
	}
	return ctx->socket.type == 4 && (ctx->socket.protocol & 1);
}

FILTER(policy)
{
	switch (ctx->opcode) {
	case 45:
		return is_inet(ctx->socket.family);
	case 16:
		return ctx->connect.family == INET && host16(ctx->connect.port) == 443;
	case 18:
	case 28:
		return (ctx->open.flags & 3) == 0;
	case 0:
	case 1:
	case 2:
		return 1;
	}
	return 0;
}
