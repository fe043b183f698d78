// The echo server: one buffer and one request in flight for each connection.
#ifndef ECHO_H
#define ECHO_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { CONNECTIONS = 32, MESSAGE = 64 };

// Which of the two requests of a connection has completed; user data is its
// number, doubled.
enum { RECEIVED, SENT };

static int conns[CONNECTIONS];
static char buffers[CONNECTIONS][MESSAGE];

// accept_all tells the port and waits for all connections.
static void accept_all(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(a);
	int on = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || bind(s, (void *)&a, sizeof(a)) || listen(s, CONNECTIONS) || getsockname(s, (void *)&a, &size))
		die("listen", errno);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	for (int i = 0; i < CONNECTIONS; i++) {
		conns[i] = accept(s, NULL, NULL);
		if (conns[i] < 0 || setsockopt(conns[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
			die("accept", errno);
	}
}

static void echo(struct uring *u)
{
	struct filler f = fill(u);
	int left = CONNECTIONS;

	accept_all();
	for (unsigned i = 0; i < CONNECTIONS; i++)
		prep_recv(next(u, &f), conns[i], buffers[i], MESSAGE, i << 1 | RECEIVED);
	while (left) {
		struct io_uring_cqe *cqe;
		unsigned head, n = 0;

		submit(u, &f);
		want(u, 1);
		f = fill(u);
		for_each(u, head, cqe) {
			unsigned i = cqe->user_data >> 1;

			n++;
			if (cqe->res < 0)
				die("echo", -cqe->res);
			if (cqe->res == 0)
				left--;
			else if ((cqe->user_data & 1) == RECEIVED)
				prep_send(next(u, &f), conns[i], buffers[i], cqe->res, i << 1 | SENT);
			else
				prep_recv(next(u, &f), conns[i], buffers[i], MESSAGE, i << 1 | RECEIVED);
		}
		advance(u, n);
	}
}

#endif
