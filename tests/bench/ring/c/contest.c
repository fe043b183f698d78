// A contestant: contest nop|read|echo FLAGS [count|FILE [count]]
//
// FLAGS are those of io_uring_setup. nop and read then read a number of
// requests, do as many, and say ok, until there are no more numbers. With
// count they do as many batches of 32, each between two marks. Built with
// -DLIBURING it uses liburing, otherwise the ring inlined by hand.
#ifdef LIBURING
#include "lib.h"
#else
#include "hand.h"
#endif

#include <fcntl.h>
#include <sys/stat.h>

#include "echo.h"

// mark stops the process for the tracer that counts instructions.
static void mark(void)
{
	static long pid, tid;

	if (!pid) {
		pid = getpid();
		tid = syscall(SYS_gettid);
	}
	syscall(SYS_tgkill, pid, tid, SIGUSR1);
}

static uint64_t sum; // of what completions say, so that they are looked at

// reap takes a whole batch of completions that must all have one result.
static inline void reap(struct uring *u, int res)
{
	struct io_uring_cqe *cqe;
	unsigned head;
	uint64_t s = 0;

	want(u, BATCH);
	for_each(u, head, cqe) {
		if (cqe->res != res)
			die("completion", cqe->res < 0 ? -cqe->res : EIO);
		s += cqe->user_data;
	}
	advance(u, BATCH);
	sum += s;
}

static inline void nop_batch(struct uring *u)
{
	struct filler f = fill(u);

	for (unsigned i = 0; i < BATCH; i++) {
		struct io_uring_sqe *sqe = next(u, &f);

		if (!sqe)
			die("queue", ENOBUFS);
		prep_nop(sqe, i);
	}
	submit(u, &f);
	reap(u, 0);
}

static int file = -1;
static unsigned blocks, at;
static char memory[BATCH][BLOCK] __attribute__((aligned(BLOCK)));

static void open_file(const char *name)
{
	struct stat st;

	file = open(name, O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &st))
		die(name, errno);
	blocks = st.st_size / BLOCK;
	if (!blocks)
		die(name, ENODATA);
}

static inline void read_batch(struct uring *u)
{
	struct filler f = fill(u);

	for (unsigned i = 0; i < BATCH; i++) {
		struct io_uring_sqe *sqe = next(u, &f);

		if (!sqe)
			die("queue", ENOBUFS);
		if (++at >= blocks)
			at = 0;
		prep_read(sqe, file, memory[i], BLOCK, (uint64_t)at * BLOCK, i);
	}
	submit(u, &f);
	reap(u, BLOCK);
}

#define repeat(batch)                                      \
	for (long n; (n = order()); done()) {              \
		if (count) {                               \
			for (; n > 0; n--) {               \
				mark();                    \
				mark();                    \
				batch(&u);                 \
				mark();                    \
			}                                  \
		} else {                                   \
			for (; n > 0; n -= BATCH)          \
				batch(&u);                 \
		}                                          \
	}

int main(int argc, char **argv)
{
	int count = argc > 3 && !strcmp(argv[argc - 1], "count");
	static struct uring u;

	if (argc < 3)
		die("contest nop|read|echo FLAGS [FILE] [count]", EINVAL);
	uring_open(&u, ENTRIES, strtoul(argv[2], NULL, 0));
	if (!strcmp(argv[1], "nop")) {
		repeat(nop_batch);
	} else if (!strcmp(argv[1], "read") && argc > 3) {
		open_file(argv[3]);
		repeat(read_batch);
	} else if (!strcmp(argv[1], "echo")) {
		echo(&u);
	} else {
		die(argv[1], EINVAL);
	}
	return sum == 1;
}
