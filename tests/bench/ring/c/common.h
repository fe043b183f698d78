// What both rings need: how to fail, and how to talk to the runner.
#ifndef COMMON_H
#define COMMON_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 128, BATCH = 32, BLOCK = 4096 };

_Noreturn static void die(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(err));
	exit(1);
}

// order reads how much to do next; 0 at the end.
static long order(void)
{
	long n;

	return scanf("%ld", &n) == 1 ? n : 0;
}

// done tells that the order was carried out, and how often memory was allocated
// for it.
static void done(void)
{
	printf("ok 0\n");
	fflush(stdout);
}

#endif
