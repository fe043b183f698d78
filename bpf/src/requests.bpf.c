// SPDX-License-Identifier: MIT
#include "uringgen.h"

FILTER_DOC("denies requests that are linked to others or wait for them: IOSQE_IO_LINK, IOSQE_IO_HARDLINK, IOSQE_IO_DRAIN. "
	   "It is for any operation.")
SEC("io_uring_filter")
int unlinked(struct io_uring_bpf_ctx *ctx)
{
	return !(ctx->sqe_flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK | IOSQE_IO_DRAIN));
}

FILTER_DOC("denies commands to drivers, whose meaning only the driver knows.")
SEC("io_uring_filter/uring_cmd,uring_cmd128")
int deny_commands(struct io_uring_bpf_ctx *ctx)
{
	(void)ctx;
	return 0;
}

FILTER_DOC("denies requests that do nothing.")
SEC("io_uring_filter/nop,nop128")
int deny_nops(struct io_uring_bpf_ctx *ctx)
{
	(void)ctx;
	return 0;
}
