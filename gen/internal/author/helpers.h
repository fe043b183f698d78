/* Byte order: what stands in network order, as ports and addresses do. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define filter_swap16(x) __builtin_bswap16(x)
#define filter_swap32(x) __builtin_bswap32(x)
#define filter_swap64(x) __builtin_bswap64(x)
#else
#define filter_swap16(x) ((__u16)(x))
#define filter_swap32(x) ((__u32)(x))
#define filter_swap64(x) ((__u64)(x))
#endif
#ifndef bpf_ntohs
#define bpf_ntohs(x) filter_swap16(x)
#define bpf_htons(x) filter_swap16(x)
#define bpf_ntohl(x) filter_swap32(x)
#define bpf_htonl(x) filter_swap32(x)
#define bpf_be64_to_cpu(x) filter_swap64(x)
#define bpf_cpu_to_be64(x) filter_swap64(x)
#endif
#if defined(__bpf__) && !defined(ntohs)
#define ntohs(x) filter_swap16(x)
#define htons(x) filter_swap16(x)
#define ntohl(x) filter_swap32(x)
#define htonl(x) filter_swap32(x)
#endif

#ifdef __bpf__
/* The translator knows these by name. */
void *memset(void *to, int value, unsigned long size);
void *memcpy(void *to, const void *from, unsigned long size);
int memcmp(const void *a, const void *b, unsigned long size);
#endif

/* Of a socket: its type without SOCK_CLOEXEC and SOCK_NONBLOCK, which kernels before 7.3 leave in. */
static inline __u32 filter_socket_type(const struct io_uring_bpf_ctx *ctx)
{
	return ctx->socket.type & 0xf;
}

/* Of a connect: the port as people write it; 0 where the address is too short to have one. */
static inline __u16 filter_connect_port(const struct io_uring_bpf_ctx *ctx)
{
	return filter_swap16(ctx->connect.port);
}

/* IP4(10, 0, 0, 0) is an IPv4 address as a number, 0x0a000000. */
#define IP4(a, b, c, d) ((__u32)(a) << 24 | (__u32)(b) << 16 | (__u32)(c) << 8 | (__u32)(d))

/* Is it an IPv4 address whose first bits, 0 to 32, are those of net? */
static inline int filter_connect_in4(const struct io_uring_bpf_ctx *ctx, __u32 net, __u32 bits)
{
	__u32 mask = bits == 0 ? 0 : ~0U << (32 - bits);

	return ctx->connect.family == AF_INET && ((filter_swap32(ctx->connect.v4_addr) ^ net) & mask) == 0;
}

/* IP6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0) is an IPv6 address as two numbers. */
#define IP6(a, b, c, d, e, f, g, h) filter_ip6_half(a, b, c, d), filter_ip6_half(e, f, g, h)
#define filter_ip6_half(a, b, c, d) ((__u64)(a) << 48 | (__u64)(b) << 32 | (__u64)(c) << 16 | (__u64)(d))

/* One word, i of 4, of an IPv6 address of two halves, or of the mask of its first bits. */
static inline __u32 filter_ip6_word(__u64 high, __u64 low, int i)
{
	__u64 half = i < 2 ? high : low;

	return i & 1 ? (__u32)half : (__u32)(half >> 32);
}

static inline __u32 filter_mask_word(__u32 bits, __u32 i)
{
	if (bits >= 32 * (i + 1))
		return ~0U;
	return bits <= 32 * i ? 0 : ~0U << (32 - (bits - 32 * i));
}

/*
 * Is it an IPv6 address whose first bits, 0 to 128, are those of net?
 * filter_connect_in6(ctx, IP6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32). IPv4
 * addresses reach the same hosts as ::ffff:a.b.c.d, a net of 96 bits.
 */
static inline int filter_connect_in6(const struct io_uring_bpf_ctx *ctx, __u64 high, __u64 low, __u32 bits)
{
	const __be32 *word = (const __be32 *)(const void *)ctx->connect.v6_addr;
	__u32 differ = 0;

	for (int i = 0; i < 4; i++)
		differ |= (filter_swap32(word[i]) ^ filter_ip6_word(high, low, i)) & filter_mask_word(bits, i);
	return ctx->connect.family == AF_INET6 && differ == 0;
}
