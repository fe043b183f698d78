#include "../filter.h"

FILTER(lines)
{
	if (ctx->socket.family != INET && ctx->socket.family != INET6)
		return 0;
	if (ctx->socket.type != STREAM)
		return 0;
	if (ctx->socket.protocol && ctx->socket.protocol != 6)
		return 0;
	return 1;
}
