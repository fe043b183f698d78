// SPDX-License-Identifier: MIT
#include "uringgen.h"

FILTER_DOC("denies sockets that reach into the kernel or past its firewall: AF_ALG, AF_PACKET, AF_VSOCK, AF_NETLINK. "
	   "All other families are admitted, also those that a later kernel brings: "
	   "a filter that names what it admits is safer, such as UsualSockets.")
SEC("io_uring_filter/socket")
int deny_kernel_families(struct io_uring_bpf_ctx *ctx)
{
	switch (ctx->socket.family) {
	case AF_ALG:
	case AF_PACKET:
	case AF_VSOCK:
	case AF_NETLINK:
		return 0;
	}
	return 1;
}
