// What the programs here are made of: the kernel's declarations, and the
// section that a filter stands in.
#include <linux/io_uring/bpf_filter.h>

#ifdef __bpf__
#define FILTER(name) __attribute__((section("io_uring_filter"), used)) int name(struct io_uring_bpf_ctx *ctx)
#else
#define FILTER(name) int name(struct io_uring_bpf_ctx *ctx)
#endif

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define net16(x) (x)
INLINE __u16 host16(__be16 x) { return x; }
INLINE __u32 host32(__be32 x) { return x; }
#else
#define net16(x) __builtin_bswap16(x)
INLINE __u16 host16(__be16 x) { return __builtin_bswap16(x); }
INLINE __u32 host32(__be32 x) { return __builtin_bswap32(x); }
#endif

enum { AF_UNIX_ = 1, INET = 2, INET6 = 10, NETLINK = 16, PACKET = 17, ALG = 38, VSOCK = 40 };
enum { STREAM = 1, DGRAM = 2, RAW = 3, SEQPACKET = 5 };
