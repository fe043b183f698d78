#include "filter.h"

#define RESOLVE_BENEATH 0x08
#define RESOLVE_NO_SYMLINKS 0x04

FILTER(read_only) { return (ctx->open.flags & 3) == 0; }
FILTER(beneath_only) { return ctx->open.resolve & RESOLVE_BENEATH; }
FILTER(beneath_read_only) { return (ctx->open.resolve & RESOLVE_BENEATH) && !(ctx->open.flags & (3 | 0100 | 01000)); }
FILTER(exact_resolve) { return ctx->open.resolve == (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS); }
FILTER(no_setuid) { return (ctx->open.mode & 06000) == 0; }
FILTER(mode_at_most) { return ctx->open.mode <= 0644; }
FILTER(only_known_flags) { return (ctx->open.flags & ~0x8fffffULL) == 0; }
FILTER(high_bits) { return ctx->open.resolve >> 33 == 5; }
FILTER(big_compare) { return ctx->open.flags > 0x123456789ULL; }
FILTER(signed_compare) { return (long long)ctx->open.mode < 1000; }
FILTER(signed_above) { return (long long)ctx->open.mode > -5 && (long long)ctx->open.mode <= 0x100000000LL; }
FILTER(sum64) { return ctx->open.flags + ctx->open.mode == 0x100000001ULL; }
FILTER(difference64) { return ctx->open.flags - ctx->open.mode > 10; }
FILTER(product64) { return ctx->open.flags * 3 == ctx->open.resolve; }
FILTER(shifted64) { return (ctx->open.flags << 7 | ctx->open.mode >> 57) == ctx->open.resolve; }
FILTER(variable_shift) { return (ctx->open.flags >> (ctx->open.mode & 63)) & 1; }
FILTER(rotate)
{
	__u64 x = ctx->open.flags;

	return (x << 13 | x >> 51) == ctx->open.resolve;
}
