// Programs with probable mistakes, and some that only look like them. Each line
// that is to be warned about ends with what the warning must say.
#include "../filter.h"

FILTER(says_two)
{
	return ctx->socket.family == INET ? 2 : 0; // want "2 is returned, which accepts"
}

FILTER(says_minus_one)
{
	if (ctx->socket.family != INET)
		return -1; // want "-1 is returned, which accepts"
	return 1;
}

FILTER(says_a_field)
{
	return ctx->socket.protocol; // want "what is returned can be other than 0 and 1"
}

FILTER(says_a_boolean)
{
	return !!(ctx->socket.protocol & 6) ^ (ctx->sqe_flags == 0);
}

FILTER(compares_type)
{
	return ctx->socket.family == INET && ctx->socket.type == STREAM; // want "write type & 0xf"
}

FILTER(switches_type)
{
	switch (ctx->socket.type) { // want "write type & 0xf"
	case STREAM:
	case DGRAM:
		return 1;
	}
	return 0;
}

FILTER(masks_type) { return (ctx->socket.type & 0xf) == STREAM; }
FILTER(tests_bits_of_type) { return !(ctx->socket.type & 02000000); }

FILTER(beyond_payload)
{
	return ctx->open.resolve == 0; // want "byte 16 of the payload is read, of which requests of this operation have 12"
}

FILTER(within_payload) { return ctx->socket.protocol == 0; }

FILTER(beyond_payload_of_others)
{
	if (ctx->opcode == 18)
		return ctx->open.resolve == 0;
	return ctx->socket.family == INET;
}

FILTER(shifts_far)
{
	return ctx->user_data >> ctx->socket.family & 1; // want "the shift count can be more than 63"
}

FILTER(shifts_checked) { return ctx->socket.family < 64 && (1ULL << ctx->socket.family) & (1ULL << INET | 1ULL << 40) ? 1 : 0; }
FILTER(shifts_masked) { return 0x404 >> (ctx->socket.family & 31) & 1; }

FILTER(shifts_after_returns)
{
	__u32 family = ctx->socket.family;

	if (family > 31)
		return 0;
	return 0x404U >> family & 1;
}
