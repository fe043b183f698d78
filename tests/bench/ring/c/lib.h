// The same through liburing, as its documentation would have it done.
#ifndef LIB_H
#define LIB_H

#include <liburing.h>

#include "common.h"

struct uring {
	struct io_uring r;
};

struct filler {
	char none;
};

static void uring_open(struct uring *u, unsigned entries, unsigned flags)
{
	struct io_uring_params p = { .flags = flags };
	int ret = io_uring_queue_init_params(entries, &u->r, &p);

	if (ret < 0)
		die("io_uring_queue_init_params", -ret);
	ret = io_uring_register_ring_fd(&u->r);
	if (ret != 1)
		die("io_uring_register_ring_fd", -ret);
}

static inline struct filler fill(struct uring *u)
{
	(void)u;
	return (struct filler) { 0 };
}

static inline struct io_uring_sqe *next(struct uring *u, struct filler *f)
{
	(void)f;
	return io_uring_get_sqe(&u->r);
}

static inline void prep_nop(struct io_uring_sqe *sqe, __u64 data)
{
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data64(sqe, data);
}

static inline void prep_read(struct io_uring_sqe *sqe, int fd, void *buf, unsigned len, __u64 off, __u64 data)
{
	io_uring_prep_read(sqe, fd, buf, len, off);
	io_uring_sqe_set_data64(sqe, data);
}

static inline void prep_recv(struct io_uring_sqe *sqe, int fd, void *buf, unsigned len, __u64 data)
{
	io_uring_prep_recv(sqe, fd, buf, len, 0);
	io_uring_sqe_set_data64(sqe, data);
}

static inline void prep_send(struct io_uring_sqe *sqe, int fd, void *buf, unsigned len, __u64 data)
{
	io_uring_prep_send(sqe, fd, buf, len, 0);
	io_uring_sqe_set_data64(sqe, data);
}

// submit hands the batch over and waits for nothing.
static inline void submit(struct uring *u, struct filler *f)
{
	int ret = io_uring_submit(&u->r);

	(void)f;
	if (ret < 0)
		die("io_uring_submit", -ret);
}

// want waits until n completions are ready.
static inline void want(struct uring *u, unsigned n)
{
	struct io_uring_cqe *cqe;
	int ret;

	while (io_uring_cq_ready(&u->r) < n) {
		ret = io_uring_wait_cqe_nr(&u->r, &cqe, n);
		if (ret < 0 && ret != -EINTR)
			die("io_uring_wait_cqe_nr", -ret);
	}
}

#define for_each(u, head, cqe) io_uring_for_each_cqe(&(u)->r, head, cqe)

// advance gives n completions back.
static inline void advance(struct uring *u, unsigned n)
{
	io_uring_cq_advance(&u->r, n);
}

#endif
