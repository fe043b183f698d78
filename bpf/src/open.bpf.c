// SPDX-License-Identifier: MIT
#include "uringgen.h"

FILTER_DOC("admits openat2 with RESOLVE_BENEATH, which keeps to the directory that the request names. "
	   "openat, which has no such flag, is denied. No filter sees the path or the directory: "
	   "whoever may open from a directory of its own choice can reach what is beneath it.")
SEC("io_uring_filter/openat,openat2")
int open_beneath(struct io_uring_bpf_ctx *ctx)
{
	return ctx->opcode == IORING_OP_OPENAT2 && (ctx->open.resolve & RESOLVE_BENEATH);
}

FILTER_DOC("admits opening for reading only: O_RDONLY, and nothing that makes or empties a file "
	   "(O_CREAT, O_TRUNC, O_TMPFILE). Files of /proc and devices can be written by other means than open flags; "
	   "ftruncate, rename, unlink and the like are operations of their own.")
SEC("io_uring_filter/openat,openat2")
int open_read_only(struct io_uring_bpf_ctx *ctx)
{
	/* O_TMPFILE contains O_DIRECTORY, which by itself is harmless. */
	__u64 makes = O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

	return (ctx->open.flags & (O_ACCMODE | makes)) == O_RDONLY;
}
