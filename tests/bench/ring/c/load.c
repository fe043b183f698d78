// The load on an echo server: load PORT
//
// It opens 32 connections, then reads a number of messages from its standard
// input, sends as many, one on each connection at a time, takes them back,
// compares them, and says ok, until there are no more numbers.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common.h"

enum { CONNECTIONS = 32, MESSAGE = 64 };

static int conns[CONNECTIONS];

static void open_all(int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int on = 1;

	for (int i = 0; i < CONNECTIONS; i++) {
		conns[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (conns[i] < 0 || connect(conns[i], (void *)&a, sizeof(a)) ||
		    setsockopt(conns[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
			die("connect", errno);
	}
}

static void round_trip(unsigned long number)
{
	unsigned long out[MESSAGE / sizeof(long)], in[MESSAGE / sizeof(long)];

	for (unsigned i = 0; i < MESSAGE / sizeof(long); i++)
		out[i] = number + i;
	for (int i = 0; i < CONNECTIONS; i++) {
		out[0] = number ^ i;
		if (send(conns[i], out, MESSAGE, 0) != MESSAGE)
			die("send", errno);
	}
	for (int i = 0; i < CONNECTIONS; i++) {
		out[0] = number ^ i;
		if (recv(conns[i], in, MESSAGE, MSG_WAITALL) != MESSAGE)
			die("recv", errno);
		if (memcmp(in, out, MESSAGE))
			die("what came back", EBADMSG);
	}
}

int main(int argc, char **argv)
{
	static unsigned long number;

	if (argc != 2)
		die("load PORT", EINVAL);
	open_all(atoi(argv[1]));
	for (long n; (n = order()); done())
		for (; n > 0; n -= CONNECTIONS)
			round_trip(number++);
	return 0;
}
