// Programs that classic BPF cannot have. Each line that is at fault ends with
// what its error must say.
#include "../filter.h"

static int state;

FILTER(counts)
{
	return ++state < 10; // want "a global variable in .bss is read"
}

FILTER(writes_context)
{
	((volatile struct io_uring_bpf_ctx *)ctx)->socket.family = 2; // want "the context is written to"
	return 1;
}

static long (*const current_pid)(void) = (void *)14;
extern long of_the_kernel(void) __attribute__((section(".ksyms")));


FILTER(calls_helper)
{
	return current_pid() == 1; // want "is called; classic BPF has no helpers"
}

FILTER(endless)
{
	__u32 n = ctx->socket.family;

	while (n != 1) {
		n = n & 1 ? 3 * n + 1 : n / 2; // want "the loop ends when run-time data says so"
		asm volatile("" : "+r"(n));
	}
	return 1;
}

FILTER(beyond_context)
{
	return *(volatile __u32 *)((char *)ctx + 40); // want "4 bytes are read at byte 40 of the context, which has 40"
}

FILTER(divides)
{
	return ctx->open.flags / ctx->open.mode == 3; // want "division of 64-bit numbers"
}

FILTER(wild)
{
	return *(volatile __u32 *)ctx->user_data; // want "memory is read at an address that is no known pointer"
}

FILTER(indexes_context)
{
	return ((volatile __u8 *)ctx)[ctx->opcode & 7]; // want "an address depends on run-time data"
}

NOINLINE int fibonacci(int n)
{
	if (n < 2)
		return n;
	return fibonacci(n - 1) + fibonacci(n - 2); // want "calls are nested deeper than 8"
}

FILTER(recurses) { return fibonacci(ctx->socket.family) == 3; }

FILTER(divides_by_7)
{
	return ctx->open.flags / 7 == ctx->open.mode; // want "division of 64-bit numbers"
}

static __u64 counter;

FILTER(adds_atomically)
{
	return __sync_fetch_and_add(&counter, 1) < 9; // want "an atomic operation"
}

static volatile int limit = 5;

FILTER(reads_data)
{
	return ctx->socket.family < limit; // want "a global variable in .data is read"
}

FILTER(writes_data)
{
	counter = ctx->user_data; // want "a global variable in .bss is written to"
	return 1;
}

struct {
	int (*type)[1];
	int *key, *value;
} allowed_pids __attribute__((section(".maps"), used));

static void *(*const lookup)(void *map, const void *key) = (void *)1;

FILTER(looks_up)
{
	int key = 0;

	return lookup(&allowed_pids, &key) != 0; // want "the map allowed_pids is used"
}

FILTER(runs_as_often_as_it_is_told)
{
	__u32 sum = 0;

	for (__u32 i = 0; i < ctx->socket.protocol; i++) { sum += i; asm volatile("" : "+r"(sum)); } // want "takes too many turns"
	return sum & 1;
}

static const __u8 big[1000] = { 3, 1, 4, 1, 5, 9, 2, 6, [999] = 5 };

FILTER(indexes_big_table)
{
	return ctx->connect.port < sizeof(big) && big[ctx->connect.port] & 1; // want "an index chooses from 1000 places of a table"
}

FILTER(compares_pointers)
{
	char *end = (char *)ctx + ctx->socket.family; // want "an address depends on run-time data"

	asm volatile("" : "+r"(end));
	return end > (char *)ctx + 20;
}

FILTER(orders_pointers)
{
	char *p = (char *)ctx, *q = (char *)ctx + 4;

	asm volatile("" : "+r"(p), "+r"(q));
	return p < q; // want "pointers are compared"
}

FILTER(returns_pointer)
{
	return (long)ctx; // want "the result is not a number"
}

FILTER(shifts_pointer)
{
	long p = (long)ctx;

	asm volatile("" : "+r"(p));
	return (p >> 3) & 1; // want "arithmetic on a pointer"
}

FILTER(never_set)
{
	volatile __u32 x[2];

	x[0] = ctx->socket.family;
	return x[1] == 1; // want "a value is used that was never set"
}

extern int elsewhere(int);

FILTER(calls_what_is_not_there)
{
	return elsewhere(ctx->socket.family); // want "the function elsewhere is called, which has no body"
}

FILTER(compares_as_much_as_it_is_told)
{
	return __builtin_memcmp(ctx->connect.v6_addr, big, ctx->sqe_flags & 15) == 0; // want "memcmp is called with a size that is not a constant"
}

FILTER(calls_kernel)
{
	return of_the_kernel() == 1; // want "the kernel function of_the_kernel is called"
}

FILTER(takes_too_long)
{
	__u32 x = ctx->socket.family;

	for (int i = 0; i < 1000000; i++) { x += x << 3 ^ i; asm volatile("" : "+r"(x)); } // want "takes too many turns"
	return x & 1;
}

#define FOUR(x) x x x x
#define WORDS(n) __u32 a##n = ctx->socket.family * (2 * n + 3) ^ ctx->socket.type >> n;
#define MIX(n) if (a##n == x) return 0; x = x * a##n + (x ^ a##n >> 3);

FILTER(too_many_values)
{
	__u32 x = ctx->socket.protocol;
	WORDS(1) WORDS(2) WORDS(3) WORDS(4) WORDS(5)

	FOUR(FOUR(FOUR(MIX(1) MIX(2) MIX(3) MIX(4) MIX(5)))) // want "more than 4096 classic BPF instructions"
	return 1;
}
