// SPDX-License-Identifier: MIT
#include "uringgen.h"

/* Ports that ConnectPort admits, from the first to the last. */
const volatile __u16 port_first = 443;
const volatile __u16 port_last = 443;

FILTER_DOC("admits connections over IPv4 and IPv6 to ports from port_first to port_last, 443 as it is here. "
	   "Other families are denied, and addresses that are too short to have a port. Since Linux 7.2.")
SEC("io_uring_filter/connect")
int connect_port(struct io_uring_bpf_ctx *ctx)
{
	__u16 port = filter_connect_port(ctx);

	if (ctx->connect.family != AF_INET && ctx->connect.family != AF_INET6)
		return 0;
	return port != 0 && port >= port_first && port <= port_last;
}

/* The net that ConnectNet4 admits. */
const volatile __u32 net4 = IP4(127, 0, 0, 0);
const volatile __u32 net4_bits = 8;

FILTER_DOC("admits connections over IPv4 to addresses whose first net4_bits bits are those of net4, "
	   "127.0.0.0/8 as it is here. Other families are denied, and addresses that are too short, or have port 0. Since Linux 7.2.")
SEC("io_uring_filter/connect")
int connect_net4(struct io_uring_bpf_ctx *ctx)
{
	return ctx->connect.port != 0 && filter_connect_in4(ctx, net4, net4_bits);
}

/* The net that ConnectNet6 admits, in two halves. */
const volatile __u64 net6_high = 0;
const volatile __u64 net6_low = 1;
const volatile __u32 net6_bits = 128;

FILTER_DOC("admits connections over IPv6 to addresses whose first net6_bits bits are those of net6_high and net6_low, "
	   "::1/128 as it is here. Other families are denied, and addresses that are too short, or have port 0. "
	   "Since Linux 7.2; 7.2.7 takes those of less than 28 bytes for too short.")
SEC("io_uring_filter/connect")
int connect_net6(struct io_uring_bpf_ctx *ctx)
{
	return ctx->connect.port != 0 && filter_connect_in6(ctx, net6_high, net6_low, net6_bits);
}

FILTER_DOC("admits connections to private networks: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 127.0.0.0/8, "
	   "the same as IPv4 addresses in IPv6, fc00::/7 and ::1. Other families are denied, and addresses that are too short, or "
	   "have port 0. Since Linux 7.2.")
SEC("io_uring_filter/connect")
int connect_private(struct io_uring_bpf_ctx *ctx)
{
	static const struct {
		__u32 net, bits;
	} nets[] = {
		{ IP4(10, 0, 0, 0), 8 },
		{ IP4(172, 16, 0, 0), 12 },
		{ IP4(192, 168, 0, 0), 16 },
		{ IP4(127, 0, 0, 0), 8 },
	};

	if (ctx->connect.port == 0)
		return 0;
	if (filter_connect_in6(ctx, IP6(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7) || filter_connect_in6(ctx, IP6(0, 0, 0, 0, 0, 0, 0, 1), 128))
		return 1;
	for (unsigned int i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		if (filter_connect_in4(ctx, nets[i].net, nets[i].bits))
			return 1;
		if (filter_connect_in6(ctx, IP6(0, 0, 0, 0, 0, 0xffff, nets[i].net >> 16, nets[i].net & 0xffff), 96 + nets[i].bits))
			return 1;
	}
	return 0;
}
