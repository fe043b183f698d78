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
