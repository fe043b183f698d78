// A ring inlined by hand: what a program that wants nothing but speed would
// write. Tail and head are local while a batch is filled, the tail is stored
// once for each batch, and an entry is written whole.
#ifndef HAND_H
#define HAND_H

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "common.h"

struct uring {
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned sq_mask, sq_size, cq_mask;
	unsigned tail, head; // of the submission queue; head as last seen
	unsigned chead;
	_Atomic unsigned *ktail, *khead, *cktail, *ckhead;
	int fd;
};

static inline long enter(int fd, unsigned submit, unsigned want, unsigned flags)
{
	flags |= IORING_ENTER_REGISTERED_RING;
#ifdef __x86_64__
	register long r10 __asm__("r10") = flags;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = 0;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(SYS_io_uring_enter), "D"((long)fd), "S"((long)submit),
			   "d"((long)want), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
#else
	long ret = syscall(SYS_io_uring_enter, fd, submit, want, flags, NULL, 0);

	return ret < 0 ? -errno : ret;
#endif
}

static void *map(int fd, size_t size, off_t what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);

	if (p == MAP_FAILED)
		die("mmap", errno);
	return p;
}

static void uring_open(struct uring *u, unsigned entries, unsigned flags)
{
	struct io_uring_params p = { .flags = flags };
	struct io_uring_rsrc_update reg = { .offset = -1U };
	int fd = syscall(SYS_io_uring_setup, entries, &p);
	char *rings;

	if (fd < 0)
		die("io_uring_setup", errno);
	if (!(flags & IORING_SETUP_NO_SQARRAY))
		die("a ring with an array", EINVAL);
	rings = map(fd, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_SQ_RING);
	*u = (struct uring) {
		.sqes = map(fd, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES),
		.cqes = (void *)(rings + p.cq_off.cqes),
		.sq_mask = p.sq_entries - 1,
		.sq_size = p.sq_entries,
		.cq_mask = p.cq_entries - 1,
		.ktail = (void *)(rings + p.sq_off.tail),
		.khead = (void *)(rings + p.sq_off.head),
		.cktail = (void *)(rings + p.cq_off.tail),
		.ckhead = (void *)(rings + p.cq_off.head),
	};
	reg.data = fd;
	if (syscall(SYS_io_uring_register, fd, IORING_REGISTER_RING_FDS, &reg, 1) != 1)
		die("IORING_REGISTER_RING_FDS", errno);
	u->fd = reg.offset;
}

// filler is the submission queue while a batch is filled: registers.
struct filler {
	struct io_uring_sqe *sqes;
	unsigned mask, tail, end;
};

static inline struct filler fill(struct uring *u)
{
	return (struct filler) { u->sqes, u->sq_mask, u->tail, u->head + u->sq_size };
}

static inline struct io_uring_sqe *next(struct uring *u, struct filler *f)
{
	(void)u;
	return f->tail == f->end ? NULL : &f->sqes[f->tail++ & f->mask];
}

static inline void prep_nop(struct io_uring_sqe *sqe, uint64_t data)
{
	*sqe = (struct io_uring_sqe) { .opcode = IORING_OP_NOP, .fd = -1, .user_data = data };
}

static inline void prep_rw(struct io_uring_sqe *sqe, int op, int fd, void *buf, unsigned len, uint64_t off, uint64_t data)
{
	*sqe = (struct io_uring_sqe) {
		.opcode = op, .fd = fd, .off = off, .addr = (uintptr_t)buf, .len = len, .user_data = data,
	};
}

#define prep_read(sqe, fd, buf, len, off, data) prep_rw(sqe, IORING_OP_READ, fd, buf, len, off, data)
#define prep_recv(sqe, fd, buf, len, data)      prep_rw(sqe, IORING_OP_RECV, fd, buf, len, 0, data)
#define prep_send(sqe, fd, buf, len, data)      prep_rw(sqe, IORING_OP_SEND, fd, buf, len, 0, data)

// submit hands the batch over and waits for nothing.
static inline void submit(struct uring *u, struct filler *f)
{
	unsigned n = f->tail - u->tail;
	long ret;

	if (!n)
		return;
	u->tail = f->tail;
	atomic_store_explicit(u->ktail, f->tail, memory_order_release);
	ret = enter(u->fd, n, 0, 0);
	if (ret != n)
		die("io_uring_enter", ret < 0 ? -ret : EAGAIN);
	u->head = atomic_load_explicit(u->khead, memory_order_acquire);
}

static inline unsigned ready(struct uring *u)
{
	return atomic_load_explicit(u->cktail, memory_order_acquire) - u->chead;
}

// want waits until n completions are ready.
static inline void want(struct uring *u, unsigned n)
{
	long ret;

	while (ready(u) < n) {
		ret = enter(u->fd, 0, n, IORING_ENTER_GETEVENTS);
		if (ret < 0 && ret != -EINTR)
			die("io_uring_enter", -ret);
	}
}

#define for_each(u, head, cqe)                                                                    \
	for (unsigned end_ = atomic_load_explicit((u)->cktail, memory_order_acquire),             \
		      mask_ = (head = (u)->chead, (u)->cq_mask);                                   \
	     head != end_ && (cqe = &(u)->cqes[head & mask_]); head++)

// advance gives n completions back.
static inline void advance(struct uring *u, unsigned n)
{
	u->chead += n;
	atomic_store_explicit(u->ckhead, u->chead, memory_order_release);
}

#endif
