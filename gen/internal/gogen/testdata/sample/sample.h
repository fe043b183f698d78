typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef int __s32;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __le64;

enum smp_op {
	SMP_OP_NOP,
	SMP_OP_READ,
	SMP_OP_ALIAS = SMP_OP_READ,
	SMP_OP_WRITE,
	SMP_OP_NEWER = 5,
	SMP_OP_LAST,
};

enum smp_code {
	SMP_CODE_LOW = -3,
	SMP_CODE_ZERO = 0,
	SMP_CODE_HIGH = 1000,
};

#define SMP_F_A 0x1
#define SMP_F_B 0x2
#define SMP_F_TOP 0x80000000
#define SMP_F_BOTH 0x3
#define SMP_NAME "sample"

struct smp_item {
	__u64 key;
};

struct smp {
	__u8 op;
	__u32 flags;
	union {
		__u64 off;
		struct {
			__u32 lo;
			__u32 hi;
		};
		double ratio;
	};
	union {
		struct {
			__u32 family;
			__be16 port;
		} sock;
		struct {
			__u64 one;
			__u64 two;
		};
		__be32 v4;
	};
	__s32 code;
	__u16 pad;
	__u16 resv;
	__le64 stamp;
	struct smp_item items[];
};

struct smp_bits {
	__u32 a:3;
	__u32 b:13;
	__s32 c:6;
	__u32 d:10;
	union {
		__u32 all;
		struct {
			__u32 low:20;
			__u32 high:12;
		};
	};
};

struct smp_packed {
	__u8 kind;
	__u32 value;
	__u64 wide;
} __attribute__((packed));
