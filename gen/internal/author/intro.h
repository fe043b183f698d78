
/*
 * Filters of io_uring requests, written in C.
 *
 * A filter is a function in a section that names its operations. It returns 0
 * to deny a request, which then completes with -EACCES, and 1 to accept it:
 *
 *	#include "uringgen.h"
 *
 *	SEC("io_uring_filter/socket")
 *	int tcp_only(struct io_uring_bpf_ctx *ctx)
 *	{
 *		return ctx->socket.family == AF_INET && filter_socket_type(ctx) == SOCK_STREAM &&
 *		       (ctx->socket.protocol == 0 || ctx->socket.protocol == IPPROTO_TCP);
 *	}
 *
 * Operations are those of IORING_OP_*, in small letters and without that
 * prefix, separated by commas; each gets a program of its own, in which
 * ctx->opcode is known. "io_uring_filter" alone leaves them open.
 *
 * A filter is translated to classic BPF. It may call functions, loop as often
 * as a constant says, use local variables, constant tables and const volatile
 * variables. It has no maps, no helpers, and no variables that keep a value.
 *
 * All that a filter needs is declared here, struct io_uring_bpf_ctx too. Only a
 * vmlinux.h, of Linux 7.2 or newer, may declare it as well, and comes before.
 * Constants that a source defines itself are taken where they are the usual
 * ones. Where the architecture has others, clang warns (-Wfinal-macro): make
 * that an error.
 *
 * Compile for each architecture: clang --target=bpfel or bpfeb, with
 * -D__TARGET_ARCH_x86 or what else this machine is called by bpf2go and libbpf.
 * "uringgen filter" does that for all of them.
 */

#if defined(__bpf__) && defined(__clang__) && __clang_major__ < 14
#error "clang is older than 14: it cannot tell where constants are those of another architecture"
#endif

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;

#if defined(__bpf__) && !defined(_STDINT_H)
#define _STDINT_H
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef __s8 int8_t;
typedef __s16 int16_t;
typedef __s32 int32_t;
typedef __s64 int64_t;
#endif

/* SEC puts a function, or a license, into a section of the object. */
#ifndef SEC
#ifdef __bpf__
#define SEC(name) __attribute__((section(name), used))
#else
#define SEC(name)
#endif
#endif

/*
 * FILTER_DOC documents a filter: the text becomes the documentation of its Go
 * function, behind the function's name: FILTER_DOC("admits TCP only.").
 */
#if defined(__bpf__) && defined(__has_attribute)
#if __has_attribute(btf_decl_tag)
#define FILTER_DOC(text) __attribute__((btf_decl_tag("doc:" text)))
#endif
#endif
#ifndef FILTER_DOC
#define FILTER_DOC(text)
#endif

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif
